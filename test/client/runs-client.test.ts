import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type RunRecord, RunsClient } from '../../client';
import { KatamariError } from '../../lambda/runtime';
import { sdkTable } from '../../lambda/shared/table/sdk-table';
import { tick } from '../../lambda/ticker/tick/tick';
import { TickStore } from '../../lambda/ticker/tick/tick-store';
import type { TickerEntry } from '../../lib/ticker/constants';
import { useMiniStack } from '../support/ministack';
import { TestRunTable } from '../support/run-table';

const ministack = useMiniStack();
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

let client: DynamoDBClient;
let table: TestRunTable;

beforeEach(async () => {
  client = ministack.dynamodb();
  table = await TestRunTable.create(client);
});

const runs = (now = NOW) => new RunsClient(table.tableName, client, () => now);

const record = (runId: string, seconds: number, more: Partial<RunRecord> = {}): RunRecord => ({
  function: 'Job',
  runId,
  state: 'Completed',
  trigger: 'invoke',
  startedAt: at(seconds),
  attempt: 1,
  ...more,
});

/** Runs a tick of the ticker at a given time. */
async function runTick(now: number, ...entries: Partial<TickerEntry>[]): Promise<void> {
  const plan = entries.map((entry) => ({
    function: 'Job',
    functionArn: 'arn:job',
    intervalSeconds: 10,
    anchor: 0,
    tracked: true,
    ...entry,
  }));
  await tick(
    { plan },
    {
      store: new TickStore(sdkTable(client, table.tableName)),
      queue: { send: async () => undefined },
      retentionDays: 30,
      now: () => now,
      newId: () => 'tick',
    },
  );
}

describe('list', () => {
  beforeEach(async () => {
    for (const index of [3, 1, 5, 2, 4]) await table.putRun(record(`run-${index}`, -index));
    await table.putRun({ ...record('other', -1), function: 'Other' });
  });

  const ids = (records: RunRecord[]) => records.map(({ runId }) => runId);

  test('returns the runs of the function, the newest first, without the keys of the table', async () => {
    const list = await runs().list('Job');
    expect(ids(list)).toEqual(['run-1', 'run-2', 'run-3', 'run-4', 'run-5']);
    expect(list[0]).toEqual(record('run-1', -1));
  });

  test('returns at most the given number of runs', async () => {
    expect(ids(await runs().list('Job', { limit: 2 }))).toEqual(['run-1', 'run-2']);
    expect(ids(await runs().list('Job', { limit: 5 }))).toHaveLength(5);
  });

  test('returns at most 50 runs by default', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, index) => table.putRun(record(`more-${index}`, index))));
    expect(await runs().list('Job')).toHaveLength(50);
    expect(await runs().list('Job', { limit: 65 })).toHaveLength(65);
  });

  test('returns the runs since a given time, inclusive', async () => {
    expect(ids(await runs().list('Job', { since: new Date(NOW - 3_000) }))).toEqual(['run-1', 'run-2', 'run-3']);
  });

  test('returns the runs before a given time, exclusive, and no Pending ones', async () => {
    await runTick(NOW, {});
    expect(ids(await runs().list('Job', { before: new Date(NOW - 3_000) }))).toEqual(['run-4', 'run-5']);
    const [since, before] = [new Date(NOW - 4_000), new Date(NOW - 2_000)];
    expect(ids(await runs().list('Job', { since, before }))).toEqual(['run-3', 'run-4']);
    expect(await runs().list('Job', { since: before, before })).toEqual([]);
  });

  test('finds all runs in a state, however many newer ones are in another state', async () => {
    const many = Array.from({ length: 1_100 }, (_, index) => table.putRun(record(`more-${index}`, index)));
    await Promise.all(many);
    await table.putRun(record('failed-new', 2_000, { state: 'Failed' }));
    await table.putRun(record('killed', -10, { state: 'Running', leaseUntil: NOW - 1 }));
    await table.putRun(record('going', -11, { state: 'Running', leaseUntil: NOW + 1 }));
    await table.putRun(record('failed-old', -12, { state: 'Failed' }));
    expect(ids(await runs().list('Job', { state: 'Failed' }))).toEqual(['failed-new', 'killed', 'failed-old']);
    expect(ids(await runs().list('Job', { state: 'Failed', limit: 2 }))).toEqual(['failed-new', 'killed']);
    expect(ids(await runs().list('Job', { state: 'Running' }))).toEqual(['going']);
    expect(await runs().list('Job', { state: 'Completed', limit: 2_000 })).toHaveLength(1_105);
    expect(await runs().list('Job', { state: 'Skipped' })).toEqual([]);
  });

  test('finds the Pending runs alone', async () => {
    await runTick(NOW, {});
    const pending = await runs().list('Job', { state: 'Pending', limit: 5 });
    expect(pending.map(({ state, scheduledTime }) => [state, scheduledTime])).toEqual(
      [40, 30, 20, 10, 0].map((seconds) => ['Pending', at(seconds)]),
    );
    expect(await runs().list('Job', { state: 'Pending' })).toHaveLength(12);
  });

  test('is empty for a function without runs', async () => {
    expect(await runs().list('None')).toEqual([]);
  });

  test.each([0, -1, 1.5, Number.NaN])('rejects a limit of %d', async (limit) => {
    const attempt = runs().list('Job', { limit });
    await expect(attempt).rejects.toThrow(`limit must be a whole number from 1 up, got: ${limit}`);
    await expect(attempt).rejects.toBeInstanceOf(KatamariError);
  });

  test('skips expired runs and still returns the given number of runs', async () => {
    for (const index of [6, 7, 8]) await table.putRun(record(`expired-${index}`, index, { expiresAt: NOW / 1000 }));
    await table.putRun(record('kept', 9, { expiresAt: NOW / 1000 + 1 }));
    expect(ids(await runs().list('Job', { limit: 3 }))).toEqual(['kept', 'run-1', 'run-2']);
  });

  test('returns a run with an expired lease as Failed', async () => {
    await table.putRun(record('killed', 6, { state: 'Running', leaseUntil: NOW + 1_000 }));
    expect((await runs(NOW + 1_000).list('Job', { limit: 1 }))[0]).toMatchObject({ runId: 'killed', state: 'Running' });
    expect((await runs(NOW + 1_001).list('Job', { limit: 1 }))[0]).toMatchObject({
      runId: 'killed',
      state: 'Failed',
      errorType: 'Runtime.ExitError',
    });
  });
});

