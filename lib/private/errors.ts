import { inspect } from 'node:util';
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Texts that stand for tokens in strings, in lists and, for numbers, where a number became text. */
const TOKEN_TEXT = /[$#]\{Token\[[^\]]*\]\}|-1\.8881545897\d*e\+289/g;

/** Larger than any number that AWS takes. The CDK writes tokens as numbers of about -1.89e289. */
const TOKEN_MAGNITUDE = 1e280;

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
    super(readable(scope?.node.path ? `${message} (at ${scope.node.path})` : message));
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
 * Text for people, in which `<token>` stands for each value that only the deploy knows. CloudFormation accepts no tokens in
 * descriptions of outputs, and the CDK none in annotations.
 *
 * @internal
 */
export function readable(text: string): string {
  return text.replace(TOKEN_TEXT, '<token>');
}

/**
 * Bytes of a value as JSON, without the parts that only the deploy knows.
 *
 * @internal
 */
export function knownJsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replace(TOKEN_TEXT, ''));
}

/**
 * Formats a value for the end of an error message, as it would be written in code. Objects are JSON.
 *
 * @internal
 */
export function formatValue(value: unknown): string {
  if (isToken(value)) return 'a token';
  if (typeof value === 'string') return `'${readable(value)}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  // Dates and the like have a text of their own.
  if (!Array.isArray(value) && value.toString !== Object.prototype.toString) return String(value);
  try {
    return readable(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)));
  } catch {
    // A circular value has no JSON.
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  }
}

/** Whether a value as a whole is a token. A text around a token is not. */
function isToken(value: unknown): boolean {
  return typeof value === 'string' ? readable(value) === '<token>' : Token.isUnresolved(value);
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
  if (Number.isFinite(value) && Math.abs(value) > TOKEN_MAGNITUDE) {
    throw new ValidationError(
      `${what} must not be computed from a token, because CloudFormation has no arithmetic, got: such a number; pass the token itself`,
      scope,
    );
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ValidationError(`${what} must be a whole number between ${min} and ${max}, got: ${formatValue(value)}`, scope);
  }
}
