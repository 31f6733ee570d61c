import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { FUNCTION_MAX_LAYERS } from '../limits/constants';
import { ValidationError } from '../private/errors';

/**
 * Refuses layers that a function cannot have.
 *
 * @internal
 */
export function requireLayers(scope: Construct, functionName: string, count: number, runtime: lambda.Runtime): void {
  if (count > FUNCTION_MAX_LAYERS) {
    throw new ValidationError(
      `a function must have at most ${FUNCTION_MAX_LAYERS} layers, got: ${count} for '${functionName}'`,
      scope,
    );
  }
  if (count > 0 && runtime === lambda.Runtime.FROM_IMAGE) {
    throw new ValidationError(
      `a function of a container image must not have layers, got: ${count} for '${functionName}'; add their content to the image`,
      scope,
    );
  }
}
