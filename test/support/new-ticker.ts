import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { gridPoints } from '../../lambda/shared/grid';
import { sdkTable } from '../../lambda/shared/table/sdk-table';
import type { TickPlan } from '../../lambda/shared/tick-plan';
import type { DueRun } from '../../lambda/ticker/tick/run-queue';
import { tick } from '../../lambda/ticker/tick/tick';
import { TickStore } from '../../lambda/ticker/tick/tick-store';
import { TICK_PARTITION, TICK_STATE_SORT_KEY, type TickerEntry } from '../../lib/ticker/constants';
import { TestRunTable } from './run-table';

export function entry(more: Partial<TickerEntry> = {}): TickerEntry {
  return { function: 'Job', functionArn: 'arn:job', intervalSeconds: 10, anchor: 0, tracked: true, ...more };
}

/** Creates a ticker with its own table and a queue that records the sent runs. */
export async function newTicker(client: DynamoDBClient) {
  const table = await TestRunTable.create(client);
  let epoch = 'first queue';
  const store = new TickStore(sdkTable(client, table.tableName), async () => epoch);
  const sent: DueRun[] = [];
  let fail: 'send' | 'commit' | undefined;
  let ids = 0;
  // The duration of sending a batch of messages and the time since the start of the tick, in milliseconds.
  let sendDuration = 0;
  let elapsed = 0;
  let meanwhile: (now: number) => Promise<void> = async () => undefined;
  const slices: number[][] = [];
  const dependencies = (now: number) => ({
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
        elapsed += sendDuration;
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
    /** Deletes the ticker and creates another one with the same run table. */
    recreate: () => {
      epoch = 'second queue';
      sent.length = 0;
    },
    tick: (now: number, plan: readonly TickerEntry[]) => {
      elapsed = 0;
      return tick({ plan }, dependencies(now));
    },
    /** @param then called while messages are sent */
    slow: (ms: number, then: typeof meanwhile = async () => undefined) => {
      sendDuration = ms;
      meanwhile = then;
    },
    state: () => table.items().then((items) => items.find(({ pk, sk }) => pk === TICK_PARTITION && sk === TICK_STATE_SORT_KEY)),
    plan: async () => (await store.readPlan()) as TickPlan,
    failing: (where: typeof fail) => {
      fail = where;
    },
    points: (name = 'Job') => sent.filter(({ message }) => message.function === name).map(({ due }) => due),
    missed: (name = 'Job') => table.runs(name),
  };
}

export const every10s = (from: number, to: number) => gridPoints(entry(), from, to);
