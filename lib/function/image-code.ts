import { Annotations } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { formatValue, ValidationError } from '../private/errors';
import type { ContainerImage, ImageOptions } from './container-image';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/**
 * Code of a container image. Its handler cannot be wrapped.
 *
 * @internal
 */
export class ImageCode implements SourceBinding {
  public constructor(
    private readonly image: ContainerImage,
    private readonly options: ImageOptions,
  ) {}

  public bind(scope: Construct, { runtime, architecture }: SourceBindOptions): SourceConfig {
    if (runtime) {
      throw new ValidationError(
        `runtime must not be set for a container image, which brings its own, got: ${formatValue(runtime.name)}`,
        scope,
      );
    }
    if (scope.node.tryGetContext(CONTEXT_LOCAL)) {
      Annotations.of(scope).addWarningV2(
        'cdk-katamari:imageOnThisMachine',
        `container images run on this machine only with Docker; leave these functions out when the context '${CONTEXT_LOCAL}' is set`,
      );
    }
    return {
      ...this.image.bind(scope, { ...this.options, architecture }),
      handler: lambda.Handler.FROM_IMAGE,
      runtime: lambda.Runtime.FROM_IMAGE,
      wrapped: false,
    };
  }
}
