import { basename, dirname, extname, resolve } from 'node:path';
import { Annotations, AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { bundleHandler } from '../packaging/bundler';
import { bytesOf, filesOf } from '../packaging/files';
import { handlerCode } from '../packaging/handler-code';
import { bundledHandler } from '../packaging/handler-wrapper';
import { installedPackages } from '../packaging/installed-packages';
import { contentsOf } from '../packaging/package-contents';
import { requireSize } from '../packaging/package-size';
import { DEFAULT_NODEJS_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown, requireKnownOptions } from '../private/tokens';
import type { BundleOptions } from './bundle-options';
import { requireBundleOptions } from './bundle-rules';
import { requireEntry } from './entry-rules';
import { runtimeOfFamily } from './runtime-of-family';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/**
 * Code of a TypeScript or JavaScript source.
 *
 * @internal
 */
export class BundledCode implements SourceBinding {
  private readonly entry: string;

  public constructor(
    private readonly given: string,
    extensions: string[],
    private readonly options: BundleOptions,
  ) {
    requireKnown('entry', given);
    requireKnownOptions('a bundled source', options);
    this.entry = resolve(given);
    if (!extensions.includes(extname(given))) {
      throw new ValidationError(`entry must end in one of ${extensions.join(', ')}, got: ${formatValue(given)}`);
    }
    requireBundleOptions(options);
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    requireEntry(scope, options, { kind: 'file', path: this.given });
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
    const contents = contentsOf(files, folders);
    warnAboutBinaries(scope, [...installed.values()], options.architecture);
    const bundle = bundleHandler(scope.node.root, {
      entry: this.entry,
      handler: this.options.handler ?? 'handler',
      target: esbuildTarget(scope, runtime),
      minify: this.options.minify ?? false,
      sourceMap,
      external: [...(this.options.external ?? []), ...modules],
      define: this.options.define ?? {},
      format: this.options.format,
      mainFields: this.options.mainFields,
      conditions: this.options.conditions,
      loader: this.options.loader ?? {},
      alias: Object.fromEntries(Object.entries(this.options.alias ?? {}).map(([name, target]) => [name, aliasTarget(target)])),
      inject: (this.options.inject ?? []).map((path) => resolve(path)),
      banner: this.options.banner ?? '',
      footer: this.options.footer ?? '',
      tsconfig: this.options.tsconfig && resolve(this.options.tsconfig),
      nodePaths: (this.options.nodePaths ?? []).map((path) => resolve(path)),
      wrapped: options.wrapHandler,
      debugShell: options.debugShell ?? false,
      added: new Map([...contents, ...installed]),
    });
    if (installed.size + contents.size > 0)
      requireSize(scope, `the package of '${basename(this.entry)}'`, partsOf(bundle.directory));
    for (const warning of bundle.warnings) {
      Annotations.of(scope).addWarningV2('cdk-katamari:esbuild', warning);
    }
    return lambda.Code.fromAsset(bundle.directory, { assetHashType: AssetHashType.CUSTOM, assetHash: bundle.hash });
  }
}

function aliasTarget(target: string): string {
  return /^\.\.?[/\\]/.test(target) ? resolve(target) : target;
}

/** Sizes of the installed packages in a bundle, and of its other files. */
function partsOf(directory: string): { readonly name: string; readonly bytes: number }[] {
  const sizes = new Map<string, number>();
  for (const [name, path] of filesOf(directory)) {
    const part = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? 'its own files';
    sizes.set(part, (sizes.get(part) ?? 0) + bytesOf(path));
  }
  return [...sizes].map(([name, bytes]) => ({ name, bytes }));
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
