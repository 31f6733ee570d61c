import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { formatValue, ValidationError } from '../private/errors';
import type { SourceBindOptions } from './source-config';

/**
 * Chooses the runtime of a source: the function's own, else the group's if it belongs to the family, else the fallback.
 *
 * @throws ValidationError when the function's own runtime belongs to another family
 *
 * @internal
 */
export function runtimeOfFamily(
  scope: Construct,
  { runtime, defaultRuntime }: SourceBindOptions,
  wanted: { readonly family: lambda.RuntimeFamily; readonly fallback: lambda.Runtime; readonly rule: string },
): lambda.Runtime {
  if (runtime && runtime.family !== wanted.family)
    throw new ValidationError(`${wanted.rule}, got: ${formatValue(runtime.name)}`, scope);
  if (runtime) return runtime;
  return defaultRuntime?.family === wanted.family ? defaultRuntime : wanted.fallback;
}
