import { type RunState, TRANSITIONS } from '../../../lib/runs/constants';
import { anyOf, type Expression, ITEM_ABSENT } from './expression';

const STATES = Object.keys(TRANSITIONS) as readonly RunState[];

/** Whether a run may change from one state to another. */
export function mayBecome(from: RunState, to: RunState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** Holds for a record in a state. */
export function inState(state: RunState): Expression {
  const placeholder = `:${state.toLowerCase()}`;
  return { text: `#state = ${placeholder}`, names: { '#state': 'state' }, values: { [placeholder]: state } };
}

/**
 * Condition of a write that changes the state of a run: the run is in a state that may become the new one. A Pending run
 * has no record.
 *
 * @param recognizedBy condition for a state that the attribute alone does not tell, or that needs more to change
 */
export function transitionTo(state: RunState, recognizedBy: Partial<Record<RunState, Expression>> = {}): Expression {
  const conditions = STATES.filter((from) => mayBecome(from, state)).map(
    (from) => recognizedBy[from] ?? (from === 'Pending' ? ITEM_ABSENT : inState(from)),
  );
  return anyOf(...conditions);
}
