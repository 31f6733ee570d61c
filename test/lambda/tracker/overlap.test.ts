import {
  type DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import type { RunStart } from '../../../lambda/tracker/attempt';
import { RunStore } from '../../../lambda/tracker/run-store';
import type { TrackerSettings } from '../../../lambda/tracker/settings';
import { type Handler, trackWith } from '../../../lambda/tracker/track';
import { LEASE_GRACE_MS } from '../../../lib/runs/constants';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { lambdaContext } from '../../../testing';
import { byClock } from '../../support/deliveries';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { until } from '../../support/until';

const ministack = useMiniStack();
const database = useRunTable(ministack);
useLogLines();
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const TIMEOUT = 600_000;

let functions = 0;

type Send = Pick<DynamoDBClient, 'send'>;
type Sent = Parameters<DynamoDBClient['send']>[0];

/** Creates a client that calls `around` for each request. */
function faulty(around: (command: Sent, send: () => Promise<unknown>) => Promise<unknown>): Send {
  return {
    send: ((command: Sent, options: never) =>
      around(command, () => database.client.send(command, options))) as DynamoDBClient['send'],
  };
}

const conflict = () =>
  new TransactionCanceledException({
    message: 'conflict',
    $metadata: {},
    CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
  });

function newStore(more: Partial<TrackerSettings>, using: Send = database.client) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const settings = { functionName, tableName: database.table.tableName, retentionDays: 30, ...more };
  return { functionName, settings, store: new RunStore(sdkTable(using, settings.tableName), settings) };
}

function start(runId: string, more: Partial<RunStart> = {}): RunStart {
  const now = more.now ?? NOW;
  return { runId, trigger: 'invoke', requestId: `request-${runId}`, logStream: 's', now, deadline: now + TIMEOUT, ...more };
}

const holder = ({ deadline, requestId }: RunStart) => `${deadline + LEASE_GRACE_MS}|${requestId}`;

test.each([
  [50, 3],
  [100, 50],
])(
  'of %d starts at a time against a limit of %d so many go, the others are Skipped, and all slots come back',
  async (racers, limit) => {
    const { store, functionName } = newStore({ overlapLimit: limit });
    const starts = Array.from({ length: racers }, (_, index) => start(`run-${index}`));
    const begun = await Promise.all(starts.map((given) => store.begin(given)));
    expect(begun.filter(({ kind }) => kind === 'running')).toHaveLength(limit);
    expect(begun.filter(({ kind }) => kind === 'skipped')).toHaveLength(racers - limit);
    const tokens = begun.flatMap((one) => (one.kind === 'running' ? [one.fencingToken] : []));
    expect(new Set(tokens)).toEqual(new Set(Array.from({ length: limit }, (_, index) => index + 1)));
    expect((await database.table.lease(functionName))?.holders).toHaveLength(limit);
    const winners = starts.filter((_, index) => begun[index]?.kind === 'running');
    await Promise.all(winners.map((given) => store.finish({ start: given, attempt: 1 }, { state: 'Completed', now: NOW + 1 })));
    expect(await database.table.lease(functionName)).toEqual({ version: limit, holders: [], tokens: {} });
  },
  60_000,
);

// The table answers each start at least once. No start may run without a slot, no matter how slow the machine is.
describe.each([
  ['that conflict once', 0],
  ['that conflict once, and then every other time', 0.5],
])('concurrent starts %s', (_name, conflicts) => {
  test.each([
    [50, 3, 1_000],
    [50, 3, 20_000],
    [100, 50, 20_000],
    [100, 50, 1_000],
  ])(
    '%d against a limit of %d, with a timeout of %d ms: never more than that go, the others are Skipped or come again',
    async (racers, limit, timeoutMs) => {
      const { settings, functionName } = newStore({ overlapLimit: limit });
      const newRacer = () => {
        let asked = 0;
        const using = faulty(async (command, send) => {
          asked += 1;
          if (command instanceof TransactWriteItemsCommand && (asked === 1 || Math.random() < conflicts)) throw conflict();
          return send();
        });
        return trackWith(
          { functionName, store: new RunStore(sdkTable(using, settings.tableName), settings), now: Date.now },
          handle,
        );
      };
      const count = { going: 0, most: 0, ran: 0, skipped: 0, refused: 0 };
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const decided = () => {
        // No run ends before all others have started or were rejected.
        if (count.ran + count.skipped + count.refused === racers) open();
      };
      const handle: Handler = async () => {
        count.ran += 1;
        count.going += 1;
        count.most = Math.max(count.most, count.going);
        decided();
        await gate;
        count.going -= 1;
      };
      const race = async (index: number) => {
        try {
          const result = (await newRacer()({}, lambdaContext({ awsRequestId: `request-${index}`, timeoutMs }))) as
            | { katamari?: { state?: string } }
            | undefined;
          if (result?.katamari?.state === 'Skipped') count.skipped += 1;
        } catch (error) {
          // A handler that waits here for longer than its timeout has also run.
          const { name } = error as Error;
          expect(['Katamari.LeaseContended', 'Sandbox.Timedout']).toContain(name);
          if (name === 'Katamari.LeaseContended') count.refused += 1;
        }
        decided();
      };
      await Promise.all(Array.from({ length: racers }, (_, index) => race(index)));

      expect(count.most).toBeLessThanOrEqual(limit);
      expect(count.ran + count.skipped + count.refused).toBe(racers);
      const skipped = (await database.table.runs(functionName)).filter(({ state }) => state === 'Skipped').length;
      // A rejected start may have been recorded as skipped. A second delivery finds that record.
      expect(skipped).toBeGreaterThanOrEqual(count.skipped);
      expect(skipped).toBeLessThanOrEqual(count.skipped + count.refused);
      // No start is rejected or skipped while a slot is free.
      if (count.refused === 0) expect(count.ran).toBe(limit);
      if (skipped > 0) expect(count.ran + count.refused).toBeGreaterThanOrEqual(limit);
    },
  );
});

