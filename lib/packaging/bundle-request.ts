import { isAbsolute, relative } from 'node:path';
import type * as esbuild from 'esbuild';
import type { BundleFormat } from './bundle-format';
import { preludeNames } from './bundle-prelude';
import { SHELL_FILE, TRACKER_FILE } from './handler-wrapper';

/**
 * Prefers ES modules, which can be tree-shaken.
 *
 * @internal
 */
export const MODULE_FIRST = ['module', 'main'];
/**
 * Prefers what `require` of Node.js loads. It is the default of esbuild for Node.js.
 *
 * @internal
 */
export const MAIN_FIRST = ['main', 'module'];

/**
 * A handler to bundle. All paths are absolute.
 *
 * @internal
 */
export interface BundleRequest {
  /** Path of the user's module. */
  readonly entry: string;
  /** Name of the export that handles an invocation. */
  readonly handler: string;
  /** esbuild target, such as `node20`. */
  readonly target: string;
  readonly minify: boolean;
  readonly sourceMap: boolean;
  readonly external: readonly string[];
  readonly define: Readonly<Record<string, string>>;
  /** Undefined for CommonJS, or an ES module where the code has `await` at the top level. */
  readonly format?: BundleFormat;
  /** Undefined for `MODULE_FIRST`, or `MAIN_FIRST` where the code requires a package that has both. */
  readonly mainFields?: readonly string[];
  readonly conditions?: readonly string[];
  readonly loader: Readonly<Record<string, string>>;
  /** Path or package to use instead of a package. */
  readonly alias: Readonly<Record<string, string>>;
  readonly inject: readonly string[];
  readonly banner: string;
  readonly footer: string;
  readonly tsconfig?: string;
  readonly nodePaths: readonly string[];
  /** Whether the run tracker wraps the handler. */
  readonly wrapped: boolean;
  /** Whether the debug shell wraps the handler and the run tracker. */
  readonly debugShell: boolean;
  /** Files to copy to the package: path within the package, with `/`, to path on disk. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * One way to bundle a handler.
 *
 * @internal
 */
export interface Variant {
  readonly format: BundleFormat;
  readonly mainFields: readonly string[];
}

/**
 * Handlers of this library to copy to a bundle, and the names of their files.
 *
 * @internal
 */
export function wrappersOf({ wrapped, debugShell }: BundleRequest): { readonly handler: string; readonly file: string }[] {
  return [
    ...(wrapped ? [{ handler: 'tracker', file: TRACKER_FILE }] : []),
    ...(debugShell ? [{ handler: 'shell', file: SHELL_FILE }] : []),
  ];
}

/**
 * Options of esbuild, with paths relative to the project: they are part of the key.
 *
 * @internal
 */
export function bundleOptions(request: BundleRequest, { format, mainFields }: Variant, projectRoot: string) {
  const within = (path: string) => relative(projectRoot, path).replaceAll('\\', '/') || '.';
  const alias = Object.entries(request.alias).map(([name, target]) => [
    name,
    isAbsolute(target) ? `./${within(target)}` : target,
  ]);
  return {
    banner: { js: request.banner },
    footer: { js: request.footer },
    bundle: true,
    platform: 'node',
    format,
    mainFields: [...mainFields],
    conditions: request.conditions && [...request.conditions],
    target: request.target,
    minify: request.minify,
    keepNames: request.minify,
    treeShaking: true,
    sourcemap: request.sourceMap ? 'linked' : false,
    sourcesContent: false,
    external: [...request.external],
    define: { ...preludeNames(format), ...request.define },
    loader: { ...request.loader } as esbuild.BuildOptions['loader'],
    alias: Object.fromEntries(alias),
    inject: request.inject.map((path) => `./${within(path)}`),
    tsconfig: request.tsconfig && within(request.tsconfig),
    nodePaths: request.nodePaths.map(within),
  } satisfies esbuild.BuildOptions;
}
