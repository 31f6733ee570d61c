import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { gridPoints } from '../../../lambda/shared/grid';
import type { DueRun } from '../../../lambda/tick/run-queue';
import { tick } from '../../../lambda/tick/tick';
import { TickStore } from '../../../lambda/tick/tick-store';
import {
  CATCH_UP_MS,
  TICK_HORIZON_MS,
  TICK_PARTITION,
  TICK_STATE_SORT_KEY,
  type TickerEntry,
} from '../../../lib/schedule/constants';
import { useMiniStack } from '../../support/ministack';
import { TestRunTable } from '../../support/run-table';

const ministack = useMiniStack();
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;

let client: DynamoDBClient;
beforeAll(() => {
  client = ministack.dynamodb();
});

function entry(more: Partial<TickerEntry> = {}): TickerEntry {
  return { function: 'Job', functionArn: 'arn:job', intervalSeconds: 10, anchor: 0, tracked: true, ...more };
}

/** A ticker with a table of its own, and a queue that keeps what it is given. */
async function newTicker() {
  const table = await TestRunTable.create(client);
  const store = new TickStore(client, table.tableName);
  const sent: DueRun[] = [];
  let fail: 'send' | 'commit' | undefined;
  let ids = 0;
  // What a batch of messages takes, in milliseconds, and what has gone by since the tick began.
  let sendTakes = 0;
  let elapsed = 0;
  let meanwhile: (now: number) => Promise<void> = async () => undefined;
  const slices: number[][] = [];
  const parts = (now: number) => ({
    store: {
      claim: store.claim.bind(store),
      readPlan: store.readPlan.bind(store),
      writePlan: store.writePlan.bind(store),
      recordMissed: store.recordMissed.bind(store),
      commit: async (id: string, watermark: number, until?: number) => {
        if (fail === 'commit') throw new Error('killed before the commit');
        await store.commit(id, watermark, until);
      },
    },
    queue: {
      send: async (runs: readonly DueRun[]) => {
        if (fail === 'send') throw new Error('refused');
        sent.push(...runs);
        slices.push(runs.map(({ due }) => due));
        elapsed += sendTakes;
        await meanwhile(now + elapsed);
      },
    },
    retentionDays: 7,
    now: () => now + elapsed,
    newId: () => {
      ids += 1;
      return `tick-${ids}`;
    },
  });
  return {
    table,
    sent,
    slices,
    tick: (now: number, plan: readonly TickerEntry[]) => {
      elapsed = 0;
      return tick({ plan }, parts(now));
    },
    /** @param then what happens while messages are sent */
    slow: (ms: number, then: typeof meanwhile = async () => undefined) => {
      sendTakes = ms;
      meanwhile = then;
    },
    state: () => table.items().then((items) => items.find(({ pk, sk }) => pk === TICK_PARTITION && sk === TICK_STATE_SORT_KEY)),
    failing: (where: typeof fail) => {
      fail = where;
    },
    points: (name = 'Job') => sent.filter(({ message }) => message.function === name).map(({ due }) => due),
    missed: (name = 'Job') => table.runs(name),
  };
}

const every10s = (from: number, to: number) => gridPoints(entry(), from, to);

test('a tick enqueues the next two minutes; the next one, what the first did not', async () => {
  const { tick: at, sent, points } = await newTicker();
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
  const { tick: at, points } = await newTicker();
  await at(T0, [entry()]);
  expect(await at(T0, [entry()])).toEqual({ kind: 'enqueued', enqueued: 0, missed: 0 });
  expect(points()).toEqual(every10s(T0, T0 + TICK_HORIZON_MS));
});

test('of ticks at the same time one does the work', async () => {
  const { tick: at, points } = await newTicker();
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
  const { tick: at, points, missed } = await newTicker();
  for (const time of times) await at(T0 + time, [entry()]);
  expect(points()).toEqual(every10s(T0, T0 + Math.max(...times) + TICK_HORIZON_MS));
  expect(await missed()).toEqual([]);
});

test('a tick that is killed between enqueueing and its commit loses nothing: the next one enqueues again', async () => {
  const { tick: at, points, failing } = await newTicker();
  await at(T0, [entry()]);
  failing('commit');
  await expect(at(T0 + MINUTE, [entry()])).rejects.toThrow('killed');
  failing(undefined);
  expect(await at(T0 + MINUTE + 40_000, [entry()])).toMatchObject({ kind: 'claimed-by-another' });
  expect(await at(T0 + MINUTE + 40_001, [entry()])).toMatchObject({ kind: 'enqueued' });
  expect([...new Set(points())]).toEqual(every10s(T0, T0 + MINUTE + 40_001 + TICK_HORIZON_MS));
});

