import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gridPoints } from '../../../../lambda/shared/grid';
import { TICK_HORIZON_MS, type TickerEntry } from '../../../../lib/ticker/constants';
import { useMiniStack } from '../../../support/ministack';
import { entry, every10s, newTicker } from '../../../support/new-ticker';

const ministack = useMiniStack();
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;
const other = entry({ function: 'Other', intervalSeconds: 90 });

let client: DynamoDBClient;
beforeAll(() => {
  client = ministack.dynamodb();
});

/** The ticker keeps ticking for `other`, or is deleted while it has no schedule. */
async function ticker(others: readonly TickerEntry[]) {
  const created = await newTicker(client);
  const { tick: at, recreate, sent } = created;
  /** Ticks once a minute between two times without the schedule, then once with it. @returns the runs enqueued by that tick */
  const resume = async (from: number, to: number, plan: readonly TickerEntry[]) => {
    if (others.length === 0) recreate();
    else for (let now = from; now < to; now += MINUTE) await at(now, others);
    sent.length = 0;
    return at(to, [...plan, ...others]);
  };
  return { ...created, resume, others };
}

describe.each([
  ['the only schedule', []],
  ['one of several schedules', [other]],
])('%s of a ticker', (_name, others) => {
  test.each([
    ['a minute', MINUTE],
    ['ten minutes', 10 * MINUTE],
    ['three hours', 180 * MINUTE],
  ])('starts from now after a pause of %s', async (_length, pause) => {
    const { tick: at, resume, points, missed } = await ticker(others);
    await at(T0, [entry(), ...others]);
    const now = T0 + MINUTE + pause;
    expect(await resume(T0 + MINUTE, now, [entry()])).toMatchObject({ kind: 'enqueued', missed: 0 });
    expect(points()).toEqual(every10s(now, now + TICK_HORIZON_MS));
    expect(await missed()).toEqual([]);
    await at(now + MINUTE, [entry(), ...others]);
    expect(points()).toEqual(every10s(now, now + MINUTE + TICK_HORIZON_MS));
  });

  test('starts from now after another engine served it, with a new start or interval', async () => {
    const { tick: at, resume, points, missed } = await ticker(others);
    await at(T0, [entry(), ...others]);
    const now = T0 + 180 * MINUTE;
    const changed = entry({ intervalSeconds: 45, anchor: T0 / 1000 + 7, start: T0 / 1000 + 7 });
    await resume(T0 + MINUTE, now, [changed]);
    expect(points()).toEqual(gridPoints(changed, now, now + TICK_HORIZON_MS));
    expect(await missed()).toEqual([]);
  });
});

test('a renamed schedule starts from now, and the runs of its former name must not start', async () => {
  const { tick: at, points, missed, plan } = await newTicker(client);
  await at(T0, [entry()]);
  await at(T0 + MINUTE, [entry({ function: 'Renamed' })]);
  expect(points('Renamed')).toEqual(every10s(T0 + MINUTE, T0 + MINUTE + TICK_HORIZON_MS));
  expect(await missed('Renamed')).toEqual([]);
  expect((await plan()).ended).toEqual([{ function: 'Job', until: T0 + TICK_HORIZON_MS }]);
});

test('a schedule with a new start runs on its new grid, after the runs that are enqueued', async () => {
  const { tick: at, points, missed } = await newTicker(client);
  await at(T0, [entry()]);
  const changed = entry({ anchor: T0 / 1000 - 3_597, start: T0 / 1000 - 3_597 });
  await at(T0 + MINUTE, [changed]);
  expect(points()).toEqual([
    ...every10s(T0, T0 + TICK_HORIZON_MS),
    ...gridPoints(changed, T0 + TICK_HORIZON_MS - 9_999, T0 + MINUTE + TICK_HORIZON_MS),
  ]);
  expect(await missed()).toEqual([]);
});

test('a schedule that changes between two of its runs starts from now', async () => {
  const { tick: at, points } = await newTicker(client);
  const daily = entry({ intervalSeconds: 86_400 });
  await at(T0, [daily, other]);
  await at(T0 + MINUTE, [entry(), other]);
  expect(points()).toEqual(every10s(T0 + MINUTE, T0 + MINUTE + TICK_HORIZON_MS));
});

test('the plan names an ended schedule for an hour, and no longer when it is back', async () => {
  const { tick: at, plan } = await newTicker(client);
  const names = async () => (await plan()).ended.map((schedule) => schedule.function);
  await at(T0, [entry(), other, entry({ function: 'Third' })]);
  await at(T0 + MINUTE, [other]);
  expect(await names()).toEqual(['Job', 'Third']);
  await at(T0 + 2 * MINUTE, [other, entry()]);
  expect(await names()).toEqual(['Third']);
  await at(T0 + 65 * MINUTE, [other, entry(), entry({ function: 'New' })]);
  expect(await names()).toEqual([]);
});
