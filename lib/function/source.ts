import { existsSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { Annotations, AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { bundleHandler } from '../private/bundler';
import { show, ValidationError } from '../private/errors';
import { handlerCode } from '../private/handler-code';
import { CONTEXT_LOCAL } from './constants';

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
}

/** Handler and runtime of code that is used as it is. */
export interface CodeSourceOptions {
  /** Module and export that handle an invocation, such as `index.handler`. */
  readonly handler: string;

  /**
   * Runtime that the code is written for.
   *
   * @default - the function's `runtime`
   */
  readonly runtime?: lambda.Runtime;
}

/** What a source needs to know of the function that it becomes part of. */
export interface SourceBindOptions {
  /** Runtime of the function. */
  readonly runtime: lambda.Runtime;
  /** Whether the run tracker is to go around the handler. */
  readonly wrapHandler: boolean;
}

/** What a source gives to a function. */
export interface SourceConfig {
  /** The code to deploy. */
  readonly code: lambda.Code;
  /** Module and export that handle an invocation. */
  readonly handler: string;
  /** Runtime to run it on. */
  readonly runtime: lambda.Runtime;
  /** Whether the run tracker goes around the handler. */
  readonly wrapped: boolean;
  /**
   * Environment variables that the code needs.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}

/** Where the code of a function comes from. */
export abstract class Source {
  /**
   * A TypeScript module, bundled with esbuild in this process: nothing to install, no Docker. Bundles are kept between
   * synths and made again only when a file that went into them has changed.
   *
   * @param entry path of the module, relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist, does not build (in esbuild's own words), or does not export the handler
   */
  public static typescript(entry: string, options: BundleOptions = {}): Source {
    return new BundledSource(entry, ['.ts', '.mts', '.cts', '.tsx'], options);
  }

  /**
   * A JavaScript module, ESM or CommonJS, bundled as a TypeScript one is.
   *
   * @param entry path of the module, relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist, does not build (in esbuild's own words), or does not export the handler
   */
  public static javascript(entry: string, options: BundleOptions = {}): Source {
    return new BundledSource(entry, ['.js', '.mjs', '.cjs', '.jsx'], options);
  }

  /**
   * Any code that the CDK can deploy, used as it is. Runs of such a function are not tracked.
   */
  public static code(code: lambda.Code, options: CodeSourceOptions): Source {
    return new CodeSource(code, options);
  }

  /** Makes the code ready for a function. Called by the function. */
  public abstract bind(scope: Construct, options: SourceBindOptions): SourceConfig;
}

class CodeSource extends Source {
  public constructor(
    private readonly code: lambda.Code,
    private readonly options: CodeSourceOptions,
  ) {
    super();
  }

  public bind(_scope: Construct, options: SourceBindOptions): SourceConfig {
    return { code: this.code, handler: this.options.handler, runtime: this.options.runtime ?? options.runtime, wrapped: false };
  }
}

class BundledSource extends Source {
  private readonly entry: string;

  public constructor(
    entry: string,
    extensions: string[],
    private readonly options: BundleOptions,
  ) {
    super();
    this.entry = resolve(entry);
    if (!existsSync(this.entry) || !statSync(this.entry).isFile()) {
      throw new ValidationError(`entry must be a file below the working directory ${process.cwd()}, got: ${show(entry)}`);
    }
    if (!extensions.includes(extname(entry))) {
      throw new ValidationError(`entry must end in one of ${extensions.join(', ')}, got: ${show(entry)}`);
    }
    const { handler } = options;
    if (handler !== undefined && !/^[A-Za-z_$][\w$]*$/.test(handler)) {
      throw new ValidationError(`handler must be the name of an export, got: ${show(handler)}`);
    }
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    if (options.runtime.family !== lambda.RuntimeFamily.NODEJS) {
      throw new ValidationError(
        `a TypeScript or JavaScript source needs a Node.js runtime, got: ${show(options.runtime.name)}`,
        scope,
      );
    }
    const sourceMap = this.options.sourceMap ?? true;
    return {
      code: Stack.of(scope).bundlingRequired ? this.bundle(scope, options, sourceMap) : handlerCode('not-bundled'),
      handler: 'index.handler',
      runtime: options.runtime,
      wrapped: options.wrapHandler,
      ...(sourceMap && { environment: { NODE_OPTIONS: '--enable-source-maps' } }),
    };
  }

  private bundle(scope: Construct, options: SourceBindOptions, sourceMap: boolean): lambda.Code {
    const bundle = bundleHandler(scope.node.root, {
      entry: this.entry,
      handler: this.options.handler ?? 'handler',
      target: esbuildTarget(scope, options.runtime),
      minify: this.options.minify ?? false,
      sourceMap,
      external: this.options.external ?? [],
      define: this.options.define ?? {},
      wrapped: options.wrapHandler,
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