test('messages that are refused are enqueued by the next tick', async () => {
  const { tick: at, points, failing } = await newTicker();
  await at(T0, [entry()]);
  failing('send');
  await expect(at(T0 + MINUTE, [entry()])).rejects.toThrow('refused');
  failing(undefined);
  await at(T0 + 2 * MINUTE, [entry()]);
  expect(points()).toEqual(every10s(T0, T0 + 4 * MINUTE));
});

test('a schedule that is new begins at once, though the others are enqueued further', async () => {
  const { tick: at, points } = await newTicker();
  await at(T0, [entry()]);
  const plan = [entry({ function: 'New', intervalSeconds: 15 }), entry()];
  await at(T0 + MINUTE, plan);
  await at(T0 + 2 * MINUTE, plan);
  expect(points('New')).toEqual(gridPoints(entry({ intervalSeconds: 15 }), T0 + MINUTE, T0 + 4 * MINUTE));
  expect(points()).toEqual(every10s(T0, T0 + 4 * MINUTE));
});

test('a schedule that is changed runs in its former shape as far as it is enqueued, and then in its new one', async () => {
  const { tick: at, points } = await newTicker();
  const changed = entry({ intervalSeconds: 25, anchor: 7 });
  await at(T0, [entry()]);
  for (const minutes of [1, 2]) await at(T0 + minutes * MINUTE, [changed]);
  expect(points()).toEqual([...every10s(T0, T0 + 2 * MINUTE), ...gridPoints(changed, T0 + 2 * MINUTE, T0 + 4 * MINUTE)]);
});

test.each([
  ['payload', { payload: { b: 2 } }],
  ['function ARN', { functionArn: 'arn:new' }],
  ['tracking', { tracked: false }],
])('a schedule of which only the %s changes goes on where it is', async (_name, change) => {
  const { tick: at, points, sent } = await newTicker();
  await at(T0, [entry()]);
  await at(T0 + MINUTE, [entry(change)]);
  expect(points()).toEqual(every10s(T0, T0 + 3 * MINUTE));
  expect(sent.at(-1)?.message).toMatchObject(change);
});

