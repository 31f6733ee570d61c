import type { BundleFormat } from '../packaging/bundle-format';
import type { PackageFile, PackageFolder } from '../packaging/package-options';

/** Options for bundling a TypeScript or JavaScript handler. */
export interface BundleOptions {
  /**
   * Name of the export that handles an invocation. It can also be the default export itself, or a property of it with this name.
   *
   * @default 'handler'
   */
  readonly handler?: string;

  /**
   * Whether to minify the code.
   *
   * @default false
   */
  readonly minify?: boolean;

  /**
   * Whether stack traces refer to the source files. Sets `NODE_OPTIONS=--enable-source-maps`.
   *
   * @default true
   */
  readonly sourceMap?: boolean;

  /**
   * Packages to leave out of the bundle because the function gets them in another way, such as from a layer.
   *
   * @default - none: the AWS SDK is bundled as well
   */
  readonly external?: string[];

  /**
   * Names to replace by JSON values or expressions at build time, such as `{ 'process.env.NODE_ENV': '"production"' }`.
   *
   * @default - none
   */
  readonly define?: { [name: string]: string };

  /**
   * Installed packages to copy into the deployment package with their dependencies, instead of bundling them. Use it for packages
   * that contain binaries or read their own files.
   *
   * @default - none: all imports are bundled
   */
  readonly modules?: string[];

  /**
   * Files to add to the deployment package. The code finds them below `process.env.LAMBDA_TASK_ROOT`, or beside `__filename`.
   *
   * @default - none
   */
  readonly files?: PackageFile[];

  /**
   * Folders to add to the deployment package.
   *
   * @default - none
   */
  readonly folders?: PackageFolder[];

  /**
   * Module format of the bundle.
   *
   * @default - BundleFormat.CJS, or BundleFormat.ESM where the code has `await` at the top level
   */
  readonly format?: BundleFormat;

  /**
   * Fields of a package.json that name the main file of a package, in the order of preference.
   *
   * @default - `module`, which can be tree-shaken, before `main`; `main` before `module` where the code requires an ES module
   */
  readonly mainFields?: string[];

  /**
   * Conditions for the `exports` of a package.json, besides those of Node.js.
   *
   * @default ['module']
   */
  readonly conditions?: string[];

  /**
   * Loaders of esbuild by the ending of a file, such as `{ '.html': 'text' }`.
   *
   * @default - those of esbuild for JavaScript, TypeScript, JSON, text and CSS
   * @see https://esbuild.github.io/content-types/
   */
  readonly loader?: { [ending: string]: string };

  /**
   * Packages to use in place of packages, such as `{ moment: 'dayjs' }`. A value that starts with `./` or `../` is a path relative to
   * the working directory (where `cdk.json` is).
   *
   * @default - none
   */
  readonly alias?: { [name: string]: string };

  /**
   * Paths of modules that run before the entry, relative to the working directory (where `cdk.json` is). Their exports replace global
   * names.
   *
   * @default - none
   */
  readonly inject?: string[];

  /**
   * JavaScript to put in front of the bundle.
   *
   * @default - none
   */
  readonly banner?: string;

  /**
   * JavaScript to put behind the bundle.
   *
   * @default - none
   */
  readonly footer?: string;

  /**
   * Path of the TypeScript settings for all source files, relative to the working directory (where `cdk.json` is).
   *
   * @default - the nearest tsconfig.json of each source file
   */
  readonly tsconfig?: string;

  /**
   * Paths of folders with packages that are not in a `node_modules` of the project, relative to the working directory (where
   * `cdk.json` is).
   *
   * @default - none
   */
  readonly nodePaths?: string[];
}
