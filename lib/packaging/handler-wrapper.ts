import { BundleFormat } from './bundle-format';

/**
 * File of the run tracker in a bundle. Separate, so that esbuild does not parse it for each function.
 *
 * @internal
 */
export const TRACKER_FILE = 'katamari-tracker.js';
/** @internal */
export const SHELL_FILE = 'katamari-shell.js';
/** Name, without its extension, of the file that Lambda loads in place of the bundle: it loads the bundle and wraps its handler. */
const WRAPPER = 'katamari-handler';

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
  return `${wrapped || debugShell ? WRAPPER : 'index'}.handler`;
}

/**
 * The file that loads the bundle and wraps its handler; undefined for a handler without wrappers. The bundle is a file of its own, so
 * that the run tracker can record why it could not be loaded.
 *
 * @internal
 */
export function wrapperOf(wrappers: Wrappers, format: BundleFormat): { name: string; source: string } | undefined {
  if (!wrappers.wrapped && !wrappers.debugShell) return undefined;
  return format === BundleFormat.ESM
    ? { name: `${WRAPPER}.mjs`, source: moduleWrapper(wrappers) }
    : { name: `${WRAPPER}.js`, source: scriptWrapper(wrappers) };
}

function scriptWrapper({ wrapped, debugShell }: Wrappers): string {
  const load = "require('./index.js').handler";
  const tracked = wrapped ? `require('./${TRACKER_FILE}').trackModule(() => ${load})` : load;
  // Outside of the tracker: code that the shell runs is not a run of the function.
  return `exports.handler = ${debugShell ? `require('./${SHELL_FILE}').withShell(${tracked})` : tracked};\n`;
}

function moduleWrapper({ wrapped, debugShell }: Wrappers): string {
  // Node.js keeps the error of a module that it could not load: with another query it loads the module again.
  const load = `let loads = 0;\nconst load = async () => (await import('./index.mjs' + (loads++ ? '?' + loads : ''))).handler;\n`;
  const tracked = wrapped ? 'await tracker.trackModule(load)' : 'await load()';
  return [
    ...(wrapped ? [`import tracker from './${TRACKER_FILE}';`] : []),
    ...(debugShell ? [`import shell from './${SHELL_FILE}';`] : []),
    `${load}export const handler = ${debugShell ? `shell.withShell(${tracked})` : tracked};`,
    '',
  ].join('\n');
}
