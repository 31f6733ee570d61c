import { asOf, KILLED, type RunRecord } from '../../../lambda/shared/run';
import { LEASE_GRACE_MS } from '../../../lib/runs/constants';

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

  test('that is Running is unchanged until its lease expires', () => {
    expect(asOf(record, deadline + LEASE_GRACE_MS)).toBe(record);
  });

  test('that is Running with an expired lease is Failed, with its deadline as the end', () => {
    expect(asOf(record, deadline + LEASE_GRACE_MS + 1)).toEqual({
      ...record,
      ...KILLED,
      state: 'Failed',
      endedAt: '2026-03-01T10:00:30.000Z',
      durationMs: 30_000,
    });
  });

  test.each(['Completed', 'Failed', 'Skipped'] as const)('that is %s is unchanged', (state) => {
    const ended = { ...record, state };
    expect(asOf(ended, deadline + 86_400_000)).toBe(ended);
  });
});
