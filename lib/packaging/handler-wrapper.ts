import { BundleFormat } from './bundle-format';

/**
 * File of the run tracker in a bundle. Separate, so that esbuild does not parse it for each function.
 *
 * @internal
 */
export const TRACKER_FILE = 'katamari-tracker.js';
/** @internal */
export const SHELL_FILE = 'katamari-shell.js';
/** Name of the file that Lambda loads in place of the bundle, without its ending. */
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
  return wrapped || debugShell ? `${WRAPPER}.handler` : 'index.handler';
}

/**
 * File that loads the bundle and wraps its handler; undefined for a handler without wrappers. The bundle is a file of its own, so that
 * the run tracker can record why it could not be loaded.
 *
 * @internal
 */
export function wrapperOf(
  wrappers: Wrappers,
  format: BundleFormat,
): { readonly file: string; readonly content: string } | undefined {
  if (!wrappers.wrapped && !wrappers.debugShell) return undefined;
  return format === BundleFormat.ESM
    ? { file: `${WRAPPER}.mjs`, content: wrapperOfModule(wrappers) }
    : { file: `${WRAPPER}.js`, content: wrapperOfCommonJs(wrappers) };
}

function wrapperOfCommonJs({ wrapped, debugShell }: Wrappers): string {
  const load = "require('./index.js').handler";
  const tracked = wrapped ? `require('./${TRACKER_FILE}').trackModule(() => ${load})` : load;
  // Outside of the tracker: code that the shell runs is not a run of the function.
  return `exports.handler = ${debugShell ? `require('./${SHELL_FILE}').withShell(${tracked})` : tracked};\n`;
}

function wrapperOfModule({ wrapped, debugShell }: Wrappers): string {
  const handler = wrapped ? 'tracker.trackModule(load)' : "(await import('./index.mjs')).handler";
  return [
    ...(wrapped ? [`import tracker from './${TRACKER_FILE}';`] : []),
    ...(debugShell ? [`import shell from './${SHELL_FILE}';`] : []),
    ...(wrapped ? LOAD_MODULE : []),
    `export const handler = ${debugShell ? `shell.withShell(${handler})` : handler};`,
    '',
  ].join('\n');
}

/** Node.js evaluates a module that has failed again only under another name. */
const LOAD_MODULE = [
  'let found, failure, again = 0;',
  "try { found = (await import('./index.mjs')).handler; } catch (reason) { failure = { reason }; }",
  'const retry = async (event, context) => {',
  "  found ??= (await import('./index.mjs?again=' + again++)).handler;",
  '  return found(event, context);',
  '};',
  'const load = () => {',
  '  if (!failure) return found;',
  '  if (again++ > 0) return retry;',
  '  throw failure.reason;',
  '};',
];
