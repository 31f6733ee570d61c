import { InvalidParameterError } from './errors';

/** A value as it appears in a message: a string in quotes, an object as JSON. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An error that states the rule, and then the value that breaks it. */
export function invalid(rule: string, value: unknown, remedy = 'Pass a value that follows the rule.'): InvalidParameterError {
  return new InvalidParameterError(`${rule}, got: ${formatValue(value)}`, { code: 'InvalidParameterError', remedy });
}

/** @throws InvalidParameterError unless the value is undefined or a whole number within both limits */
export function requireWhole(what: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalid(`${what} must be a whole number between ${min} and ${max}`, value);
}
