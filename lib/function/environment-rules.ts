import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENVIRONMENT_MAX_BYTES, ENVIRONMENT_VARIABLE_NAME } from '../limits/constants';
import { formatValue, ValidationError } from '../private/errors';
import { knownBytes, requireKnown } from '../private/tokens';

/** Prefix of the variables that this library sets. */
const RESERVED_PREFIX = 'KATAMARI_';

/**
 * Merges environment variables. Later values win. The values of NODE_OPTIONS are joined instead, so that a user's options do not
 * replace those that the code requires.
 *
 * @internal
 */
export function mergeEnvironments(...environments: ({ [name: string]: string } | undefined)[]): { [name: string]: string } {
  const options = environments.flatMap((environment) => environment?.NODE_OPTIONS ?? []);
  return { ...Object.assign({}, ...environments), ...(options.length > 0 && { NODE_OPTIONS: options.join(' ') }) };
}

/** @internal */
export function isReservedVariable(variable: string): boolean {
  return variable.startsWith(RESERVED_PREFIX);
}

/** @internal */
export function reservedVariableError(scope: Construct, functionName: string, variable: string): ValidationError {
  return new ValidationError(
    `environment variables that start with ${RESERVED_PREFIX} are reserved for this library, got: ${formatValue(variable)} for '${functionName}'`,
    scope,
  );
}

/**
 * Refuses the name of an environment variable that Lambda does not accept.
 *
 * @internal
 */
export function requireVariableName(scope: Construct, functionName: string, variable: string): void {
  requireKnown(`the name of an environment variable of '${functionName}'`, variable, scope);
  if (ENVIRONMENT_VARIABLE_NAME.test(variable)) return;
  throw new ValidationError(
    `the name of an environment variable must have two or more letters, digits and '_', and start with a letter, got: ${formatValue(variable)} for '${functionName}'`,
    scope,
  );
}

/**
 * Refuses names of environment variables that Lambda does not accept, or that are reserved for this library.
 *
 * @internal
 */
export function requireUserVariables(scope: Construct, functionName: string, variables: { [name: string]: string }): void {
  for (const variable of Object.keys(variables)) {
    requireVariableName(scope, functionName, variable);
    if (isReservedVariable(variable)) throw reservedVariableError(scope, functionName, variable);
  }
}

/**
 * Checks the size of a function's environment when all of it is known. A part that only the deploy knows counts as 0 bytes.
 *
 * @internal
 */
export function environmentErrors(fn: lambda.Function): string[] {
  const { variables } = (Stack.of(fn).resolve((fn.node.defaultChild as lambda.CfnFunction).environment) ?? {}) as {
    variables?: Record<string, unknown>;
  };
  let bytes = 0;
  for (const [name, value] of Object.entries(variables ?? {})) {
    bytes += Buffer.byteLength(name) + knownBytes(value);
  }
  return bytes > ENVIRONMENT_MAX_BYTES
    ? [`the environment variables of a function must have at most ${ENVIRONMENT_MAX_BYTES} bytes in total, got: ${bytes}`]
    : [];
}
