import fc from 'fast-check';
import { asOf } from '../../../lambda/shared/run';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import { mayBecome } from '../../../lambda/shared/table/transitions';
import type { RunningAttempt, RunStart, StartOutcome } from '../../../lambda/tracker/attempt';
import { RunStore } from '../../../lambda/tracker/run-store';
import { LEASE_GRACE_MS, type RunState } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const TIMEOUT = 100_000;

let functions = 0;

interface ModelRun {
  state: RunState;
  attempt: number;
  requestId: string;
  startedAt: number;
  until: number;
}

interface ModelHolder {
  readonly requestId: string;
  readonly until: number;
}

/** Runs that a caller may repeat as soon as they have failed. */
const DIRECT: ReadonlySet<string> = new Set(['a']);

/** A model of the run store that keeps the expected state in memory. */
class Model {
  public readonly runs = new Map<string, ModelRun>();
  private readonly holders = new Map<number, ModelHolder>();
  private version = 0;

  public constructor(
    private readonly limit: number | undefined,
    private readonly local: boolean,
  ) {}

  public stateAt(runId: string, now: number): RunState | undefined {
    const run = this.runs.get(runId);
    return run?.state === 'Running' && run.until < now ? 'Failed' : run?.state;
  }

  public begin(start: RunStart): StartOutcome {
    const run = this.runs.get(start.runId);
    const until = start.deadline + LEASE_GRACE_MS;
    if (run) {
      const same = run.requestId === start.requestId;
      if (run.state === 'Running' && same && run.startedAt === start.now) {
        const own = [...this.holders].find(([, holder]) => holder.requestId === start.requestId);
        return { kind: 'running', attempt: run.attempt, ...(own && { fencingToken: own[0] }) };
      }
      const state = this.stateAt(start.runId, start.now) as RunState;
      const age = start.now - run.startedAt;
      const may =
        state === 'Failed'
          ? same || this.local || DIRECT.has(start.runId) || age >= 900_000
          : state === 'Running' && same && age >= 45_000;
      if (!may) return { kind: 'duplicate', state, retry: state === 'Failed' || (state === 'Running' && same) };
    }
    const gone = ({ requestId, until: end }: ModelHolder) => end < start.now || requestId === start.requestId;
    const going = [...this.holders.values()].filter((holder) => !gone(holder)).length;
    if (this.limit !== undefined && going >= this.limit) {
      if (!run) {
        this.runs.set(start.runId, { state: 'Skipped', attempt: 0, requestId: start.requestId, startedAt: start.now, until });
      }
      return { kind: 'skipped', running: going, retry: run !== undefined };
    }
    const attempt = (run?.attempt ?? 0) + 1;
    this.runs.set(start.runId, { state: 'Running', attempt, requestId: start.requestId, startedAt: start.now, until });
    if (this.limit === undefined) return { kind: 'running', attempt };
    for (const [token, holder] of this.holders) if (gone(holder)) this.holders.delete(token);
    this.version += 1;
    this.holders.set(this.version, { requestId: start.requestId, until });
    return { kind: 'running', attempt, fencingToken: this.version };
  }

  public finish({ start, attempt }: RunningAttempt, state: 'Completed' | 'Failed', now: number): void {
    const run = this.runs.get(start.runId);
    const until = start.deadline + LEASE_GRACE_MS;
    for (const [token, holder] of this.holders) {
      if (holder.requestId === start.requestId && holder.until === until) this.holders.delete(token);
    }
    if (run?.state !== 'Running' || run.attempt !== attempt || run.requestId !== start.requestId) return;
    if (state === 'Failed' || now <= run.until) run.state = state;
  }
}

const RUNS = ['a', 'b', 'c', 'd'];
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), run: fc.constantFrom(...RUNS), request: fc.nat(1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('finish' as const), which: fc.nat(5), completed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 44_999, 45_000, 101_000, 101_001, 899_999, 900_000),
    }),
  },
);

test.each([
  ['no limit on overlap', undefined, false],
  ['no limit on overlap, locally', undefined, true],
  ['a limit of 1', 1, false],
  ['a limit of 2', 2, false],
  ['a limit of 1, locally', 1, true],
])(
  'with %s, any sequence of starts and ends makes legal transitions alone, those of the model',
  async (_name, limit, local) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        functions += 1;
        const functionName = `fn-${functions}`;
        const settings = { functionName, tableName: database.table.tableName, retentionDays: 1, overlapLimit: limit, local };
        const store = new RunStore(sdkTable(database.client, settings.tableName), settings);
        const model = new Model(limit, local);
        const attempts: RunningAttempt[] = [];
        const seen = new Map<string, RunState>();
        let now = Date.parse('2026-03-01T10:00:00Z');
        for (const one of steps) {
          if (one.kind === 'wait') now += one.ms;
          if (one.kind === 'begin') {
            const start: RunStart = {
              runId: one.run,
              trigger: DIRECT.has(one.run) ? 'invoke' : 'event',
              requestId: `${one.run}-${one.request}`,
              logStream: 'stream',
              now,
              deadline: now + TIMEOUT,
            };
            const begun = await store.begin(start);
            expect(begun).toEqual(model.begin(start));
            if (begun.kind === 'running') attempts.push({ start, attempt: begun.attempt });
          }
          const attempt = one.kind === 'finish' ? attempts[one.which] : undefined;
          if (one.kind === 'finish' && attempt) {
            const state = one.completed ? 'Completed' : 'Failed';
            await store.finish(attempt, { state, now });
            model.finish(attempt, state, now);
            // A retry never starts at the same time as the earlier attempt.
            now += 1;
          }
          const records = await database.table.runs(functionName);
          expect(records.map((record) => [record.runId, asOf(record, now).state, record.attempt]).sort()).toEqual(
            [...model.runs].map(([runId, run]) => [runId, model.stateAt(runId, now), run.attempt]).sort(),
          );
          for (const record of records) {
            const { state } = asOf(record, now);
            const before = seen.get(record.runId) ?? 'Pending';
            const legal = before === state || mayBecome(before, state);
            expect([before, state, legal]).toEqual([before, state, true]);
            seen.set(record.runId, state);
          }
          const running = [...seen.values()].filter((state) => state === 'Running').length;
          expect(running).toBeLessThanOrEqual(limit ?? RUNS.length);
        }
      }),
      { numRuns: 60 },
    );
  },
  120_000,
);
