import { inspect } from 'node:util';
import { InvalidParameterError } from './errors';

/** A value as it appears in a message: a string in quotes, an object as JSON or, if it has no JSON, as the console shows it. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  }
}

/** An error that states the rule, and then the value that breaks it. @param remedy what to do, if the rule does not say it */
export function invalid(rule: string, value: unknown, remedy?: string): InvalidParameterError {
  return new InvalidParameterError(`${rule}, got: ${formatValue(value)}`, { code: 'InvalidParameterError', remedy });
}

/** @throws InvalidParameterError unless the value is undefined or a whole number within both limits */
export function requireWhole(what: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalid(`${what} must be a whole number between ${min} and ${max}`, value);
}
