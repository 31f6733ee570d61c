import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { gridPoints } from '../../../../lambda/shared/grid';
import { CATCH_UP_MS, TICK_HORIZON_MS } from '../../../../lib/ticker/constants';
import { useMiniStack } from '../../../support/ministack';
import { entry, every10s, newTicker } from '../../../support/new-ticker';

const ministack = useMiniStack();
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;

let client: DynamoDBClient;
beforeAll(() => {
  client = ministack.dynamodb();
});

test('a tick enqueues the runs of the next two minutes, and the next tick enqueues the following ones', async () => {
  const { tick: at, sent, points } = await newTicker(client);
  const plan = [
    entry({ payload: { a: 1 } }),
    entry({ function: 'Other', functionArn: 'arn:other', intervalSeconds: 90, tracked: false }),
  ];
  expect(await at(T0 + 5_000, plan)).toEqual({ kind: 'enqueued', enqueued: 13, missed: 0 });
  expect(sent[0]).toEqual({
    due: T0 + 10_000,
    message: {
      function: 'Job',
      functionArn: 'arn:job',
      scheduledTime: '2026-03-01T10:00:10.000Z',
      payload: { a: 1 },
      tracked: true,
    },
  });
  expect(sent.find(({ message }) => message.function === 'Other')).toEqual({
    due: T0 + 90_000,
    message: { function: 'Other', functionArn: 'arn:other', scheduledTime: '2026-03-01T10:01:30.000Z', tracked: false },
  });
  expect(await at(T0 + 65_000, plan)).toMatchObject({ enqueued: 7 });
  expect(points()).toEqual(every10s(T0 + 5_000, T0 + 185_000));
});

test('a tick that is delivered twice enqueues nothing the second time', async () => {
  const { tick: at, points } = await newTicker(client);
  await at(T0, [entry()]);
  expect(await at(T0, [entry()])).toEqual({ kind: 'enqueued', enqueued: 0, missed: 0 });
  expect(points()).toEqual(every10s(T0, T0 + TICK_HORIZON_MS));
});

test('only one of several concurrent ticks enqueues runs', async () => {
  const { tick: at, points } = await newTicker(client);
  const results = await Promise.all(Array.from({ length: 8 }, () => at(T0, [entry()])));
  expect(results.filter(({ enqueued }) => enqueued > 0)).toHaveLength(1);
  expect(results.some(({ kind }) => kind === 'claimed-by-another')).toBe(true);
  expect(points()).toEqual(every10s(T0, T0 + TICK_HORIZON_MS));
});

test.each([
  ['late', [0, 105_000, 120_000]],
  ['withheld', [0, MINUTE, 3 * MINUTE, 4 * MINUTE]],
  ['withheld for ten minutes', [0, 10 * MINUTE, 11 * MINUTE]],
  ['early', [0, 1_000, 61_000]],
  ['taken back by the clock', [0, MINUTE, -30_000, 20_000, 2 * MINUTE]],
])('with a tick that is %s, each point is enqueued once', async (_name, times) => {
  const { tick: at, points, missed } = await newTicker(client);
  for (const time of times) await at(T0 + time, [entry()]);
  expect(points()).toEqual(every10s(T0, T0 + Math.max(...times) + TICK_HORIZON_MS));
  expect(await missed()).toEqual([]);
});

test('a tick that is killed before its commit loses no runs, because the next tick enqueues them again', async () => {
  const { tick: at, points, failing } = await newTicker(client);
  await at(T0, [entry()]);
  failing('commit');
  await expect(at(T0 + MINUTE, [entry()])).rejects.toThrow('killed');
  failing(undefined);
  expect(await at(T0 + MINUTE + 40_000, [entry()])).toMatchObject({ kind: 'claimed-by-another' });
  expect(await at(T0 + MINUTE + 40_001, [entry()])).toMatchObject({ kind: 'enqueued' });
  expect([...new Set(points())]).toEqual(every10s(T0, T0 + MINUTE + 40_001 + TICK_HORIZON_MS));
});

test('rejected messages are enqueued by the next tick', async () => {
  const { tick: at, points, failing } = await newTicker(client);
  await at(T0, [entry()]);
  failing('send');
  await expect(at(T0 + MINUTE, [entry()])).rejects.toThrow('refused');
  failing(undefined);
  await at(T0 + 2 * MINUTE, [entry()]);
  expect(points()).toEqual(every10s(T0, T0 + 4 * MINUTE));
});

test('a new schedule begins at once, even if the others are already enqueued further', async () => {
  const { tick: at, points } = await newTicker(client);
  await at(T0, [entry()]);
  const plan = [entry({ function: 'New', intervalSeconds: 15 }), entry()];
  await at(T0 + MINUTE, plan);
  await at(T0 + 2 * MINUTE, plan);
  expect(points('New')).toEqual(gridPoints(entry({ intervalSeconds: 15 }), T0 + MINUTE, T0 + 4 * MINUTE));
  expect(points()).toEqual(every10s(T0, T0 + 4 * MINUTE));
});

test('a changed schedule runs with its old definition for the enqueued runs, and then with its new one', async () => {
  const { tick: at, points } = await newTicker(client);
  const changed = entry({ intervalSeconds: 25, anchor: 7 });
  await at(T0, [entry()]);
  for (const minutes of [1, 2]) await at(T0 + minutes * MINUTE, [changed]);
  expect(points()).toEqual([...every10s(T0, T0 + 2 * MINUTE), ...gridPoints(changed, T0 + 2 * MINUTE, T0 + 4 * MINUTE)]);
});