describe('a start whose answer was lost', () => {
  /** Sends the first transaction, and then simulates a lost answer. */
  const losing = () => {
    let lost = false;
    return faulty(async (command, send) => {
      const answer = await send();
      if (lost || !(command instanceof TransactWriteItemsCommand)) return answer;
      lost = true;
      throw new Error('socket hang up');
    });
  };

  test('releases its slot at its end', async () => {
    const { store, functionName } = newStore({ overlapLimit: 1 }, losing());
    const given = start('a');
    await expect(store.begin(given)).rejects.toThrow('socket hang up');
    expect((await database.table.lease(functionName))?.holders).toEqual([holder(given)]);
    await store.finish({ start: given }, { state: 'Completed', now: NOW + 10 });
    expect(await database.table.lease(functionName)).toEqual({ version: 1, holders: [], tokens: {} });
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 1 });
    expect(await store.begin(start('b'))).toEqual({ kind: 'running', attempt: 1, fencingToken: 2 });
  });

  test('of a retry also releases its slot', async () => {
    const { settings, store, functionName } = newStore({ overlapLimit: 1 });
    const first = start('a');
    await store.begin(first);
    await store.finish({ start: first, attempt: 1 }, { state: 'Failed', now: NOW + 10, errorType: 'E', errorMessage: '' });
    const second = start('a', { now: NOW + 60_000 });
    let transactions = 0;
    const lossy = faulty(async (command, send) => {
      if (command instanceof TransactWriteItemsCommand) transactions += 1;
      const answer = await send();
      if (transactions === 2) throw new Error('socket hang up');
      return answer;
    });
    await expect(new RunStore(sdkTable(lossy, settings.tableName), settings).begin(second)).rejects.toMatchObject({
      name: 'Katamari.LeaseContended',
    });
    expect((await database.table.lease(functionName))?.holders).toEqual([holder(second)]);
    await store.finish({ start: second }, { state: 'Completed', now: NOW + 60_010 });
    expect((await database.table.lease(functionName))?.holders).toEqual([]);
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Completed', attempt: 2 });
  });

  test('recognizes its record when the request is sent again', async () => {
    const { store } = newStore({ overlapLimit: 1 }, losing());
    await expect(store.begin(start('a'))).rejects.toThrow('socket hang up');
    expect(await store.begin(start('a'))).toEqual({ kind: 'running', attempt: 1, fencingToken: 1 });
  });

  test('leaves no slot behind if the invocation is then rejected because of contention', async () => {
    let transactions = 0;
    const using = faulty(async (command, send) => {
      if (!(command instanceof TransactWriteItemsCommand)) return send();
      transactions += 1;
      if (transactions === 1) throw conflict();
      const answer = await send();
      if (transactions === 2) throw new Error('socket hang up');
      return answer;
    });
    const { store, functionName } = newStore({ overlapLimit: 1 }, using);
    const handler = jest.fn(async () => 'ran');
    const tracked = trackWith({ functionName, store, now: Date.now }, handler as Handler);
    const invoke = () => tracked({}, lambdaContext({ awsRequestId: 'request-a' }));
    await expect(invoke()).rejects.toMatchObject({ name: 'Katamari.LeaseContended' });
    expect(handler).not.toHaveBeenCalled();
    expect((await database.table.lease(functionName))?.holders).toEqual([]);
    expect(await database.table.run(functionName, 'request-a')).toMatchObject({
      state: 'Failed',
      attempt: 1,
      errorType: 'Katamari.LeaseContended',
    });
    expect(await invoke()).toBe('ran');
    expect(await database.table.run(functionName, 'request-a')).toMatchObject({ state: 'Completed', attempt: 2 });
  });
});

