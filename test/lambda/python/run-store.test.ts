import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { RunRecord } from '../../../lambda/shared/run';
import type { RunEnd, RunningAttempt, RunStart, StartOutcome } from '../../../lambda/tracker/attempt';
import type { TrackerSettings } from '../../../lambda/tracker/settings';
import { useMiniStack } from '../../support/ministack';
import { TestRunTable } from '../../support/run-table';
import { usePythonDriver } from './python-driver';
import { type AnyRunStore, inTurn, pythonStore, typescriptStore } from './run-stores';

const ministack = useMiniStack();
const python = usePythonDriver();
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const TIMEOUT = 100_000;
const LEASE_ENDS = TIMEOUT + 1_000;

let client: DynamoDBClient;
let functions = 0;
/** One table for each way to run a scenario. The tables must have the same content after every step. */
let tables: readonly TestRunTable[];

beforeAll(async () => {
  client = ministack.dynamodb();
  tables = [await TestRunTable.create(client), await TestRunTable.create(client), await TestRunTable.create(client)];
});

/** Stores that run the same scenario, each in its own table. */
function contenders(more: Partial<TrackerSettings>) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const [ofTypescript, ofPython, mixed] = tables.map((table) => ({
    functionName,
    tableName: table.tableName,
    retentionDays: 30,
    ...more,
  })) as [TrackerSettings, TrackerSettings, TrackerSettings];
  const stores: readonly AnyRunStore[] = [
    typescriptStore(client, ofTypescript),
    pythonStore(python, ministack.endpoint, ofPython),
    inTurn(typescriptStore(client, mixed), pythonStore(python, ministack.endpoint, mixed)),
  ];
  return { functionName, stores };
}

/** Checks that all tables have the same items for a function, and returns them. */
async function contents(functionName: string) {
  const all = await Promise.all(
    tables.map(async (table) => ({ runs: await table.runs(functionName), lease: await table.lease(functionName) })),
  );
  expect(all[1]).toEqual(all[0]);
  expect(all[2]).toEqual(all[0]);
  return all[0] as (typeof all)[0];
}

class Contest {
  public readonly functionName: string;
  private readonly stores: readonly AnyRunStore[];

  public constructor(settings: Partial<TrackerSettings>) {
    ({ functionName: this.functionName, stores: this.stores } = contenders(settings));
  }

  public async begin(start: RunStart): Promise<StartOutcome> {
    const begun = await Promise.all(this.stores.map((store) => store.begin(start)));
    expect(begun[1]).toEqual(begun[0]);
    expect(begun[2]).toEqual(begun[0]);
    await contents(this.functionName);
    return begun[0] as StartOutcome;
  }

  public async finish(running: RunningAttempt, end: RunEnd): Promise<void> {
    await Promise.all(this.stores.map((store) => store.finish(running, end)));
    await contents(this.functionName);
  }

  public contents() {
    return contents(this.functionName);
  }

  public async put(record: Omit<RunRecord, 'function'>): Promise<void> {
    await Promise.all(tables.map((table) => table.putRun({ ...record, function: this.functionName })));
  }
}

function start(more: Partial<RunStart> = {}): RunStart {
  const now = more.now ?? NOW;
  return { runId: 'a', trigger: 'event', requestId: 'first', logStream: 's', now, deadline: now + TIMEOUT, ...more };
}

const completed = (now: number): RunEnd => ({ state: 'Completed', now });
const failed = (now: number): RunEnd => ({ state: 'Failed', now, errorType: 'E', errorMessage: 'no ä' });

