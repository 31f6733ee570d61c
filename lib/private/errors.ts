import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A rule of this library that a value broke. Carries the path of the construct, where there is one.
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
 * The same value written as it would be in code, for the end of an error message.
 *
 * @internal
 */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/**
 * Refuses a number that is not whole or lies outside the two limits. Tokens pass: their value is not known at synth.
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
