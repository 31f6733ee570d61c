import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gridPoints } from '../../../../lambda/shared/grid';
import { sdkTable } from '../../../../lambda/shared/table/sdk-table';
import { TickStore } from '../../../../lambda/ticker/tick/tick-store';
import { TICK_HORIZON_MS, TICK_PARTITION, TICK_STATE_SORT_KEY } from '../../../../lib/ticker/constants';
import { useMiniStack } from '../../../support/ministack';
import { entry, every10s, newTicker } from '../../../support/new-ticker';

const ministack = useMiniStack();
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;

let client: DynamoDBClient;
beforeAll(() => {
  client = ministack.dynamodb();
});

describe('a long catch-up', () => {
  const now = T0 + 15 * MINUTE;

  test('enqueues the oldest runs first, and commits each minute', async () => {
    const { tick: at, points, slices, sent } = await newTicker(client);
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

  test('that exceeds the time of a tick is continued by the next one without duplicates', async () => {
    const { tick: at, points, slow, state } = await newTicker(client);
    await at(T0, [entry()]);
    slow(6_000);
    // 20 s are over after the fourth slice.
    expect(await at(now, [entry()])).toEqual({ kind: 'unfinished', enqueued: 24, missed: 0 });
    expect(points()).toEqual(every10s(T0, T0 + 6 * MINUTE));
    expect(await state()).toEqual({
      pk: TICK_PARTITION,
      sk: TICK_STATE_SORT_KEY,
      watermark: T0 + 6 * MINUTE,
      epoch: 'first queue',
    });
    slow(1_000);
    expect(await at(now + MINUTE, [entry()])).toEqual({ kind: 'enqueued', enqueued: 72, missed: 0 });
    expect(points()).toEqual(every10s(T0, now + MINUTE + TICK_HORIZON_MS));
  });

  test('extends its claim with each slice, and continues after the last committed slice if it is killed', async () => {
    const { tick: at, points, slow, failing, state } = await newTicker(client);
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

  test('never moves the watermark back, even if a new schedule has earlier runs', async () => {
    const { tick: at, points, slow } = await newTicker(client);
    const plan = [entry(), entry({ function: 'New', intervalSeconds: 15 })];
    await at(T0, [entry()]);
    slow(30_000);
    await at(T0 + 11_000, plan);
    slow(0);
    await at(T0 + MINUTE, plan);
    expect(points()).toEqual(every10s(T0, T0 + MINUTE + TICK_HORIZON_MS));
    expect(points('New')).toEqual(gridPoints(entry({ intervalSeconds: 15 }), T0 + 11_000, T0 + MINUTE + TICK_HORIZON_MS));
  });

  test('with a new schedule loses none of its runs, no matter where it ends', async () => {
    const { tick: at, points, slow } = await newTicker(client);
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

test('a tick with an expired claim cannot commit after its successor', async () => {
  const { tick: at, slow, state } = await newTicker(client);
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

test('a tick whose claim another tick has taken cannot commit while that tick runs', async () => {
  const { table } = await newTicker(client);
  const store = new TickStore(sdkTable(client, table.tableName));
  await store.claim('first', T0, T0 + 40_000);
  await store.claim('second', T0 + 40_001, T0 + 80_001);
  await expect(store.commit('first', T0 + MINUTE)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  await expect(store.commit('first', T0 + MINUTE, T0 + 90_000)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
  });
  await store.commit('second', T0 + 2 * MINUTE);
  expect(await table.items()).toMatchObject([{ watermark: T0 + 2 * MINUTE }]);
});
