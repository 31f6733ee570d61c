import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A value breaks a rule of this library. The message ends with the path of the construct, if there is one.
 *
 * @internal
 */
export class ValidationError extends Error {
  public constructor(message: string, scope?: IConstruct) {
    super(scope?.node.path ? `${message} (at ${scope.node.path})` : message);
    this.name = 'ValidationError';
  }
}

/**
 * Formats a value for the end of an error message, as it would be written in code.
 *
 * @internal
 */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/**
 * Refuses a number that is not whole or lies outside the two limits. Tokens pass, because their value is unknown at synth.
 *
 * @internal
 */
export function requireIntegerBetween(
  what: string,
  value: number | undefined,
  min: number,
  max: number,
  scope?: IConstruct,
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ValidationError(`${what} must be a whole number between ${min} and ${max}, got: ${formatValue(value)}`, scope);
  }
}
