import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { BundledCode, type BundleOptions } from './bundled-code';
import type { ContainerImage, ImageOptions } from './container-image';
import { ImageCode } from './image-code';
import { PythonCode, type PythonSourceOptions } from './python-code';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

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
    return new BoundSource(new BundledCode(entry, ['.ts', '.mts', '.cts', '.tsx'], options));
  }

  /**
   * A JavaScript module, ESM or CommonJS, bundled as a TypeScript one is.
   *
   * @param entry path of the module, relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist, does not build (in esbuild's own words), or does not export the handler
   */
  public static javascript(entry: string, options: BundleOptions = {}): Source {
    return new BoundSource(new BundledCode(entry, ['.js', '.mjs', '.cjs', '.jsx'], options));
  }

  /**
   * A folder of Python, with the packages that it requires: installed as wheels for the function's runtime and architecture by
   * this machine's `uv`, else `pip`, without Docker. Packages are kept between synths. In a local run they are those for this
   * machine.
   *
   * @param directory path of the folder, relative to the working directory (where `cdk.json` is); it becomes the top of the
   * package
   * @throws when the folder or the handler's module does not exist, the module does not have the handler, a package is unknown or
   * has no wheel for the target, or the package is larger than Lambda takes
   */
  public static python(directory: string, options: PythonSourceOptions): Source {
    return new BoundSource(new PythonCode(directory, options));
  }

  /**
   * Any code that the CDK can deploy, used as it is. Runs of such a function are not tracked.
   */
  public static code(code: lambda.Code, options: CodeSourceOptions): Source {
    return new BoundSource({
      bind: (_scope, { runtime, defaultRuntime }) => ({
        code,
        handler: options.handler,
        runtime: options.runtime ?? runtime ?? defaultRuntime ?? lambda.Runtime.NODEJS_24_X,
        wrapped: false,
      }),
    });
  }

  /**
   * A container image. It brings its own runtime and has no layers; runs of such a function are not tracked.
   */
  public static image(image: ContainerImage, options: ImageOptions = {}): Source {
    return new BoundSource(new ImageCode(image, options));
  }

  /** Makes the code ready for a function. Called by the function. */
  public abstract bind(scope: Construct, options: SourceBindOptions): SourceConfig;
}

class BoundSource extends Source {
  public constructor(private readonly binding: SourceBinding) {
    super();
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    return this.binding.bind(scope, options);
  }
}
