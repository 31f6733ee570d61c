import { inState, mayBecome, transitionTo } from '../../../../lambda/shared/table/transitions';
import type { RunState } from '../../../../lib/runs/constants';

const STATES: readonly RunState[] = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'];
const LEGAL = new Set(['Pending Running', 'Pending Skipped', 'Running Completed', 'Running Failed', 'Failed Running']);

test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
  expect(mayBecome(from, to)).toBe(LEGAL.has(`${from} ${to}`));
});

test.each<[RunState, string, object | undefined]>([
  ['Running', 'attribute_not_exists(pk) OR #state = :failed', { ':failed': 'Failed' }],
  ['Completed', '#state = :running', { ':running': 'Running' }],
  ['Failed', '#state = :running', { ':running': 'Running' }],
  ['Skipped', 'attribute_not_exists(pk)', undefined],
])('the condition of a write that makes a run %s allows the states that precede it', (state, text, values) => {
  const condition = transitionTo(state);
  expect([condition.text, condition.values]).toEqual([text, values]);
});

test('a state can be recognized by another condition', () => {
  const failed = { text: 'attempt = :zero', values: { ':zero': 0 } };
  expect(transitionTo('Running', { Failed: failed })).toMatchObject({
    text: 'attribute_not_exists(pk) OR attempt = :zero',
    names: undefined,
    values: { ':zero': 0 },
  });
  expect(transitionTo('Running', { Completed: inState('Completed') })).toEqual(transitionTo('Running'));
});
