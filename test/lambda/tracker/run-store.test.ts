import { asOf } from '../../../lambda/shared/run';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import type { RunningAttempt, RunStart } from '../../../lambda/tracker/attempt';
import { RunStore } from '../../../lambda/tracker/run-store';
import { LEASE_GRACE_MS } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const TIMEOUT = 60_000;

let writes: string[];
let functions = 0;

beforeAll(async () => {
  database.client.middlewareStack.add(
    (next, context) => (args) => {
      if (!/^(Get|Query|Scan)/.test(context.commandName ?? '')) writes.push(context.commandName ?? '');
      return next(args);
    },
    { step: 'initialize' },
  );
});

beforeEach(() => {
  writes = [];
});

function newStore(overlapLimit?: number, retentionDays = 30) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const store = new RunStore(sdkTable(database.client, database.table.tableName), {
    functionName,
    tableName: database.table.tableName,
    retentionDays,
    overlapLimit,
  });
  return { store, functionName };
}

function start(runId: string, more: Partial<RunStart> = {}): RunStart {
  const now = more.now ?? NOW;
  return { runId, trigger: 'invoke', requestId: `request-${runId}`, logStream: 'stream', now, deadline: now + TIMEOUT, ...more };
}

async function running(store: RunStore, given: RunStart): Promise<RunningAttempt> {
  const begun = await store.begin(given);
  if (begun.kind !== 'running') throw new Error(`expected a start, got: ${begun.kind}`);
  return { start: given, attempt: begun.attempt };
}

