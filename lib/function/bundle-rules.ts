import { isFile } from '../packaging/files';
import { formatValue, ValidationError } from '../private/errors';
import type { OptionNames } from '../private/unknown-options';
import type { BundleOptions } from './bundle-options';

/** @internal */
export const BUNDLE_OPTIONS: OptionNames<BundleOptions> = {
  alias: true,
  banner: true,
  conditions: true,
  define: true,
  external: true,
  files: true,
  folders: true,
  footer: true,
  format: true,
  handler: true,
  inject: true,
  loader: true,
  mainFields: true,
  minify: true,
  modules: true,
  nodePaths: true,
  sourceMap: true,
  tsconfig: true,
};

/**
 * What to use instead of the bundling options that the CDK's functions have and those of this library do not.
 *
 * @internal
 */
export const SOURCE_OPTION_REMEDIES: Readonly<Record<string, string>> = {
  assetExcludes: 'use exclude',
  bundleAwsSDK: 'the AWS SDK is bundled unless external has it',
  externalModules: 'use external',
  nodeModules: 'use modules',
};

/** @see https://esbuild.github.io/content-types/ */
const LOADERS = [
  ...['js', 'jsx', 'ts', 'tsx', 'json', 'css', 'local-css', 'global-css', 'text', 'base64', 'dataurl', 'binary'],
  ...['file', 'copy', 'empty', 'default'],
];

/**
 * Refuses options that the bundler cannot use.
 *
 * @internal
 */
export function requireBundleOptions({ handler, loader = {}, mainFields, inject = [], tsconfig }: BundleOptions): void {
  if (handler !== undefined && !/^[A-Za-z_$][\w$]*$/.test(handler)) {
    throw new ValidationError(`handler must be the name of an export, got: ${formatValue(handler)}`);
  }
  for (const [ending, name] of Object.entries(loader)) {
    if (!/^\.[^./\\]+(\.[^./\\]+)*$/.test(ending)) {
      throw new ValidationError(`a loader must be set for the ending of a file, such as '.html', got: ${formatValue(ending)}`);
    }
    if (!LOADERS.includes(name)) {
      throw new ValidationError(`the loader of '${ending}' must be one of ${LOADERS.join(', ')}, got: ${formatValue(name)}`);
    }
  }
  if (mainFields?.length === 0) throw new ValidationError('mainFields must have at least one element, got: none');
  const files = [
    ...inject.map((path) => ['a file to inject', path]),
    ...(tsconfig === undefined ? [] : [['tsconfig', tsconfig]]),
  ];
  for (const [what, path = ''] of files) {
    if (!isFile(path)) {
      throw new ValidationError(
        `${what} must exist, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
  }
}