describe.each([
  ['allow', undefined],
  ['skip', 2],
])('TypeScript, Python and both in turn, with Overlap.%s,', (_name, overlapLimit) => {
  const contest = (more: Partial<TrackerSettings> = {}) => new Contest({ overlapLimit, ...more });

  test('write the same record of a run that starts and completes, in all its attributes', async () => {
    const given = contest();
    const first = start({ trigger: 'schedule', scheduledTime: '2026-03-01T10:00:00.000Z' });
    expect(await given.begin(first)).toMatchObject({ kind: 'running', attempt: 1 });
    const { runs: before } = await given.contents();
    expect(before).toEqual([
      {
        function: given.functionName,
        runId: 'a',
        state: 'Running',
        trigger: 'schedule',
        scheduledTime: '2026-03-01T10:00:00.000Z',
        startedAt: '2026-03-01T10:00:00.000Z',
        attempt: 1,
        requestId: 'first',
        logStream: 's',
        leaseUntil: NOW + LEASE_ENDS,
        expiresAt: NOW / 1000 + 30 * 86_400,
      },
    ]);
    await given.finish({ start: first, attempt: 1 }, completed(NOW + 1_234));
    const { runs, lease } = await given.contents();
    expect(runs).toEqual([{ ...before[0], state: 'Completed', endedAt: '2026-03-01T10:00:01.234Z', durationMs: 1_234 }]);
    expect(lease).toEqual(overlapLimit ? { version: 1, holders: [], tokens: {} } : undefined);
  });

  test('record why a run failed, and forget it in its next attempt', async () => {
    const given = contest();
    const event = start({ trigger: 'event', eventName: 'order.placed' });
    await given.begin(event);
    await given.finish({ start: event, attempt: 1 }, failed(NOW + 10));
    expect((await given.contents()).runs).toMatchObject([{ state: 'Failed', errorType: 'E', errorMessage: 'no ä' }]);
    const second = { ...event, now: NOW + 60_000, deadline: NOW + 60_000 + TIMEOUT };
    expect(await given.begin(second)).toMatchObject({ kind: 'running', attempt: 2 });
    expect((await given.contents()).runs[0]).not.toHaveProperty('errorType');
    await given.finish({ start: second, attempt: 2 }, completed(NOW + 61_000));
    expect((await given.contents()).runs).toMatchObject([{ state: 'Completed', attempt: 2, eventName: 'order.placed' }]);
  });

  test.each<[string, Partial<RunStart>, boolean]>([
    ['the same invocation soon', { now: NOW + 44_999 }, true],
    ['another one', { requestId: 'other', now: NOW + 44_999 }, false],
  ])('treat %s as a second delivery of a running run', async (_what, more, retry) => {
    const given = contest();
    await given.begin(start());
    expect(await given.begin(start(more))).toEqual({ kind: 'duplicate', state: 'Running', retry });
  });

  test.each<[string, Partial<RunStart>]>([
    ['its own request that was sent again', {}],
    ['a retry of the same invocation, whose process was killed', { now: NOW + 45_000 }],
    ['the same invocation after its lease', { now: NOW + LEASE_ENDS + 1 }],
    ['another one 15 minutes after its start', { now: NOW + 900_000, requestId: 'other', logStream: 't' }],
  ])('let %s take over a run that is Running', async (_what, more) => {
    const given = contest();
    await given.begin(start());
    const next = start(more);
    expect(await given.begin(next)).toMatchObject({ kind: 'running', attempt: next.now === NOW ? 1 : 2 });
  });

  test('allow another attempt of a failed run at the same time for the same invocations', async () => {
    const given = contest();
    await given.begin(start());
    await given.finish({ start: start(), attempt: 1 }, failed(NOW + 10));
    const other = (now: number) => start({ requestId: 'other', now });
    expect(await given.begin(other(NOW + 899_999))).toEqual({ kind: 'duplicate', state: 'Failed', retry: true });
    expect(await given.begin(other(NOW + 900_000))).toMatchObject({ kind: 'running', attempt: 2 });
  });

  test('allow any invocation to retry it in a local run', async () => {
    const given = contest({ local: true });
    await given.begin(start());
    await given.finish({ start: start(), attempt: 1 }, failed(NOW + 10));
    expect(await given.begin(start({ requestId: 'other', now: NOW + 11 }))).toMatchObject({ kind: 'running', attempt: 2 });
  });

  test('start a run that the dispatcher could not start', async () => {
    const given = contest();
    const startedAt = new Date(NOW).toISOString();
    await given.put({ runId: 'a', state: 'Failed', trigger: 'schedule', startedAt, attempt: 0 });
    expect(await given.begin(start({ now: NOW + 1 }))).toMatchObject({ kind: 'running', attempt: 1 });
  });

  test('do not change a run that has ended', async () => {
    const given = contest();
    await given.begin(start());
    await given.finish({ start: start(), attempt: 1 }, completed(NOW + 10));
    const before = await given.contents();
    expect(await given.begin(start({ now: NOW + 900_000 }))).toEqual({ kind: 'duplicate', state: 'Completed', retry: false });
    await given.finish({ start: start(), attempt: 1 }, failed(NOW + 20));
    expect(await given.contents()).toEqual(before);
  });

  test('do not complete a run whose lease has expired', async () => {
    const given = contest();
    await given.begin(start());
    await given.finish({ start: start(), attempt: 1 }, completed(NOW + LEASE_ENDS + 1));
    const { runs, lease } = await given.contents();
    expect(runs).toMatchObject([{ state: 'Running' }]);
    expect(lease?.holders ?? []).toEqual([]);
  });

  test('record an attempt with an unrecorded start in one write, unless it belongs to another delivery', async () => {
    const given = contest();
    await given.finish({ start: start() }, completed(NOW + 10));
    expect((await given.contents()).runs).toMatchObject([{ state: 'Completed', attempt: 1, durationMs: 10 }]);
    const other = start({ runId: 'b' });
    await given.begin(other);
    await given.finish({ start: { ...other, requestId: 'other' } }, completed(NOW + 10));
    expect((await given.contents()).runs).toMatchObject([{ runId: 'a' }, { runId: 'b', state: 'Running' }]);
    await given.finish({ start: other }, failed(NOW + 20));
    const { runs, lease } = await given.contents();
    expect(runs).toMatchObject([{ runId: 'a' }, { runId: 'b', state: 'Failed', attempt: 1 }]);
    expect(lease?.holders ?? []).toEqual([]);
  });
});