describe.each([
  ['allow', undefined],
  ['skip', 3],
])('a run with Overlap.%s', (_name, limit) => {
  test('is Running with all fields of its start, and then Completed with its duration', async () => {
    const { store, functionName } = newStore(limit, 7);
    const given = start('2026-03-01T10:00:00.000Z', {
      trigger: 'schedule',
      scheduledTime: '2026-03-01T10:00:00.000Z',
      eventName: 'name',
    });
    const attempt = await running(store, given);
    const started = {
      function: functionName,
      runId: given.runId,
      state: 'Running',
      trigger: 'schedule',
      scheduledTime: given.scheduledTime,
      eventName: 'name',
      startedAt: '2026-03-01T10:00:00.000Z',
      attempt: 1,
      requestId: given.requestId,
      logStream: 'stream',
      leaseUntil: NOW + TIMEOUT + LEASE_GRACE_MS,
      expiresAt: NOW / 1000 + 7 * 86_400,
    };
    expect(await database.table.run(functionName, given.runId)).toEqual(started);
    await store.finish(attempt, { state: 'Completed', now: NOW + 1_234 });
    expect(await database.table.run(functionName, given.runId)).toEqual({
      ...started,
      state: 'Completed',
      endedAt: '2026-03-01T10:00:01.234Z',
      durationMs: 1_234,
    });
  });

  test('takes two writes', async () => {
    const { store } = newStore(limit);
    for (const runId of ['a', 'b']) {
      writes = [];
      await store.finish(await running(store, start(runId)), { state: 'Completed', now: NOW + 1 });
      expect(writes).toHaveLength(2);
    }
  });

  test('that failed is attempted again, and its record no longer has the error', async () => {
    const { store, functionName } = newStore(limit);
    const failure = { errorType: 'TypeError', errorMessage: 'x is not a function' };
    await store.finish(await running(store, start('a')), { state: 'Failed', now: NOW + 10, ...failure });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Failed', attempt: 1, ...failure });
    const second = await running(store, start('a', { now: NOW + 60_000 }));
    expect(second.attempt).toBe(2);
    const record = await database.table.run(functionName, 'a');
    expect(record).toMatchObject({ state: 'Running', attempt: 2, startedAt: '2026-03-01T10:01:00.000Z' });
    for (const field of ['errorType', 'errorMessage', 'endedAt', 'durationMs']) expect(record).not.toHaveProperty(field);
    await store.finish(second, { state: 'Completed', now: NOW + 60_500 });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 2, durationMs: 500 });
  });

  test('that is Running or has ended is not started by another delivery', async () => {
    const { store, functionName } = newStore(limit);
    const first = await running(store, start('a'));
    const other = start('a', { requestId: 'other', now: NOW + 5 });
    expect(await store.begin(other)).toEqual({ kind: 'duplicate', state: 'Running', retry: false });
    await store.finish(first, { state: 'Completed', now: NOW + 10 });
    expect(await store.begin(other)).toEqual({ kind: 'duplicate', state: 'Completed', retry: false });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ requestId: 'request-a', attempt: 1 });
  });

  test('that is Running distinguishes a retry by Lambda from a second delivery', async () => {
    const { store } = newStore(limit);
    await running(store, start('a'));
    expect(await store.begin(start('a', { now: NOW + 30_000 }))).toEqual({ kind: 'duplicate', state: 'Running', retry: true });
  });

  test('with an expired lease counts as Failed, and can be attempted again', async () => {
    const { store, functionName } = newStore(limit);
    await running(store, start('a'));
    const expiry = NOW + TIMEOUT + LEASE_GRACE_MS;
    expect(await store.begin(start('a', { requestId: 'other', now: expiry }))).toMatchObject({ kind: 'duplicate' });
    const record = await database.table.run(functionName, 'a');
    expect(record && asOf(record, expiry).state).toBe('Running');
    expect(record && asOf(record, expiry + 1)).toMatchObject({
      state: 'Failed',
      errorType: 'Runtime.ExitError',
      endedAt: '2026-03-01T10:01:00.000Z',
      durationMs: TIMEOUT,
    });
    expect(await store.begin(start('a', { now: expiry + 1 }))).toMatchObject({ kind: 'running', attempt: 2 });
  });

  test('never becomes Completed after its lease has expired, and ends only its own attempt', async () => {
    const { store, functionName } = newStore(limit);
    const first = await running(store, start('a'));
    const late = NOW + TIMEOUT + LEASE_GRACE_MS + 1;
    await store.finish(first, { state: 'Completed', now: late });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Running', attempt: 1 });
    const second = await running(store, start('a', { now: late }));
    await store.finish(first, { state: 'Failed', now: late + 1, errorType: 'Error', errorMessage: 'of the first' });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Running', attempt: 2 });
    await store.finish(second, { state: 'Completed', now: late + 2 });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 2 });
  });

  test('whose first answer was lost is started once', async () => {
    const { store, functionName } = newStore(limit);
    const first = await running(store, start('a'));
    expect(await running(store, start('a'))).toEqual(first);
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Running', attempt: 1 });
  });

  test('with 20 concurrent deliveries is started once', async () => {
    const { store } = newStore(limit);
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.begin(start('a', { requestId: `request-${index}` }))),
    );
    expect(begun.filter(({ kind }) => kind === 'running')).toHaveLength(1);
    expect(begun.filter(({ kind }) => kind === 'duplicate')).toHaveLength(19);
  });

  describe('whose start could not be recorded', () => {
    test('is recorded completely at its end in one write', async () => {
      const { store, functionName } = newStore(limit);
      await store.finish({ start: start('a') }, { state: 'Completed', now: NOW + 10 });
      expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 1, durationMs: 10 });
      expect(writes).toHaveLength(1);
    });

    test('according to the tracker, but was recorded, ends its own record', async () => {
      const { store, functionName } = newStore(limit);
      await store.begin(start('a'));
      await store.finish({ start: start('a') }, { state: 'Completed', now: NOW + 10 });
      expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 1, durationMs: 10 });
    });

    test('is the next attempt if it is a retry', async () => {
      const { store, functionName } = newStore(limit);
      const failure = { errorType: 'Error', errorMessage: 'first' };
      await store.finish(await running(store, start('a')), { state: 'Failed', now: NOW + 10, ...failure });
      await store.finish({ start: start('a', { now: NOW + 60_000 }) }, { state: 'Completed', now: NOW + 60_010 });
      const record = await database.table.run(functionName, 'a');
      expect(record).toMatchObject({ state: 'Completed', attempt: 2, durationMs: 10 });
      expect(record).not.toHaveProperty('errorMessage');
    });

    test('does not replace a later attempt, or its own record, by a failure that is written late', async () => {
      const { store, functionName } = newStore(limit);
      const failed = (now: number) => ({ state: 'Failed', now, errorType: 'E', errorMessage: `at ${now - NOW}` }) as const;
      const record = () => database.table.run(functionName, 'a');
      await store.finish({ start: start('a', { now: NOW + 60_000 }) }, failed(NOW + 60_010));
      const later = await record();
      for (const now of [NOW, NOW + 60_000]) {
        await store.finish({ start: start('a', { now }) }, failed(now + 10));
        expect(await record()).toEqual(later);
      }
      await store.finish({ start: start('a') }, { state: 'Completed', now: NOW + 70_000 });
      expect(await record()).toMatchObject({ state: 'Completed', attempt: 2 });
    });

    test('does not change the record of another delivery', async () => {
      const { store, functionName } = newStore(limit);
      await running(store, start('a', { requestId: 'other' }));
      await store.finish({ start: start('a') }, { state: 'Failed', now: NOW + 10, errorType: 'E', errorMessage: '' });
      expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Running', requestId: 'other' });
    });
  });
});

