import { asOf, KILLED, mayBecome, type RunRecord, type RunState } from '../../../lambda/shared/run';
import { LEASE_GRACE_MS } from '../../../lib/runs/constants';

const STATES: readonly RunState[] = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'];
const LEGAL = new Set(['Pending Running', 'Pending Skipped', 'Running Completed', 'Running Failed', 'Failed Running']);

test.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
  expect(mayBecome(from, to)).toBe(LEGAL.has(`${from} ${to}`));
});

describe('a record', () => {
  const deadline = Date.parse('2026-03-01T10:00:30Z');
  const record: RunRecord = {
    function: 'fn',
    runId: 'a',
    state: 'Running',
    trigger: 'invoke',
    attempt: 1,
    startedAt: '2026-03-01T10:00:00.000Z',
    leaseUntil: deadline + LEASE_GRACE_MS,
  };

  test('that is Running stands while its lease lasts', () => {
    expect(asOf(record, deadline + LEASE_GRACE_MS)).toBe(record);
  });

  test('that is Running after its lease is Failed since its deadline', () => {
    expect(asOf(record, deadline + LEASE_GRACE_MS + 1)).toEqual({
      ...record,
      ...KILLED,
      state: 'Failed',
      endedAt: '2026-03-01T10:00:30.000Z',
      durationMs: 30_000,
    });
  });

  test.each(['Completed', 'Failed', 'Skipped'] as const)('that is %s stays so', (state) => {
    const ended = { ...record, state };
    expect(asOf(ended, deadline + 86_400_000)).toBe(ended);
  });
});
