import { setStateOf, stateOf } from '../private/construct-state';
import { formatValue, ValidationError } from '../private/errors';
import type { IFunctionGroup } from './function-group-ref';

const STATE = 'function-names';

/**
 * Refuses the name of a function that the group already has, because the records of their runs would mix.
 *
 * @internal
 */
export function requireFreeName(group: IFunctionGroup, name: string): void {
  if (!namesOf(group).has(name)) return;
  throw new ValidationError(`function names must be unique within a group, got twice: ${formatValue(name)}`, group);
}

/**
 * Reserves the name of a new function within its group.
 *
 * @internal
 */
export function claimFunctionName(group: IFunctionGroup, name: string): void {
  setStateOf(group, STATE, new Set([...namesOf(group), name]));
}

function namesOf(group: IFunctionGroup): ReadonlySet<string> {
  return stateOf<ReadonlySet<string>>(group, STATE) ?? new Set();
}
