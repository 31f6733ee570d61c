import { Stack, Token } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { IMAGE_URI } from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown, requireKnownOptions } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';

/** Settings that override those of an image. */
export interface ImageOptions {
  /**
   * CMD of the image. For an AWS base image this is the handler, such as `app.handler`.
   *
   * @default - the image's own
   */
  readonly cmd?: string[];

  /**
   * ENTRYPOINT of the image.
   *
   * @default - the image's own
   */
  readonly entrypoint?: string[];

  /**
   * Working directory, as an absolute path.
   *
   * @default - the image's own
   */
  readonly workingDirectory?: string;
}

/** Options to build an image. */
export interface ImageBuildOptions {
  /**
   * Path of the Dockerfile within the folder.
   *
   * @default 'Dockerfile'
   */
  readonly file?: string;

  /**
   * Stage of the Dockerfile.
   *
   * @default - the last stage
   */
  readonly target?: string;

  /**
   * Build arguments.
   *
   * @default - none
   */
  readonly buildArgs?: { [name: string]: string };

  /**
   * Patterns of files to leave out of the build, as in .dockerignore.
   *
   * @default - the .dockerignore of the folder
   */
  readonly exclude?: string[];
}

/** @internal */
export const IMAGE_OPTIONS: OptionNames<ImageOptions> = { cmd: true, entrypoint: true, workingDirectory: true };

const IMAGE_BUILD_OPTIONS: OptionNames<ImageBuildOptions> = { buildArgs: true, exclude: true, file: true, target: true };

/** Function that an image is bound to. */
export interface ContainerImageBindOptions extends ImageOptions {
  /** Processor architecture of the function. */
  readonly architecture: lambda.Architecture;
}

/** Code of a function that runs an image. */
export interface ContainerImageConfig {
  /** Code to deploy. */
  readonly code: lambda.Code;
}

type ImageBinding = (scope: Construct, options: ContainerImageBindOptions) => lambda.Code;

/** Container image that Lambda can run. */
export class ContainerImage {
  /**
   * Image in a private repository of Amazon ECR, in the region of the function.
   *
   * @param uri URI with a tag or a digest, such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4`. CloudFormation does not
   * notice when a tag moves to another image: use a digest, or a tag that never moves.
   * @throws when it is not the URI of an image in Amazon ECR
   */
  public static fromUri(uri: string): ContainerImage {
    if (!Token.isUnresolved(uri) && !IMAGE_URI.test(uri)) {
      throw new ValidationError(
        `the URI of an image must be <account>.dkr.ecr.<region>.amazonaws.com/<repository> with :<tag> or @sha256:<digest>, got: ${formatValue(uri)}`,
      );
    }
    return new ContainerImage((scope, { architecture: _, ...options }) => {
      const region = IMAGE_URI.exec(uri)?.groups?.region;
      const own = Stack.of(scope).region;
      if (region !== undefined && !Token.isUnresolved(own) && region !== own) {
        throw new ValidationError(`an image must be in the region of its function, ${own}, got: ${formatValue(uri)}`, scope);
      }
      return new UriCode(uri, options);
    });
  }

  /**
   * Image of a repository in the app. The function may pull it.
   *
   * @param tagOrDigest a tag, or a digest that starts with `sha256:`
   */
  public static fromRepository(repository: ecr.IRepository, tagOrDigest: string): ContainerImage {
    return new ContainerImage((_scope, { architecture: _, ...options }) =>
      lambda.Code.fromEcrImage(repository, { ...options, tagOrDigest }),
    );
  }

  /**
   * Image that is built for the function's architecture from a folder with a Dockerfile when the app is deployed. Requires Docker.
   *
   * @param directory path of the folder, relative to the working directory (where `cdk.json` is)
   */
  public static fromAsset(directory: string, build: ImageBuildOptions = {}): ContainerImage {
    refuseUnknownOptions('ContainerImage.fromAsset', build, IMAGE_BUILD_OPTIONS);
    requireKnown('the folder of an image', directory);
    requireKnownOptions('an image', build);
    return new ContainerImage((_scope, { architecture, ...options }) =>
      lambda.Code.fromAssetImage(directory, {
        ...build,
        ...options,
        platform: architecture === lambda.Architecture.ARM_64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
      }),
    );
  }

  private constructor(private readonly binding: ImageBinding) {}

  /** Returns the code of a function that runs the image. Called by the source. */
  public bind(scope: Construct, options: ContainerImageBindOptions): ContainerImageConfig {
    return { code: this.binding(scope, options) };
  }
}

/** The CDK's own code for an image requires the construct of its repository. */
class UriCode extends lambda.Code {
  public readonly isInline = false;

  public constructor(
    private readonly imageUri: string,
    private readonly options: ImageOptions,
  ) {
    super();
  }

  public bind(): lambda.CodeConfig {
    return { image: { imageUri: this.imageUri, ...this.options } };
  }
}