describe('TypeScript, Python and both in turn, with a limit of 1,', () => {
  test('skip runs over the limit, and issue increasing fencing tokens', async () => {
    const given = new Contest({ overlapLimit: 1 });
    expect(await given.begin(start())).toEqual({ kind: 'running', attempt: 1, fencingToken: 1 });
    const second = start({ runId: 'b', requestId: 'second' });
    expect(await given.begin(second)).toEqual({ kind: 'skipped', running: 1, retry: false });
    expect((await given.contents()).runs).toMatchObject([
      { runId: 'a', state: 'Running' },
      { runId: 'b', state: 'Skipped', attempt: 0, errorType: 'Overlap', errorMessage: '1 of at most 1 runs were running' },
    ]);
    await given.finish({ start: start(), attempt: 1 }, completed(NOW + 10));
    expect(await given.begin(start({ runId: 'c', requestId: 'third' }))).toMatchObject({ fencingToken: 2 });
  });

  test('reject a retry without a slot so that it is delivered again', async () => {
    const given = new Contest({ overlapLimit: 1 });
    await given.begin(start());
    await given.finish({ start: start(), attempt: 1 }, failed(NOW + 10));
    await given.begin(start({ runId: 'b', requestId: 'second' }));
    expect(await given.begin(start({ now: NOW + 50_000 }))).toEqual({ kind: 'skipped', running: 1, retry: true });
    expect((await given.contents()).runs[0]).toMatchObject({ state: 'Failed', attempt: 1 });
  });

  test('take over the slot of a killed process once its lease has expired', async () => {
    const given = new Contest({ overlapLimit: 1 });
    await given.begin(start());
    const other = (now: number) => start({ runId: `at-${now}`, requestId: 'second', now });
    expect(await given.begin(other(NOW + LEASE_ENDS))).toMatchObject({ kind: 'skipped' });
    expect(await given.begin(other(NOW + LEASE_ENDS + 1))).toEqual({ kind: 'running', attempt: 1, fencingToken: 2 });
    expect((await given.contents()).lease).toEqual({
      version: 2,
      holders: [`${NOW + 2 * LEASE_ENDS + 1}|second`],
      tokens: { [`token|${NOW + 2 * LEASE_ENDS + 1}|second`]: 2 },
    });
  });

  test('replace the slot of an earlier attempt of the same invocation', async () => {
    const given = new Contest({ overlapLimit: 1 });
    await given.begin(start());
    expect(await given.begin(start({ now: NOW + 60_000 }))).toEqual({ kind: 'running', attempt: 2, fencingToken: 2 });
    await given.finish({ start: start(), attempt: 1 }, completed(NOW + 60_010));
    expect((await given.contents()).lease?.holders).toEqual([`${NOW + 60_000 + LEASE_ENDS}|first`]);
  });

  test('do not limit events and invocations if the limit is for the schedule', async () => {
    const given = new Contest({ overlapLimit: 1, overlapOfSchedule: true });
    const scheduled = (runId: string) => start({ runId, requestId: runId, trigger: 'schedule' });
    expect(await given.begin(scheduled('s1'))).toMatchObject({ kind: 'running', fencingToken: 1 });
    expect(await given.begin(start({ runId: 'e', requestId: 'e' }))).toEqual({ kind: 'running', attempt: 1 });
    expect(await given.begin(scheduled('s2'))).toMatchObject({ kind: 'skipped' });
  });
});

