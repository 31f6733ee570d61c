import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { Annotations, AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { bundleHandler } from '../packaging/bundler';
import { handlerCode } from '../packaging/handler-code';
import { bundledHandler } from '../packaging/handler-wrapper';
import { installedPackages } from '../packaging/installed-packages';
import { contentsOf } from '../packaging/package-contents';
import type { PackageFile, PackageFolder } from '../packaging/package-options';
import { DEFAULT_NODEJS_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { runtimeOfFamily } from './runtime-of-family';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

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
}

/**
 * Code of a TypeScript or JavaScript source.
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
      fallback: DEFAULT_NODEJS_RUNTIME,
      rule: 'a TypeScript or JavaScript source requires a Node.js runtime',
    });
    const sourceMap = this.options.sourceMap ?? true;
    return {
      code: Stack.of(scope).bundlingRequired ? this.bundle(scope, runtime, options, sourceMap) : handlerCode('not-bundled'),
      handler: bundledHandler({ wrapped: options.wrapHandler, debugShell: options.debugShell ?? false }),
      runtime,
      wrapped: options.wrapHandler,
      debugShell: options.debugShell,
      ...(sourceMap && { environment: { NODE_OPTIONS: '--enable-source-maps' } }),
    };
  }

  private bundle(scope: Construct, runtime: lambda.Runtime, options: SourceBindOptions, sourceMap: boolean): lambda.Code {
    const { modules = [], files = [], folders = [] } = this.options;
    const installed = installedPackages(modules, dirname(this.entry));
    warnAboutBinaries(scope, [...installed.values()], options.architecture);
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

/** Node.js version of the runtime. In a local run it is no newer than the Node.js of this machine, which runs the code. */
function esbuildTarget(scope: Construct, runtime: lambda.Runtime): string {
  const version = Number(/^nodejs(\d+)/.exec(runtime.name)?.[1] ?? Number.NaN);
  const host = Number(process.versions.node.split('.')[0]);
  const newest = scope.node.tryGetContext(CONTEXT_LOCAL) ? Math.min(version || host, host) : version || host;
  return `node${newest}`;
}

/** npm installs packages with binaries for the machine that it runs on. */
function warnAboutBinaries(scope: Construct, files: readonly string[], architecture: lambda.Architecture): void {
  const target = architecture === lambda.Architecture.ARM_64 ? 'arm64' : 'x64';
  if (scope.node.tryGetContext(CONTEXT_LOCAL) || (process.platform === 'linux' && process.arch === target)) return;
  const binaries = files.filter((path) => path.endsWith('.node'));
  if (binaries.length === 0) return;
  Annotations.of(scope).addWarningV2(
    'cdk-katamari:binaryModule',
    `modules contain binaries for ${process.platform} on ${process.arch}, but the function runs on Linux on ${target}: ${binaries.map((path) => basename(path)).join(', ')}`,
  );
}
