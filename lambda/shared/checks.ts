import { InvalidParameterError } from './errors';

/** The rule, then what came. */
export function invalid(rule: string, value: unknown, remedy = 'Give a value that keeps to the rule.'): InvalidParameterError {
  const shown = typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return new InvalidParameterError(`${rule}, got: ${shown}`, { code: 'InvalidParameterError', remedy });
}

/** @throws InvalidParameterError unless it is undefined or a whole number within both limits */
export function requireWhole(what: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalid(`${what} must be a whole number between ${min} and ${max}`, value);
}
