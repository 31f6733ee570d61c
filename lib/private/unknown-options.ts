import type { IConstruct } from 'constructs';
import { formatValue, ValidationError } from './errors';

/**
 * Names of all options of an interface. The compiler checks that none is missing and none is too many.
 *
 * @internal
 */
export type OptionNames<T> = { readonly [Name in keyof Required<T>]: true };

/**
 * Refuses options that do not exist, which JavaScript would ignore. An option that is undefined passes.
 *
 * @param owner what the options belong to, for the message
 * @param remedies what to use instead of options that other libraries have
 *
 * @internal
 */
export function refuseUnknownOptions(
  owner: string,
  options: object,
  known: Readonly<Record<string, true>>,
  scope?: IConstruct,
  remedies: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const remedy = Object.hasOwn(remedies, name)
      ? remedies[name]
      : `available: ${Object.keys(known).sort().map(formatValue).join(', ')}`;
    throw new ValidationError(`${formatValue(name)} is not an option of ${owner}; ${remedy}`, scope);
  }
}