describe('a table that answers and then stops answering', () => {
  test.each([
    ['after a conflict', async () => Promise.reject(conflict())],
    ['after it said that no slot is free', undefined],
  ])('lets no run through: %s', async (_name, first) => {
    let asked = 0;
    const using = faulty(async (command, send) => {
      asked += 1;
      if (asked === 1) return first ? first() : send();
      if (command instanceof PutItemCommand || first) throw new Error('socket hang up');
      return send();
    });
    const { settings, store, functionName } = newStore({ overlapLimit: 1 });
    if (!first) await store.begin(start('holder'));
    const begun = new RunStore(sdkTable(using, settings.tableName), settings).begin(start('a'));
    await expect(begun).rejects.toMatchObject({
      name: 'Katamari.LeaseContended',
      unsure: Boolean(first),
      cause: expect.objectContaining({ message: 'socket hang up' }),
    });
    expect(await database.table.run(functionName, 'a')).toBeUndefined();
  });
});

describe('a slot of an earlier attempt', () => {
  const retryAt = NOW + 60_000;

  test('is replaced by a retry of the same invocation, even if it has not expired', async () => {
    const { store, functionName } = newStore({ overlapLimit: 1 });
    const [first, second] = [start('a'), start('a', { now: retryAt })];
    await store.begin(first);
    expect(await store.begin(second)).toEqual({ kind: 'running', attempt: 2, fencingToken: 2 });
    expect(await database.table.lease(functionName)).toEqual({
      version: 2,
      holders: [holder(second)],
      tokens: { [`token|${holder(second)}`]: 2 },
    });
    expect(await store.begin(start('b', { now: retryAt }))).toMatchObject({ kind: 'skipped', running: 1 });
  });

  test('is also replaced if another slot is free', async () => {
    const { store, functionName } = newStore({ overlapLimit: 2 });
    await store.begin(start('a'));
    const second = start('a', { now: retryAt });
    expect(await store.begin(second)).toMatchObject({ kind: 'running', attempt: 2 });
    expect((await database.table.lease(functionName))?.holders).toEqual([holder(second)]);
  });

  test('is separate from the slot of the new attempt, which a late end does not release', async () => {
    const { store, functionName } = newStore({ overlapLimit: 1 });
    const [first, second] = [start('a'), start('a', { now: retryAt })];
    await store.begin(first);
    await store.begin(second);
    await store.finish({ start: first, attempt: 1 }, { state: 'Completed', now: retryAt + 10 });
    expect((await database.table.lease(functionName))?.holders).toEqual([holder(second)]);
    expect(await database.table.run(functionName, 'a')).toMatchObject({ state: 'Running', attempt: 2 });
  });
});

describe('a limit for scheduled runs', () => {
  const settings = { overlapLimit: 1, overlapOfSchedule: true };

  test('does not apply to events and invocations, which take no slot', async () => {
    const { store, functionName } = newStore(settings);
    const scheduled = (runId: string) => start(runId, { trigger: 'schedule' });
    expect(await store.begin(scheduled('s1'))).toMatchObject({ kind: 'running', fencingToken: 1 });
    for (const trigger of ['event', 'invoke'] as const) {
      const given = start(trigger, { trigger });
      expect(await store.begin(given)).toEqual({ kind: 'running', attempt: 1 });
      await store.finish({ start: given, attempt: 1 }, { state: 'Completed', now: NOW + 1 });
      expect(await database.table.run(functionName, trigger)).toMatchObject({ state: 'Completed' });
    }
    expect((await database.table.lease(functionName))?.holders).toEqual([holder(scheduled('s1'))]);
    expect(await store.begin(scheduled('s2'))).toMatchObject({ kind: 'skipped', running: 1 });
    await store.finish({ start: scheduled('s1'), attempt: 1 }, { state: 'Completed', now: NOW + 2 });
    expect(await store.begin(scheduled('s3'))).toMatchObject({ kind: 'running', fencingToken: 2 });
  });

  test('recognizes scheduled runs by their event', async () => {
    const { store, functionName } = newStore(settings);
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const handler = trackWith({ functionName, store, now: Date.now }, (event) => (event.schedule ? ended : 'ran'));
    const scheduled = (scheduledTime: string) => byClock({ source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime });
    const first = handler(scheduled('2026-03-01T10:00:00Z'), lambdaContext());
    await until(
      'the first run',
      30_000,
      () => database.table.runs(functionName),
      (runs) => runs.length > 0,
    );
    expect(await handler(scheduled('2026-03-01T10:00:10Z'), lambdaContext())).toMatchObject({ katamari: { state: 'Skipped' } });
    expect(await handler({}, lambdaContext())).toBe('ran');
    end();
    await first;
  });
});