describe('a limit on overlap', () => {
  test('allows that many runs, and records the next one as Skipped in one write after the rejected one', async () => {
    const { store, functionName } = newStore(2);
    const [first] = [await running(store, start('a')), await running(store, start('b'))];
    writes = [];
    expect(await store.begin(start('c', { now: NOW + 5 }))).toEqual({ kind: 'skipped', running: 2, retry: false });
    expect(writes).toHaveLength(2);
    expect(await database.table.run(functionName, 'c')).toMatchObject({
      state: 'Skipped',
      attempt: 0,
      startedAt: '2026-03-01T10:00:00.005Z',
      errorType: 'Overlap',
      errorMessage: '2 of at most 2 runs were running',
    });
    expect(await store.begin(start('c', { requestId: 'other' }))).toEqual({ kind: 'duplicate', state: 'Skipped', retry: false });
    await store.finish(first, { state: 'Failed', now: NOW + 10, errorType: 'Error', errorMessage: '' });
    expect(await store.begin(start('d'))).toMatchObject({ kind: 'running', fencingToken: 3 });
  });

  test('keeps a failed run Failed if its retry finds no free slot', async () => {
    const { store, functionName } = newStore(1);
    const failure = { errorType: 'Error', errorMessage: 'first' };
    await store.finish(await running(store, start('a')), { state: 'Failed', now: NOW + 10, ...failure });
    await running(store, start('b'));
    expect(await store.begin(start('a', { now: NOW + 60_000 }))).toEqual({ kind: 'skipped', running: 1, retry: true });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Failed', attempt: 1, ...failure });
  });

  test('applies to each function separately', async () => {
    const one = newStore(1);
    const other = newStore(1);
    await running(one.store, start('a'));
    expect(await other.store.begin(start('a'))).toMatchObject({ kind: 'running', fencingToken: 1 });
  });

  test('of 3 is kept with 50 concurrent starts, and slots of ended and killed runs become free again', async () => {
    const { store, functionName } = newStore(3);
    const going = new Set<string>();
    const mostOf = async (runIds: string[], now: number) => {
      let most = 0;
      const begun = await Promise.all(
        runIds.map(async (runId) => {
          const result = await store.begin(start(runId, { now }));
          if (result.kind === 'running') going.add(runId);
          most = Math.max(most, going.size);
          return { runId, result };
        }),
      );
      return { most, begun };
    };
    const ids = (prefix: string) => Array.from({ length: 50 }, (_, index) => `${prefix}-${index}`);

    const first = await mostOf(ids('first'), NOW);
    const winners = first.begun.filter(({ result }) => result.kind === 'running');
    expect(first.most).toBe(3);
    expect(winners).toHaveLength(3);
    expect(first.begun.filter(({ result }) => result.kind === 'skipped')).toHaveLength(47);
    const states = (await database.table.runs(functionName)).map(({ state }) => state).sort();
    expect(states).toEqual([...Array(3).fill('Running'), ...Array(47).fill('Skipped')]);

    // One run ends and two are killed.
    const [ended, ...killed] = winners;
    const { runId } = ended as { runId: string };
    await store.finish({ start: start(runId), attempt: 1 }, { state: 'Completed', now: NOW + 10 });
    going.delete(runId);
    expect((await mostOf(ids('second'), NOW + 20)).most).toBe(3);

    const expiry = NOW + TIMEOUT + LEASE_GRACE_MS + 1;
    for (const one of killed) going.delete(one.runId);
    const third = await mostOf(ids('third'), expiry);
    expect(third.begun.filter(({ result }) => result.kind === 'running')).toHaveLength(2);

    const lease = await database.table.lease(functionName);
    expect(lease?.holders).toHaveLength(3);
    expect(lease?.version).toBe(6);
    // Expired holders leave no attributes behind.
    expect(Object.keys(lease?.tokens ?? {}).sort()).toEqual(lease?.holders.map((holder) => `token|${holder}`));
  });

  test('issues strictly increasing tokens for any sequence of starts, ends and expirations', async () => {
    const { store } = newStore(2);
    const tokens: number[] = [];
    let now = NOW;
    for (let index = 0; index < 12; index++) {
      const given = start(`run-${index}`, { now });
      const begun = await store.begin(given);
      tokens.push((begun.kind === 'running' && begun.fencingToken) || 0);
      if (index % 3 === 0) await store.finish({ start: given, attempt: 1 }, { state: 'Completed', now: now + 1 });
      now += TIMEOUT;
    }
    expect(tokens).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test('releases the lease of a run even if its record belongs to another attempt', async () => {
    const { store, functionName } = newStore(2);
    const first = await running(store, start('a'));
    const late = NOW + TIMEOUT + LEASE_GRACE_MS + 1;
    await running(store, start('b', { now: NOW + TIMEOUT }));
    const holders = [`${NOW + TIMEOUT + LEASE_GRACE_MS}|request-a`, `${NOW + 2 * TIMEOUT + LEASE_GRACE_MS}|request-b`];
    expect((await database.table.lease(functionName))?.holders).toEqual(holders);
    await store.finish(first, { state: 'Completed', now: late });
    expect((await database.table.lease(functionName))?.holders).toEqual(holders.slice(1));
  });
});