describe('after a long outage', () => {
  const outage = 3 * 60 * MINUTE;
  const now = T0 + outage;
  const missedPoints = every10s(T0 + TICK_HORIZON_MS, now - CATCH_UP_MS);

  test('what is too late is recorded as Skipped, in one record, and the rest is caught up', async () => {
    const { tick: at, points, missed } = await newTicker();
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

  test('a tick that is killed, and the one that does its work, leave one record', async () => {
    const { tick: at, missed, failing } = await newTicker();
    await at(T0, [entry()]);
    failing('commit');
    await expect(at(now, [entry()])).rejects.toThrow('killed');
    failing(undefined);
    await at(now + MINUTE, [entry()]);
    expect(await missed()).toMatchObject([{ errorMessage: expect.stringMatching(`^${missedPoints.length + 6} runs from `) }]);
  });

  test('a schedule that was changed meanwhile is not caught up, and what it missed in its former shape is recorded', async () => {
    const { tick: at, points, missed } = await newTicker();
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

  test('a schedule that is new has missed nothing', async () => {
    const { tick: at, points, missed } = await newTicker();
    await at(T0, [entry()]);
    await at(now, [entry(), entry({ function: 'New' })]);
    expect(points('New')).toEqual(every10s(now, now + TICK_HORIZON_MS));
    expect(await missed('New')).toEqual([]);
  });
});

describe('a long catch-up', () => {
  const now = T0 + 15 * MINUTE;

  test('goes oldest first, and commits each minute of it', async () => {
    const { tick: at, points, slices, sent } = await newTicker();
    const plan = [entry(), entry({ function: 'Other', intervalSeconds: 20, anchor: 3 })];
    await at(T0, plan);
    slices.length = 0;
    sent.length = 0;
    expect(await at(now, plan)).toMatchObject({ kind: 'enqueued' });
    expect(points()).toEqual(every10s(T0 + TICK_HORIZON_MS, now + TICK_HORIZON_MS));
    const dues = sent.map(({ due }) => due);
    expect(dues).toEqual([...dues].sort((a, b) => a - b));
    expect(slices).toHaveLength(15);
    for (const slice of slices) expect((slice.at(-1) ?? 0) - (slice[0] ?? 0)).toBeLessThan(MINUTE);
  });

  test('that takes longer than a tick has goes on at the next one, and starts nothing again', async () => {
    const { tick: at, points, slow, state } = await newTicker();
    await at(T0, [entry()]);
    slow(6_000);
    // 20 s are over after the fourth slice.
    expect(await at(now, [entry()])).toEqual({ kind: 'unfinished', enqueued: 24, missed: 0 });
    expect(points()).toEqual(every10s(T0, T0 + 6 * MINUTE));
    expect(await state()).toEqual({ pk: TICK_PARTITION, sk: TICK_STATE_SORT_KEY, watermark: T0 + 6 * MINUTE });
    slow(1_000);
    expect(await at(now + MINUTE, [entry()])).toEqual({ kind: 'enqueued', enqueued: 72, missed: 0 });
    expect(points()).toEqual(every10s(T0, now + MINUTE + TICK_HORIZON_MS));
  });

  test('keeps its claim from slice to slice, and goes on from the last that it committed where it is killed', async () => {
    const { tick: at, points, slow, failing, state } = await newTicker();
    await at(T0, [entry()]);
    const claims: unknown[] = [];
    let slices = 0;
    slow(4_000, async (time) => {
      claims.push((await state())?.claimUntil);
      slices += 1;
      if (slices === 3) failing('commit');
      expect((await state())?.claimUntil).toBeGreaterThan(time);
    });
    await expect(at(now, [entry()])).rejects.toThrow('killed');
    expect(claims).toEqual([now + 40_000, now + 44_000, now + 48_000]);
    expect(await state()).toMatchObject({ watermark: T0 + 4 * MINUTE });
    failing(undefined);
    slow(0);
    await at(now + MINUTE, [entry()]);
    expect([...new Set(points())]).toEqual(every10s(T0, now + MINUTE + TICK_HORIZON_MS));
    expect(points()).toHaveLength(new Set(points()).size + 6);
  });

  test('of which a schedule is new loses none of its runs, wherever it ends', async () => {
    const { tick: at, points, slow } = await newTicker();
    const plan = [entry(), entry({ function: 'New', intervalSeconds: 15 })];
    await at(T0, [entry()]);
    slow(11_000);
    expect(await at(now, plan)).toMatchObject({ kind: 'unfinished' });
    expect(points('New')).toEqual([]);
    slow(0);
    await at(now + MINUTE, plan);
    expect(points('New')).toEqual(gridPoints(entry({ intervalSeconds: 15 }), now, now + MINUTE + TICK_HORIZON_MS));
  });
});

test('a tick whose claim ran out can not commit over its successor', async () => {
  const { tick: at, slow, state } = await newTicker();
  await at(T0, [entry()]);
  let successor: unknown;
  slow(0, async () => {
    slow(0);
    successor = await at(T0 + 5 * MINUTE, [entry()]);
  });
  await expect(at(T0 + MINUTE, [entry()])).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  expect(successor).toMatchObject({ kind: 'enqueued' });
  expect((await state())?.watermark).toBe(T0 + 5 * MINUTE + TICK_HORIZON_MS);
});

test('a tick whose claim another has taken can not commit over it while that goes on', async () => {
  const { table } = await newTicker();
  const store = new TickStore(client, table.tableName);
  await store.claim('first', T0, T0 + 40_000);
  await store.claim('second', T0 + 40_001, T0 + 80_001);
  await expect(store.commit('first', T0 + MINUTE)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await expect(store.commit('first', T0 + MINUTE, T0 + 90_000)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
  });
  await store.commit('second', T0 + 2 * MINUTE);
  expect(await table.items()).toMatchObject([{ watermark: T0 + 2 * MINUTE }]);
});

test('a schedule keeps to its start, its end and its anchor', async () => {
  const { tick: at, points, missed } = await newTicker();
  const seconds = T0 / 1000;
  const plan = [entry({ intervalSeconds: 45, anchor: seconds + 70, start: seconds + 70, end: seconds + 250 })];
  for (let minute = 0; minute < 8; minute++) await at(T0 + minute * MINUTE, plan);
  await at(T0 + 4 * 60 * MINUTE, plan);
  expect(points()).toEqual([70, 115, 160, 205, 250].map((second) => T0 + second * 1000));
  expect(await missed()).toEqual([]);
});

test('a plan without schedules is fine, and the first schedule of it begins at once', async () => {
  const { tick: at, points } = await newTicker();
  expect(await at(T0, [])).toEqual({ kind: 'enqueued', enqueued: 0, missed: 0 });
  await at(T0 + MINUTE, [entry()]);
  expect(points()).toEqual(every10s(T0 + MINUTE, T0 + 3 * MINUTE));
});

test('whenever ticks come, with gaps shorter than what is caught up, each point is enqueued once and nothing else is', async () => {
  const interval = fc.record({ intervalSeconds: fc.integer({ min: 7, max: 4_000 }), anchor: fc.nat(5_000) });
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.constant(MINUTE), fc.integer({ min: -200_000, max: CATCH_UP_MS })), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(interval, { minLength: 1, maxLength: 3 }), gaps, fc.nat(59_999), async (grids, given, offset) => {
      const { tick: at, points, missed } = await newTicker();
      const plan = grids.map((grid, index) => entry({ ...grid, function: `Job${index}` }));
      const first = T0 + offset;
      let [now, last] = [first, first];
      await at(now, plan);
      for (const gap of given) {
        // However far the clock went back: what counts is how long nothing was enqueued.
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
