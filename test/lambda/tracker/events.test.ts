import { currentRun } from '../../../lambda/runtime/current-run';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useTracker } from '../../support/tracked';

useLogLines();
const tracked = useTracker(useMiniStack());

describe('the event of a schedule', () => {
  const event = (scheduledTime: unknown, attempt: unknown = '1') => ({
    source: SCHEDULE_EVENT_SOURCE,
    schedule: 'Job',
    scheduledTime,
    attempt,
    payload: { a: 1 },
  });

  test('determines the run id by its time, independent of the notation', async () => {
    const { invoke, runs } = tracked(async (given) => given);
    const expected = { ...event('2026-03-01T10:00:00.000Z'), attempt: 1 };
    expect(await invoke(event('2026-03-01T10:00:00Z'))).toEqual(expected);
    expect(await invoke(event('2026-03-01T12:00:00.000+02:00'))).toMatchObject({ katamari: { duplicate: true } });
    expect(await runs()).toEqual([
      expect.objectContaining({
        runId: '2026-03-01T10:00:00.000Z',
        scheduledTime: '2026-03-01T10:00:00.000Z',
        trigger: 'schedule',
        attempt: 1,
      }),
    ]);
  });

  test('has the current minute if Scheduler did not replace its attributes', async () => {
    const { invoke, runs } = tracked(async (given) => given);
    const minute = () => new Date(Date.now() - (Date.now() % 60_000)).toISOString();
    const before = minute();
    const got = await invoke(event('<aws.scheduler.scheduled-time>', '<aws.scheduler.attempt-number>'));
    expect([before, minute()]).toContain(got.scheduledTime);
    expect(got).toEqual({ ...event(got.scheduledTime), attempt: 1 });
    expect(await runs()).toEqual([expect.objectContaining({ runId: got.scheduledTime, trigger: 'schedule' })]);
  });

  test('has the number of the attempt', async () => {
    const attempts: unknown[] = [];
    const { invoke } = tracked(async (given) => {
      attempts.push([given.attempt, currentRun()?.attempt]);
      throw new Error('again');
    });
    const retry = () => invoke(event('2026-03-01T10:00:00Z'), { awsRequestId: 'same' });
    for (let index = 0; index < 2; index++) await expect(retry()).rejects.toThrow('again');
    expect(attempts).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('an event of the bus', () => {
  const event = {
    version: '0',
    id: 'ab12',
    'detail-type': 'order.placed',
    source: 'shop',
    account: '123456789012',
    time: '2026-03-01T10:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: { order: 1 },
  };

  test('is passed on completely, and its id is the run id, so that a second delivery does not run again', async () => {
    const handler = jest.fn(async (given: unknown) => given);
    const { invoke, runs } = tracked(handler);
    expect(await invoke(event)).toEqual(event);
    expect(await invoke(event)).toEqual({ katamari: { runId: 'ab12', state: 'Completed', duplicate: true } });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await runs()).toEqual([expect.objectContaining({ runId: 'ab12', trigger: 'event', eventName: 'order.placed' })]);
  });

  test('runs again if it is replayed from an archive', async () => {
    const { invoke, runs } = tracked(async () => undefined);
    await invoke(event);
    await invoke({ ...event, 'replay-name': 'after-the-fix' });
    expect((await runs()).map(({ runId }) => runId)).toEqual(['ab12', 'ab12@after-the-fix']);
  });
});

test.each([
  [null],
  ['text'],
  [7],
  [[{ id: 'a', 'detail-type': 'b', detail: {} }]],
  [{ id: '', 'detail-type': 'b', detail: {} }],
  [{ id: 'a', detail: {} }],
  [{ source: SCHEDULE_EVENT_SOURCE }],
  [{ Records: [{ messageId: 'm' }] }],
])('the event %j is passed on unchanged, and the request id is the run id', async (event) => {
  const { invoke, runs } = tracked(async (given) => ({ given }));
  expect(await invoke(event, { awsRequestId: 'request-1' })).toEqual({ given: event });
  expect(await runs()).toEqual([expect.objectContaining({ runId: 'request-1', trigger: 'invoke', state: 'Completed' })]);
});