describe('get', () => {
  test('returns a run, or undefined if it does not exist', async () => {
    await table.putRun(record('a', -1));
    await table.putRun(record('expired', -1, { expiresAt: NOW / 1000 }));
    await table.putRun(record('killed', -5, { state: 'Running', leaseUntil: NOW - 1 }));
    expect(await runs().get('Job', 'a')).toEqual(record('a', -1));
    expect(await runs().get('Job', 'killed')).toMatchObject({ state: 'Failed' });
    expect(await runs().get('Job', 'expired')).toBeUndefined();
    expect(await runs().get('Job', 'b')).toBeUndefined();
    expect(await runs().get('Other', 'a')).toBeUndefined();
  });
});

describe('Pending', () => {
  const shown = async (options = {}, now = NOW) =>
    (await runs(now).list('Job', options)).map(({ runId, state }) => [runId, state]);
  const pending = (...seconds: number[]) => seconds.map((second) => [at(second), 'Pending']);

  test('is an enqueued run that has not started; the last due run is first', async () => {
    await runTick(NOW, { intervalSeconds: 30 });
    expect(await shown()).toEqual(pending(90, 60, 30, 0));
    expect((await runs().list('Job'))[0]).toEqual({
      function: 'Job',
      runId: at(90),
      state: 'Pending',
      trigger: 'schedule',
      scheduledTime: at(90),
      attempt: 0,
    });
  });

  test('is not a run that has a record, in any state', async () => {
    await runTick(NOW, { intervalSeconds: 30 });
    await table.putRun(record(at(0), 0));
    await table.putRun(record(at(30), 31, { state: 'Skipped' }));
    await table.putRun(record(at(60), 61, { state: 'Running' }));
    expect(await shown()).toEqual([...pending(90), [at(60), 'Running'], [at(30), 'Skipped'], [at(0), 'Completed']]);
  });

  test('is a late run, as long as it can be caught up', async () => {
    await runTick(NOW, { intervalSeconds: 60 });
    expect(await shown({}, NOW + 900_000)).toEqual(pending(60, 0));
    expect(await shown({}, NOW + 900_001)).toEqual(pending(60));
  });

  test('is no run of an untracked function, of another function, or without a ticker', async () => {
    expect(await shown()).toEqual([]);
    await runTick(NOW, { function: 'Untracked', tracked: false }, { function: 'Other' });
    expect(await shown()).toEqual([]);
    expect(await runs().list('Untracked')).toEqual([]);
    expect(await runs().list('Other')).toHaveLength(12);
  });

  test('is only an enqueued run if the schedule is new or has changed', async () => {
    await runTick(NOW, { function: 'Other' });
    await runTick(NOW + 60_000, { function: 'Other', intervalSeconds: 45 }, { intervalSeconds: 45 });
    // 10:00 is a point of the 45 second grid.
    expect(await shown({}, NOW + 60_000)).toEqual(pending(135, 90));
    expect((await runs(NOW + 60_000).list('Other')).map(({ runId }) => runId)).toEqual([at(135)]);
  });

  test('fills at most half of the list with the next due runs, or more if there are too few others', async () => {
    await runTick(NOW, { intervalSeconds: 1 });
    for (let index = 1; index <= 8; index++) await table.putRun(record(`run-${index}`, -index));
    expect(await shown({ limit: 10 })).toEqual([
      ...pending(4, 3, 2, 1, 0),
      ...[1, 2, 3, 4, 5].map((index) => [`run-${index}`, 'Completed']),
    ]);
    expect((await shown({ limit: 20 })).map(([, state]) => state)).toEqual([
      ...Array(12).fill('Pending'),
      ...Array(8).fill('Completed'),
    ]);
    expect(await shown({ limit: 1 })).toEqual([['run-1', 'Completed']]);
  });

  test('reads more records than one request can return', async () => {
    await runTick(NOW, { intervalSeconds: 1 });
    for (const second of [0, 50, 119]) await table.putRun(record(at(second), second));
    const list = await runs(NOW + 119_000).list('Job', { limit: 500 });
    expect(list.filter(({ state }) => state === 'Pending')).toHaveLength(117);
    expect(list.filter(({ state }) => state === 'Completed')).toHaveLength(3);
  });

  test('is not a run that starts between two requests', async () => {
    await runTick(NOW, { intervalSeconds: 60 });
    const started = { ...record(at(0), 1), pk: 'RUN#Job', sk: at(0) };
    const racing = {
      send: async (command: unknown) =>
        command instanceof QueryCommand ? { Items: [marshall(started)] } : client.send(command as QueryCommand),
    };
    const list = await new RunsClient(table.tableName, racing, () => NOW).list('Job');
    expect(list.map(({ runId, state }) => [runId, state])).toEqual([...pending(60), [at(0), 'Completed']]);
  });
});
