import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import type { RunStart } from '../../../lambda/tracker/attempt';
import { RunStore } from '../../../lambda/tracker/run-store';
import { byBus } from '../../support/deliveries';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { useTracker } from '../../support/tracked';

const ministack = useMiniStack();
const database = useRunTable(ministack);
useLogLines();
const tracked = useTracker(ministack);
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const TIMEOUT = 900_000;
const REDRIVE = 900_000;

let functions = 0;

function start(more: Partial<RunStart> = {}): RunStart {
  const now = more.now ?? NOW;
  return { runId: 'a', trigger: 'event', requestId: 'first', logStream: 's1', now, deadline: now + TIMEOUT, ...more };
}

describe.each([
  ['allow', undefined],
  ['skip', 2],
])('with Overlap.%s', (_name, overlapLimit) => {
  function newStore(local?: boolean) {
    functions += 1;
    const functionName = `fn-${functions}`;
    const settings = { functionName, tableName: database.table.tableName, retentionDays: 30, overlapLimit, local };
    return { functionName, store: new RunStore(sdkTable(database.client, settings.tableName), settings) };
  }

  async function failed(local?: boolean) {
    const made = newStore(local);
    await made.store.begin(start());
    const failure = { state: 'Failed', now: NOW + 1_000, errorType: 'Error', errorMessage: 'first' } as const;
    await made.store.finish({ start: start(), attempt: 1 }, failure);
    return made;
  }

  describe('a run that failed', () => {
    test.each([
      ['by the same invocation, soon', 'first', NOW + 2_000],
      ['by the same invocation, late', 'first', NOW + 7_200_000],
      ['by another invocation, 15 minutes after its start', 'other', NOW + REDRIVE],
    ])('is attempted again %s', async (_what, requestId, now) => {
      const { store } = await failed();
      expect(await store.begin(start({ requestId, now }))).toMatchObject({ kind: 'running', attempt: 2 });
    });

    test.each([
      ['at once', NOW + 1_001],
      ['a moment before 15 minutes after its start', NOW + REDRIVE - 1],
    ])('is not attempted again by another invocation %s, which must be delivered again', async (_what, now) => {
      const { store, functionName } = await failed();
      const before = await database.table.run(functionName, 'a');
      const other = start({ requestId: 'other', now });
      expect(await store.begin(other)).toEqual({ kind: 'duplicate', state: 'Failed', retry: true });
      expect(await database.table.run(functionName, 'a')).toEqual(before);
      if (overlapLimit) expect((await database.table.lease(functionName))?.holders).toEqual([]);
    });

    test('is attempted again by any invocation in a local run', async () => {
      const { store } = await failed(true);
      const other = start({ requestId: 'other', now: NOW + 1_001 });
      expect(await store.begin(other)).toMatchObject({ kind: 'running', attempt: 2 });
    });

    test('counts the 15 minutes from its last attempt', async () => {
      const { store } = await failed();
      const second = start({ now: NOW + 60_000 });
      await store.begin(second);
      const failure = { state: 'Failed', now: NOW + 61_000, errorType: 'Error', errorMessage: 'second' } as const;
      await store.finish({ start: second, attempt: 2 }, failure);
      expect(await store.begin(start({ requestId: 'other', now: NOW + REDRIVE }))).toMatchObject({ kind: 'duplicate' });
      expect(await store.begin(start({ requestId: 'other', now: NOW + 60_000 + REDRIVE }))).toMatchObject({ attempt: 3 });
    });

    test('is attempted again by only one of 10 concurrent redrives from the dead-letter queue', async () => {
      const { store } = await failed();
      const begun = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          store.begin(start({ requestId: `redrive-${index}`, logStream: `s-${index}`, now: NOW + REDRIVE })),
        ),
      );
      expect(begun.filter(({ kind }) => kind === 'running')).toHaveLength(1);
      expect(begun.filter(({ kind }) => kind === 'duplicate')).toHaveLength(9);
    });
  });

  test('a run that the dispatcher could not start is started by any later delivery', async () => {
    const { store, functionName } = newStore();
    await database.table.putRun({
      function: functionName,
      runId: 'a',
      state: 'Failed',
      trigger: 'schedule',
      startedAt: new Date(NOW).toISOString(),
      attempt: 0,
    });
    expect(await store.begin(start({ now: NOW + 1 }))).toMatchObject({ kind: 'running', attempt: 1 });
    expect(await store.begin(start({ requestId: 'other', now: NOW + 2 }))).toMatchObject({ kind: 'duplicate', retry: false });
  });

  describe('a run without an end', () => {
    const expiry = NOW + 60_000 + 1_000;

    test.each([
      ['another environment', 's2'],
      ['the same environment after its process was restarted', 's1'],
    ])('is attempted again by its own invocation in %s, 45 s after its start', async (_what, logStream) => {
      const { store } = newStore();
      await store.begin(start());
      const retry = (now: number) => store.begin(start({ now, logStream }));
      expect(await retry(NOW + 44_999)).toEqual({ kind: 'duplicate', state: 'Running', retry: true });
      expect(await retry(NOW + 45_000)).toMatchObject({ kind: 'running', attempt: 2 });
    });

    test('is not attempted again by another invocation until its lease expires', async () => {
      const { store } = newStore();
      await store.begin(start());
      const other = start({ requestId: 'other', now: NOW + TIMEOUT + 1_000 });
      expect(await store.begin(other)).toEqual({ kind: 'duplicate', state: 'Running', retry: false });
    });

    test('is attempted again by another invocation only after 15 minutes', async () => {
      const { store } = newStore();
      await store.begin(start({ deadline: NOW + 60_000 }));
      const other = (now: number) => store.begin(start({ requestId: 'other', now }));
      expect(await other(expiry + 1)).toEqual({ kind: 'duplicate', state: 'Failed', retry: true });
      expect(await other(NOW + REDRIVE - 1)).toEqual({ kind: 'duplicate', state: 'Failed', retry: true });
      expect(await other(NOW + REDRIVE)).toMatchObject({ kind: 'running', attempt: 2 });
    });

    test('is attempted again by its own invocation as soon as a short lease expires', async () => {
      const { store } = newStore();
      await store.begin(start({ deadline: NOW + 3_000 }));
      expect(await store.begin(start({ now: NOW + 4_000 }))).toMatchObject({ kind: 'duplicate' });
      expect(await store.begin(start({ now: NOW + 4_001 }))).toMatchObject({ kind: 'running', attempt: 2 });
    });
  });
});

test('a second delivery of a failed run is rejected without calling the handler, so that it is delivered again', async () => {
  const handler = jest.fn(() => Promise.reject(new Error('first')));
  const { invoke, runs } = tracked(handler);
  const event = byBus({ id: 'event-1', 'detail-type': 'order.placed', detail: {} });
  await expect(invoke(event, { awsRequestId: 'first' })).rejects.toThrow('first');
  await expect(invoke(event, { awsRequestId: 'other' })).rejects.toMatchObject({
    name: 'Katamari.RetryTooEarly',
    message: expect.stringMatching('again 15 minutes after its last attempt started; this delivery came earlier$'),
  });
  await expect(invoke(event, { awsRequestId: 'first' })).rejects.toThrow('first');
  expect(handler).toHaveBeenCalledTimes(2);
  expect(await runs()).toEqual([expect.objectContaining({ state: 'Failed', attempt: 2, requestId: 'first' })]);
});
