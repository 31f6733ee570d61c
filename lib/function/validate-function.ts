import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { Overlap } from '../runs/overlap';
import type { FunctionOptions } from './function-options';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_MAX_BYTES = 4096;
const NAME_MAX_LENGTH = 64;
const MAX_LAYERS = 5;

/**
 * Refuses options that break a limit of Lambda.
 *
 * @internal
 */
export function validateOptions(scope: Construct, name: string, options: FunctionOptions): void {
  requireIntegerBetween(`memorySize of '${name}' in MiB`, options.memorySize, 128, 10_240, scope);
  requireIntegerBetween(`retryAttempts of '${name}'`, options.retryAttempts, 0, 2, scope);
  if (options.timeout && !options.timeout.isUnresolved()) {
    requireIntegerBetween(`timeout of '${name}' in seconds`, options.timeout.toSeconds({ integral: false }), 1, 900, scope);
  }
  if (options.ephemeralStorageSize && !options.ephemeralStorageSize.isUnresolved()) {
    requireIntegerBetween(
      `ephemeralStorageSize of '${name}' in MiB`,
      options.ephemeralStorageSize.toMebibytes(),
      512,
      10_240,
      scope,
    );
  }
  for (const variable of Object.keys(options.environment ?? {})) validateVariable(scope, name, variable);
}

/**
 * Refuses layers that a function can't have.
 *
 * @param runtime of the function, where it is known
 *
 * @internal
 */
export function validateLayers(scope: Construct, name: string, count: number, runtime?: lambda.Runtime): void {
  if (count > MAX_LAYERS) {
    throw new ValidationError(`a function may have ${MAX_LAYERS} layers, got: ${count} for '${name}'`, scope);
  }
  if (count > 0 && runtime === lambda.Runtime.FROM_IMAGE) {
    throw new ValidationError(
      `a function of a container image can't have layers: put what they hold into the image, got: ${count} for '${name}'`,
      scope,
    );
  }
}

/**
 * Refuses the name of an environment variable that Lambda does not take, or that is this library's own.
 *
 * @internal
 */
export function validateVariable(scope: Construct, name: string, variable: string): void {
  validateVariableName(scope, name, variable);
  if (variable.startsWith('KATAMARI_')) throw ownVariableError(scope, name, variable);
}

/**
 * Refuses the name of an environment variable that Lambda does not take.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html
 *
 * @internal
 */
export function validateVariableName(scope: Construct, name: string, variable: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_]+$/.test(variable)) {
    throw new ValidationError(
      `the name of an environment variable must have two or more letters, digits and '_', a letter first, got: ${formatValue(variable)} for '${name}'`,
      scope,
    );
  }
}

/** @internal */
export function ownVariableError(scope: Construct, name: string, variable: string): ValidationError {
  return new ValidationError(
    `environment variables that start with KATAMARI_ are set by this library, got: ${formatValue(variable)} for '${name}'`,
    scope,
  );
}

/**
 * What is wrong with the environment of a function as a whole, once all of it is known.
 *
 * @internal
 */
export function environmentErrors(fn: lambda.Function): string[] {
  const { variables } = (Stack.of(fn).resolve((fn.node.defaultChild as lambda.CfnFunction).environment) ?? {}) as {
    variables?: Record<string, unknown>;
  };
  let bytes = 0;
  for (const [name, value] of Object.entries(variables ?? {})) {
    // A value that only the deploy knows counts as nothing here.
    bytes += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  }
  return bytes > ENVIRONMENT_MAX_BYTES
    ? [`the environment of a function may have ${ENVIRONMENT_MAX_BYTES} bytes, names and values together, got: ${bytes}`]
    : [];
}

/**
 * The name to deploy a function by: undefined where CloudFormation is to make one.
 *
 * @internal
 */
export function physicalName(scope: Construct, name: string, stage: string | undefined, named: boolean): string | undefined {
  if (stage === undefined && !named) return undefined;
  const full = stage === undefined ? name : `${name}__${stage}`;
  if (!Token.isUnresolved(full)) {
    if (full.length > NAME_MAX_LENGTH) {
      throw new ValidationError(
        `the name of a function may have ${NAME_MAX_LENGTH} characters, stage included, got: ${formatValue(full)} (${full.length})`,
        scope,
      );
    }
    if (!/^[A-Za-z0-9_-]+$/.test(full)) {
      throw new ValidationError(`the name of a function may have letters, digits, '-' and '_', got: ${formatValue(full)}`, scope);
    }
  }
  return full;
}

/**
 * The overlap that was asked for, where it is possible without a record of the runs.
 *
 * @internal
 */
export function possibleOverlap(scope: Construct, name: string, overlap: Overlap, tracked: boolean): Overlap {
  if (tracked || overlap.skipLimit === undefined) return overlap;
  if (!overlap._scheduleOnly) {
    throw new ValidationError(
      `Overlap.skip needs run tracking, and the runs of '${name}' are not tracked: say overlap: Overlap.allow() or Overlap.queue(1), or use a bundled source in a group that tracks runs`,
      scope,
    );
  }
  Annotations.of(scope).addWarningV2(
    `cdk-katamari:untrackedOverlap:${name}`,
    `the runs of '${name}' are not tracked, so they may overlap: say overlap: Overlap.allow() if they may, or Overlap.queue(1) if not`,
  );
  return Overlap.allow();
}
