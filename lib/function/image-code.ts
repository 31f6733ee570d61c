import { Annotations } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { formatValue, ValidationError } from '../private/errors';
import type { ContainerImage, ImageOptions } from './container-image';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/**
 * The code of a container image. It can't be looked into, so nothing goes around its handler.
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
        `a container image brings its own runtime: leave 'runtime' out, got: ${formatValue(runtime.name)}`,
        scope,
      );
    }
    if (scope.node.tryGetContext(CONTEXT_LOCAL)) {
      Annotations.of(scope).addWarningV2(
        'cdk-katamari:imageOnThisMachine',
        `functions of container images run on this machine with Docker alone: leave them out of a local run by the context '${CONTEXT_LOCAL}'`,
      );
    }
    return {
      code: this.image.bind(scope, this.options, architecture),
      handler: lambda.Handler.FROM_IMAGE,
      runtime: lambda.Runtime.FROM_IMAGE,
      wrapped: false,
    };
  }
}
