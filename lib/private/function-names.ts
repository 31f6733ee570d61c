import type { IConstruct } from 'constructs';
import { setStateOf, stateOf } from './construct-state';
import { formatValue, ValidationError } from './errors';

const STATE = 'function-names';

/** What keeps the functions of a name apart: records of runs in a group, schedules in a ticker. */
type NameOwner = 'group' | 'ticker';

/**
 * Refuses the name of a function that its owner already has.
 *
 * @internal
 */
export function requireFreeName(owner: IConstruct, kind: NameOwner, name: string): void {
  if (!namesOf(owner).has(name)) return;
  throw new ValidationError(`function names must be unique within a ${kind}, got twice: ${formatValue(name)}`, owner);
}

/**
 * Reserves the name of a new function.
 *
 * @internal
 */
export function claimFunctionName(owner: IConstruct, name: string): void {
  setStateOf(owner, STATE, new Set([...namesOf(owner), name]));
}

function namesOf(owner: IConstruct): ReadonlySet<string> {
  return stateOf<ReadonlySet<string>>(owner, STATE) ?? new Set();
}