describe('a lease', () => {
  const settings = (functionName: string): TrackerSettings => ({
    functionName,
    tableName: (tables[0] as TestRunTable).tableName,
    retentionDays: 30,
    overlapLimit: 1,
  });
  const typescript = (name: string) => typescriptStore(client, settings(name));
  const ofPython = (name: string) => pythonStore(python, ministack.endpoint, settings(name));

  test.each([
    ['TypeScript', 'Python', typescript, ofPython],
    ['Python', 'TypeScript', ofPython, typescript],
  ])('held by %s makes a start by %s Skipped until it is released', async (one, two, first, second) => {
    const name = `${one}-${two}`;
    expect(await first(name).begin(start())).toMatchObject({ kind: 'running', fencingToken: 1 });
    const other = (runId: string) => start({ runId, requestId: runId });
    expect(await second(name).begin(other('b'))).toEqual({ kind: 'skipped', running: 1, retry: false });
    await first(name).finish({ start: start(), attempt: 1 }, completed(NOW + 10));
    expect(await second(name).begin(other('c'))).toEqual({ kind: 'running', attempt: 1, fencingToken: 2 });
    expect(await first(name).begin(other('d'))).toMatchObject({ kind: 'skipped' });
  });

  test.each([
    [10, 1],
    [30, 3],
  ])(
    'is held by as many as may, of %d starts at a time by each of the two against a limit of %d',
    async (racers, limit) => {
      const given = { ...settings(`race-${racers}`), overlapLimit: limit };
      const starts = (who: string) =>
        Array.from({ length: racers }, (_, index) => start({ runId: `${who}-${index}`, requestId: `${who}-${index}` }));
      const store = typescriptStore(client, given);
      const begun = (
        await Promise.all([
          python.result<StartOutcome[]>('race', { endpoint: ministack.endpoint, settings: given, starts: starts('python') }),
          Promise.all(starts('typescript').map((one) => store.begin(one))),
        ])
      ).flat();
      expect(begun.filter(({ kind }) => kind === 'running')).toHaveLength(limit);
      expect(begun.filter(({ kind }) => kind === 'skipped')).toHaveLength(2 * racers - limit);
      const tokens = begun.flatMap((one) => (one.kind === 'running' ? [one.fencingToken] : []));
      expect(new Set(tokens)).toEqual(new Set(Array.from({ length: limit }, (_, index) => index + 1)));
      expect((await (tables[0] as TestRunTable).lease(given.functionName))?.holders).toHaveLength(limit);
    },
    60_000,
  );
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), run: fc.constantFrom('a', 'b', 'c'), request: fc.nat(1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      which: fc.nat(4),
      completed: fc.boolean(),
      recorded: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 44_999, 45_000, LEASE_ENDS, LEASE_ENDS + 1, 899_999, 900_000),
    }),
  },
);

test.each<[string, Partial<TrackerSettings>]>([
  ['no limit on overlap', {}],
  ['a limit of 1', { overlapLimit: 1 }],
  ['a limit of 2, locally', { overlapLimit: 2, local: true }],
])(
  'with %s, any sequence of starts and ends leaves the same behind, whoever makes it',
  async (_name, settings) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const given = new Contest(settings);
        const attempts: RunningAttempt[] = [];
        let now = NOW;
        for (const one of steps) {
          if (one.kind === 'wait') now += one.ms;
          if (one.kind === 'begin') {
            const begun = start({ runId: one.run, requestId: `${one.run}-${one.request}`, now });
            const { attempt } = { attempt: undefined, ...(await given.begin(begun)) };
            if (attempt !== undefined) attempts.push({ start: begun, attempt });
          }
          const running = one.kind === 'finish' ? attempts[one.which] : undefined;
          if (one.kind !== 'finish' || !running) continue;
          await given.finish(
            { start: running.start, attempt: one.recorded ? running.attempt : undefined },
            one.completed ? completed(now) : failed(now),
          );
          // A retry never starts at the same time as the earlier attempt.
          now += 1;
        }
      }),
      { numRuns: 60 },
    );
  },
  120_000,
);
