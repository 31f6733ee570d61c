import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { Annotations, AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { bundleHandler } from '../packaging/bundler';
import { handlerCode } from '../packaging/handler-code';
import { installedModules } from '../packaging/installed-modules';
import { contentsOf } from '../packaging/package-contents';
import type { PackageFile, PackageFolder } from '../packaging/package-options';
import { formatValue, ValidationError } from '../private/errors';
import { runtimeOfFamily } from './runtime-of-family';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/** How a TypeScript or JavaScript handler is bundled. */
export interface BundleOptions {
  /**
   * Name of the export that handles an invocation. A default export that is a function, or that has this name as a
   * property, serves as well.
   *
   * @default 'handler'
   */
  readonly handler?: string;

  /**
   * Whether names and white space are shortened.
   *
   * @default false
   */
  readonly minify?: boolean;

  /**
   * Whether stack traces name the lines of the source. Sets `NODE_OPTIONS=--enable-source-maps`.
   *
   * @default true
   */
  readonly sourceMap?: boolean;

  /**
   * Packages to leave out of the bundle, because the function gets them in another way.
   *
   * @default - nothing is left out: the AWS SDK is bundled as well
   */
  readonly external?: string[];

  /**
   * Names to replace by JSON values or expressions at build time, such as `{ 'process.env.NODE_ENV': '"production"' }`.
   *
   * @default - nothing is replaced
   */
  readonly define?: { [name: string]: string };

  /**
   * Installed packages to put into the package of the function as they are, with all that they need, instead of bundling them:
   * those that have binaries, or look for files of their own. Modules of the project need no mention, because what a module
   * imports is bundled with it.
   *
   * @default - everything that is imported is bundled
   */
  readonly modules?: string[];

  /**
   * Files to add to the package. The code finds them below `process.env.LAMBDA_TASK_ROOT`, or beside `__filename`.
   *
   * @default - none
   */
  readonly files?: PackageFile[];

  /**
   * Folders to add to the package.
   *
   * @default - none
   */
  readonly folders?: PackageFolder[];
}

/**
 * The code of a TypeScript or JavaScript source.
 *
 * @internal
 */
export class BundledCode implements SourceBinding {
  private readonly entry: string;

  public constructor(
    entry: string,
    extensions: string[],
    private readonly options: BundleOptions,
  ) {
    this.entry = resolve(entry);
    if (!existsSync(this.entry) || !statSync(this.entry).isFile()) {
      throw new ValidationError(`entry must be a file below the working directory ${process.cwd()}, got: ${formatValue(entry)}`);
    }
    if (!extensions.includes(extname(entry))) {
      throw new ValidationError(`entry must end in one of ${extensions.join(', ')}, got: ${formatValue(entry)}`);
    }
    const { handler } = options;
    if (handler !== undefined && !/^[A-Za-z_$][\w$]*$/.test(handler)) {
      throw new ValidationError(`handler must be the name of an export, got: ${formatValue(handler)}`);
    }
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    const runtime = runtimeOfFamily(scope, options, {
      family: lambda.RuntimeFamily.NODEJS,
      fallback: lambda.Runtime.NODEJS_24_X,
      rule: 'a TypeScript or JavaScript source needs a Node.js runtime',
    });
    const sourceMap = this.options.sourceMap ?? true;
    return {
      code: Stack.of(scope).bundlingRequired ? this.bundle(scope, runtime, options, sourceMap) : handlerCode('not-bundled'),
      handler: 'index.handler',
      runtime,
      wrapped: options.wrapHandler,
      debugShell: options.debugShell,
      ...(sourceMap && { environment: { NODE_OPTIONS: '--enable-source-maps' } }),
    };
  }

  private bundle(scope: Construct, runtime: lambda.Runtime, options: SourceBindOptions, sourceMap: boolean): lambda.Code {
    const { modules = [], files = [], folders = [] } = this.options;
    const installed = installedModules(modules, dirname(this.entry));
    warnOfBinaries(scope, [...installed.values()], options.architecture);
    const bundle = bundleHandler(scope.node.root, {
      entry: this.entry,
      handler: this.options.handler ?? 'handler',
      target: esbuildTarget(scope, runtime),
      minify: this.options.minify ?? false,
      sourceMap,
      external: [...(this.options.external ?? []), ...modules],
      define: this.options.define ?? {},
      wrapped: options.wrapHandler,
      debugShell: options.debugShell ?? false,
      added: new Map([...contentsOf(files, folders), ...installed]),
    });
    for (const warning of bundle.warnings) {
      Annotations.of(scope).addWarningV2('cdk-katamari:esbuild', warning);
    }
    return lambda.Code.fromAsset(bundle.directory, { assetHashType: AssetHashType.CUSTOM, assetHash: bundle.hash });
  }
}

/** The runtime's own version of Node.js; on this machine no newer than the Node.js that will run it. */
function esbuildTarget(scope: Construct, runtime: lambda.Runtime): string {
  const version = Number(/^nodejs(\d+)/.exec(runtime.name)?.[1] ?? Number.NaN);
  const host = Number(process.versions.node.split('.')[0]);
  const newest = scope.node.tryGetContext(CONTEXT_LOCAL) ? Math.min(version || host, host) : version || host;
  return `node${newest}`;
}

/** A package with binaries is installed for the machine that installs it. */
function warnOfBinaries(scope: Construct, files: readonly string[], architecture: lambda.Architecture): void {
  const target = architecture === lambda.Architecture.ARM_64 ? 'arm64' : 'x64';
  if (scope.node.tryGetContext(CONTEXT_LOCAL) || (process.platform === 'linux' && process.arch === target)) return;
  const binaries = files.filter((path) => path.endsWith('.node'));
  if (binaries.length === 0) return;
  Annotations.of(scope).addWarningV2(
    'cdk-katamari:binaryModule',
    `the modules of a function hold binaries that were installed for ${process.platform} on ${process.arch}, and it runs on Linux on ${target}: ${binaries.map((path) => basename(path)).join(', ')}`,
  );
}
