import { inspect } from 'node:util';
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A value breaks a rule of this library. The message ends with the path of the construct, if there is one.
 *
 * @internal
 */
export class ValidationError extends Error {
  public constructor(
    message: string,
    private readonly scope?: IConstruct,
  ) {
    super(scope?.node.path ? `${message} (at ${scope.node.path})` : message);
    this.name = 'ValidationError';
  }

  /** The same error, with the path of a construct if it has none. */
  public at(scope: IConstruct): ValidationError {
    return this.scope ? this : new ValidationError(this.message, scope);
  }
}

/**
 * Adds the path of a construct to the validation errors of a function that knows no construct.
 *
 * @internal
 */
export function locateErrors<T>(scope: IConstruct, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ValidationError ? error.at(scope) : error;
  }
}

/**
 * Formats a value for the end of an error message, as it would be written in code. Objects are JSON.
 *
 * @internal
 */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  // Tokens, dates and the like have a text of their own.
  if (!Array.isArray(value) && value.toString !== Object.prototype.toString) return String(value);
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part));
  } catch {
    // A circular value has no JSON.
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  }
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
