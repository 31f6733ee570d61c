import { currentRun } from '../../../lambda/runtime/current-run';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { byBus, byClock, byKey } from '../../support/deliveries';
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
    expect(await invoke(byClock(event('2026-03-01T10:00:00Z')))).toEqual(expected);
    expect(await invoke(byClock(event('2026-03-01T12:00:00.000+02:00')))).toMatchObject({ katamari: { duplicate: true } });
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
    const got = await invoke(byClock(event('<aws.scheduler.scheduled-time>', '<aws.scheduler.attempt-number>')));
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
    const retry = () => invoke(byClock(event('2026-03-01T10:00:00Z')), { awsRequestId: 'same' });
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
    expect(await invoke(byBus(event))).toEqual(event);
    expect(await invoke(byBus(event))).toEqual({ katamari: { runId: 'ab12', state: 'Completed', duplicate: true } });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(await runs()).toEqual([expect.objectContaining({ runId: 'ab12', trigger: 'event', eventName: 'order.placed' })]);
  });

  test('runs again if it is replayed from an archive', async () => {
    const { invoke, runs } = tracked(async () => undefined);
    await invoke(byBus(event));
    await invoke(byBus({ ...event, 'replay-name': 'after-the-fix' }));
    expect((await runs()).map(({ runId }) => runId)).toEqual(['ab12', 'ab12@after-the-fix']);
  });
});

describe('a direct invocation', () => {
  const delivered = [
    ['an event of the bus', byBus({ id: 'ab12', 'detail-type': 'order.placed', detail: { order: 1 } })],
    [
      'the event of a schedule',
      byClock({ source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime: '2026-03-01T10:00:00Z', payload: null }),
    ],
  ] as const;

  test.each(delivered)('by the handler itself, with a copy of %s, is a run of its own', async (_what, delivery) => {
    const pages: unknown[] = [];
    const { invoke, runs } = tracked(async (given) => {
      const page = given.page ?? 1;
      pages.push(page);
      if (page < 3) await invoke({ ...given, page: page + 1 }, { awsRequestId: `page-${page + 1}` });
      return page;
    });
    expect(await invoke(delivery)).toBe(1);
    expect(pages).toEqual([1, 2, 3]);
    expect((await runs()).map(({ trigger, state }) => [trigger, state])).toEqual([
      [delivery['katamari:delivery'], 'Completed'],
      ['invoke', 'Completed'],
      ['invoke', 'Completed'],
    ]);
  });

  test.each(delivered)('with %s runs each time that it is called', async (_what, { event }) => {
    const { invoke, runs } = tracked(async (given) => ({ given }));
    for (let call = 0; call < 2; call++) expect(await invoke(event)).toEqual({ given: event });
    expect(await runs()).toEqual([
      expect.objectContaining({ trigger: 'invoke', state: 'Completed', attempt: 1 }),
      expect.objectContaining({ trigger: 'invoke', state: 'Completed', attempt: 1 }),
    ]);
  });

  test('can be repeated at once by its caller after it failed', async () => {
    let calls = 0;
    const { invoke } = tracked(async () => {
      calls += 1;
      if (calls === 1) throw new Error('first');
      return calls;
    });
    const event = { id: 'ab12', 'detail-type': 'order.placed', detail: {} };
    await expect(invoke(event)).rejects.toThrow('first');
    expect(await invoke(event)).toBe(2);
  });

  test('with an idempotency key runs until it has completed once', async () => {
    let calls = 0;
    const { invoke, runs } = tracked(async (given) => {
      calls += 1;
      if (calls === 1) throw new Error('first');
      return { given };
    });
    const call = () => invoke(byKey('order-17', { n: 1 }));
    await expect(call()).rejects.toThrow('first');
    expect(await call()).toEqual({ given: { n: 1 } });
    expect(await call()).toEqual({ katamari: { runId: 'key:order-17', state: 'Completed', duplicate: true } });
    expect(await invoke(byKey('order-18', { n: 1 }))).toEqual({ given: { n: 1 } });
    expect(await runs()).toEqual([
      expect.objectContaining({ runId: 'key:order-17', trigger: 'invoke', state: 'Completed', attempt: 2 }),
      expect.objectContaining({ runId: 'key:order-18', trigger: 'invoke', state: 'Completed', attempt: 1 }),
    ]);
  });
});

test.each([
  ['the bus', byBus({ body: 'no event' })],
  ['the bus, without an id', byBus({ id: '', 'detail-type': 'b', detail: {} })],
  ['the clock', byClock({ source: SCHEDULE_EVENT_SOURCE })],
  ['a caller, with an empty key', byKey('', 7)],
])('a delivery of %s that identifies no run starts one of its own', async (_name, delivery) => {
  const { invoke, runs } = tracked(async (given) => ({ given }));
  expect(await invoke(delivery, { awsRequestId: 'request-1' })).toEqual({ given: delivery.event });
  expect(await runs()).toEqual([expect.objectContaining({ runId: 'request-1', trigger: 'invoke', state: 'Completed' })]);
});

test.each([
  [null],
  ['text'],
  [7],
  [[{ id: 'a', 'detail-type': 'b', detail: {} }]],
  [{ id: '', 'detail-type': 'b', detail: {} }],
  [{ id: 'a', detail: {} }],
  [{ source: SCHEDULE_EVENT_SOURCE }],
  [{ 'katamari:delivery': 7, event: {} }],
  [{ 'katamari:delivery': 'event' }],
  [{ Records: [{ messageId: 'm' }] }],
])('the event %j is passed on unchanged, and the request id is the run id', async (event) => {
  const { invoke, runs } = tracked(async (given) => ({ given }));
  expect(await invoke(event, { awsRequestId: 'request-1' })).toEqual({ given: event });
  expect(await runs()).toEqual([expect.objectContaining({ runId: 'request-1', trigger: 'invoke', state: 'Completed' })]);
});