test.each([
  ['payload', { payload: { b: 2 } }],
  ['function ARN', { functionArn: 'arn:new' }],
  ['tracking', { tracked: false }],
])('a schedule continues without a gap if only its %s changes', async (_name, change) => {
  const { tick: at, points, sent } = await newTicker(client);
  await at(T0, [entry()]);
  await at(T0 + MINUTE, [entry(change)]);
  expect(points()).toEqual(every10s(T0, T0 + 3 * MINUTE));
  expect(sent.at(-1)?.message).toMatchObject(change);
});

describe('after a long outage', () => {
  const outage = 3 * 60 * MINUTE;
  const now = T0 + outage;
  const missedPoints = every10s(T0 + TICK_HORIZON_MS, now - CATCH_UP_MS);

  test('runs that are too late are recorded as Skipped in one record, and the others are caught up', async () => {
    const { tick: at, points, missed } = await newTicker(client);
    await at(T0, [entry()]);
    expect(await at(now, [entry()])).toEqual({ kind: 'enqueued', enqueued: 102, missed: 1 });
    expect(points()).toEqual([...every10s(T0, T0 + TICK_HORIZON_MS), ...every10s(now - CATCH_UP_MS, now + TICK_HORIZON_MS)]);
    expect(await missed()).toEqual([
      {
        function: 'Job',
        runId: 'missed:2026-03-01T10:02:00.000Z',
        state: 'Skipped',
        trigger: 'schedule',
        scheduledTime: '2026-03-01T10:02:00.000Z',
        startedAt: new Date(now).toISOString(),
        attempt: 0,
        errorType: 'Missed',
        errorMessage: `${missedPoints.length} runs from 2026-03-01T10:02:00.000Z to 2026-03-01T12:44:50.000Z were missed: no tick came for more than 15 minutes`,
        expiresAt: now / 1000 + 7 * 86_400,
      },
    ]);
  });

  test('a killed tick and the tick that repeats its work leave one record', async () => {
    const { tick: at, missed, failing } = await newTicker(client);
    await at(T0, [entry()]);
    failing('commit');
    await expect(at(now, [entry()])).rejects.toThrow('killed');
    failing(undefined);
    await at(now + MINUTE, [entry()]);
    expect(await missed()).toMatchObject([{ errorMessage: expect.stringMatching(`^${missedPoints.length + 6} runs from `) }]);
  });

  test('a schedule that has changed is not caught up, and the missed runs of its old definition are recorded', async () => {
    const { tick: at, points, missed } = await newTicker(client);
    const changed = entry({ intervalSeconds: 25 });
    await at(T0, [entry()]);
    await at(T0 + 5 * MINUTE, [changed]);
    expect(points()).toEqual([...every10s(T0, T0 + 2 * MINUTE), ...gridPoints(changed, T0 + 5 * MINUTE, T0 + 7 * MINUTE)]);
    expect(await missed()).toMatchObject([
      {
        runId: 'missed:2026-03-01T10:02:00.000Z',
        state: 'Skipped',
        errorMessage:
          '18 runs from 2026-03-01T10:02:00.000Z to 2026-03-01T10:04:50.000Z were missed: no tick came before the schedule was changed',
      },
    ]);
  });

  test('a new schedule has missed no runs', async () => {
    const { tick: at, points, missed } = await newTicker(client);
    await at(T0, [entry()]);
    await at(now, [entry(), entry({ function: 'New' })]);
    expect(points('New')).toEqual(every10s(now, now + TICK_HORIZON_MS));
    expect(await missed('New')).toEqual([]);
  });
});

test('a schedule respects its start, its end and its anchor', async () => {
  const { tick: at, points, missed } = await newTicker(client);
  const seconds = T0 / 1000;
  const plan = [entry({ intervalSeconds: 45, anchor: seconds + 70, start: seconds + 70, end: seconds + 250 })];
  for (let minute = 0; minute < 8; minute++) await at(T0 + minute * MINUTE, plan);
  await at(T0 + 4 * 60 * MINUTE, plan);
  expect(points()).toEqual([70, 115, 160, 205, 250].map((second) => T0 + second * 1000));
  expect(await missed()).toEqual([]);
});

test('a plan can be empty, and its first schedule begins at once', async () => {
  const { tick: at, points } = await newTicker(client);
  expect(await at(T0, [])).toEqual({ kind: 'enqueued', enqueued: 0, missed: 0 });
  await at(T0 + MINUTE, [entry()]);
  expect(points()).toEqual(every10s(T0 + MINUTE, T0 + 3 * MINUTE));
});

test('for all ticks with gaps that can be caught up, exactly the points of the grid are enqueued, each one once', async () => {
  const interval = fc.record({ intervalSeconds: fc.integer({ min: 7, max: 4_000 }), anchor: fc.nat(5_000) });
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.constant(MINUTE), fc.integer({ min: -200_000, max: CATCH_UP_MS })), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(interval, { minLength: 1, maxLength: 3 }), gaps, fc.nat(59_999), async (grids, given, offset) => {
      const { tick: at, points, missed } = await newTicker(client);
      const plan = grids.map((grid, index) => entry({ ...grid, function: `Job${index}` }));
      const first = T0 + offset;
      let [now, last] = [first, first];
      await at(now, plan);
      for (const gap of given) {
        // The clock may go back any distance. Only the time without enqueued runs matters.
        now = Math.max(first, Math.min(now + gap, last + CATCH_UP_MS));
        last = Math.max(last, now);
        await at(now, plan);
      }
      for (const one of plan) {
        expect(points(one.function)).toEqual(gridPoints(one, first, last + TICK_HORIZON_MS));
        expect(await missed(one.function)).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
