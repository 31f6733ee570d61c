import { Stack, Token } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';

/** Private repositories of Amazon ECR alone: Lambda takes images from nowhere else. */
const IMAGE_URI =
  /^\d{12}\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/[a-z0-9]+(?:[._/-][a-z0-9]+)*(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

/** What of an image is run. */
export interface ImageOptions {
  /**
   * Words that take the place of the image's CMD: for an image of AWS the handler, such as `app.handler`.
   *
   * @default - the image's own
   */
  readonly cmd?: string[];

  /**
   * Words that take the place of the image's ENTRYPOINT.
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

/** How an image is built. */
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
   * @default - the last
   */
  readonly target?: string;

  /**
   * Build arguments.
   *
   * @default - none
   */
  readonly buildArgs?: { [name: string]: string };

  /**
   * Patterns of what is not part of the build, as in a .dockerignore.
   *
   * @default - what the .dockerignore of the folder says
   */
  readonly exclude?: string[];
}

/** A container image that Lambda can run. */
export abstract class ContainerImage {
  /**
   * An image that is in a private repository of Amazon ECR, in the function's region.
   *
   * @param uri with a tag or a digest, such as `123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4`. When the same tag
   * gets another image, CloudFormation does not see it: name a digest, or a tag that is given once.
   * @throws when it is none of Amazon ECR
   */
  public static fromUri(uri: string): ContainerImage {
    if (!Token.isUnresolved(uri) && !IMAGE_URI.test(uri)) {
      throw new ValidationError(
        `the URI of an image must be <account>.dkr.ecr.<region>.amazonaws.com/<repository> with :<tag> or @sha256:<digest>, got: ${formatValue(uri)}`,
      );
    }
    return new BoundImage((scope, options) => {
      const region = IMAGE_URI.exec(uri)?.groups?.region;
      const own = Stack.of(scope).region;
      if (region !== undefined && !Token.isUnresolved(own) && region !== own) {
        throw new ValidationError(`an image must be in the region of its function, ${own}, got: ${formatValue(uri)}`, scope);
      }
      return new UriCode(uri, options);
    });
  }

  /**
   * An image of a repository that the app knows; the function may pull it.
   *
   * @param tagOrDigest a tag, or a digest that starts with `sha256:`
   */
  public static fromRepository(repository: ecr.IRepository, tagOrDigest: string): ContainerImage {
    return new BoundImage((_scope, options) => lambda.Code.fromEcrImage(repository, { ...options, tagOrDigest }));
  }

  /**
   * An image that is built for the function's architecture from a folder with a Dockerfile, when the app is deployed. That
   * needs Docker.
   *
   * @param directory relative to the working directory (where `cdk.json` is)
   */
  public static fromAsset(directory: string, build: ImageBuildOptions = {}): ContainerImage {
    return new BoundImage((_scope, options, architecture) =>
      lambda.Code.fromAssetImage(directory, {
        ...build,
        ...options,
        platform: architecture === lambda.Architecture.ARM_64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
      }),
    );
  }

  /** The code of a function of this image. Called by the source. */
  public abstract bind(scope: Construct, options: ImageOptions, architecture: lambda.Architecture): lambda.Code;
}

class BoundImage extends ContainerImage {
  public constructor(
    private readonly make: (scope: Construct, options: ImageOptions, architecture: lambda.Architecture) => lambda.Code,
  ) {
    super();
  }

  public bind(scope: Construct, options: ImageOptions, architecture: lambda.Architecture): lambda.Code {
    return this.make(scope, options, architecture);
  }
}

/** The CDK's own code of an image wants a repository that is a construct. */
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
