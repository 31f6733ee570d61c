/**
 * File of the run tracker in a bundle. Separate, so that esbuild does not parse it for each function.
 *
 * @internal
 */
export const TRACKER_FILE = 'katamari-tracker.js';
/** @internal */
export const SHELL_FILE = 'katamari-shell.js';
/**
 * File that Lambda loads in place of the bundle: it loads the bundle and wraps its handler.
 *
 * @internal
 */
export const WRAPPER_FILE = 'katamari-handler.js';

interface Wrappers {
  /** Whether the run tracker wraps the handler. */
  readonly wrapped: boolean;
  /** Whether the debug shell wraps the handler and the run tracker. */
  readonly debugShell: boolean;
}

/**
 * Name of the handler of a bundle, as Lambda takes it.
 *
 * @internal
 */
export function bundledHandler({ wrapped, debugShell }: Wrappers): string {
  return wrapped || debugShell ? 'katamari-handler.handler' : 'index.handler';
}

/**
 * Source of the file that loads the bundle and wraps its handler; undefined for a handler without wrappers. The bundle is a file of
 * its own, so that the run tracker can record why it could not be loaded.
 *
 * @internal
 */
export function wrapperOf({ wrapped, debugShell }: Wrappers): string | undefined {
  if (!wrapped && !debugShell) return undefined;
  const load = "require('./index.js').handler";
  const tracked = wrapped ? `require('./${TRACKER_FILE}').trackModule(() => ${load})` : load;
  // Outside of the tracker: code that the shell runs is not a run of the function.
  return `exports.handler = ${debugShell ? `require('./${SHELL_FILE}').withShell(${tracked})` : tracked};\n`;
}
