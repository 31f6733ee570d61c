import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { DEFAULT_NODEJS_RUNTIME } from '../private/defaults';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { BundleOptions } from './bundle-options';
import { BUNDLE_OPTIONS, SOURCE_OPTION_REMEDIES } from './bundle-rules';
import { BundledCode } from './bundled-code';
import { type ContainerImage, IMAGE_OPTIONS, type ImageOptions } from './container-image';
import { ImageCode } from './image-code';
import { PYTHON_OPTIONS, PythonCode, type PythonSourceOptions } from './python-code';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/** Handler and runtime of code that is deployed as it is. */
export interface CodeSourceOptions {
  /** Module and export that handle an invocation, such as `index.handler`. */
  readonly handler: string;

  /**
   * Runtime of the code.
   *
   * @default - the function's `runtime`
   */
  readonly runtime?: lambda.Runtime;
}

const CODE_OPTIONS: OptionNames<CodeSourceOptions> = { handler: true, runtime: true };

/** Code of a function. */
export class Source {
  /**
   * TypeScript module, bundled by esbuild in the process of the synth, without Docker. Bundles are kept between synths and built
   * again only when one of their files changes.
   *
   * @param entry path of the module, relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist, does not build, or does not export the handler
   */
  public static typescript(entry: string, options: BundleOptions = {}): Source {
    refuseUnknownOptions('Source.typescript', options, BUNDLE_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new Source(new BundledCode(entry, ['.ts', '.mts', '.cts', '.tsx'], options));
  }

  /**
   * JavaScript module, ESM or CommonJS, bundled in the same way as TypeScript.
   *
   * @param entry path of the module, relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist, does not build, or does not export the handler
   */
  public static javascript(entry: string, options: BundleOptions = {}): Source {
    refuseUnknownOptions('Source.javascript', options, BUNDLE_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new Source(new BundledCode(entry, ['.js', '.mjs', '.cjs', '.jsx'], options));
  }

  /**
   * Folder of Python code with its packages. They are installed as wheels for the function's runtime and architecture by `uv` or
   * else `pip` of this machine, without Docker, and kept between synths. A local run installs packages for this machine instead.
   *
   * @param directory path of the folder, relative to the working directory (where `cdk.json` is); it becomes the root of the
   * deployment package
   * @throws when the folder or the handler's module does not exist, the module does not define the handler, a package is unknown or
   * has no wheel for the target, or the deployment package exceeds 250 MB
   */
  public static python(directory: string, options: PythonSourceOptions): Source {
    refuseUnknownOptions('Source.python', options, PYTHON_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new Source(new PythonCode(directory, options));
  }

  /**
   * Any code that the CDK can deploy, unchanged. Runs of such a function are not tracked.
   */
  public static code(code: lambda.Code, options: CodeSourceOptions): Source {
    refuseUnknownOptions('Source.code', options, CODE_OPTIONS);
    return new Source({
      bind: (_scope, { runtime, defaultRuntime }) => ({
        code,
        handler: options.handler,
        runtime: options.runtime ?? runtime ?? defaultRuntime ?? DEFAULT_NODEJS_RUNTIME,
        wrapped: false,
      }),
    });
  }

  /**
   * Container image. It brings its own runtime and has no layers. Runs of such a function are not tracked.
   */
  public static image(image: ContainerImage, options: ImageOptions = {}): Source {
    refuseUnknownOptions('Source.image', options, IMAGE_OPTIONS);
    return new Source(new ImageCode(image, options));
  }

  private constructor(private readonly binding: SourceBinding) {}

  /** Returns the code for a function. Called by the function. */
  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    return this.binding.bind(scope, options);
  }
}
