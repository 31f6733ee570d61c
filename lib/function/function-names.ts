import { ValidationError } from '../private/errors';
import type { IFunctionGroup } from './function-group-ref';

const namesOf = new WeakMap<IFunctionGroup, Set<string>>();

/**
 * Reserves the name of a function within its group.
 *
 * @throws ValidationError when the group has a function of that name, because the records of their runs would mix
 *
 * @internal
 */
export function claimFunctionName(group: IFunctionGroup, name: string): void {
  const names = namesOf.get(group) ?? new Set<string>();
  if (names.has(name)) {
    throw new ValidationError(`function names must be unique within a group, got twice: '${name}'`, group);
  }
  namesOf.set(group, names.add(name));
}
