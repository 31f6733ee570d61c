import { CATCH_UP_MS, TICK_HORIZON_MS, type TickEvent, type TickerEntry } from '../../../lib/ticker/constants';
import { type GridRange, gridPoints, gridRange } from '../../shared/grid';
import type { RunRecord } from '../../shared/run';
import { expiryAfter } from '../../shared/table/expiry';
import { isSameGrid, nextPlan, planHash, type TickPlan } from '../../shared/tick-plan';
import type { DueRun, RunQueue } from './run-queue';
import type { TickStore } from './tick-store';

/** Duration of the claim of a tick, in milliseconds: a little more than the timeout of its function. */
const CLAIM_MS = 40_000;
/** How long a tick starts new slices, in milliseconds. The rest of its function's 30 s is for the last one. */
const TICK_DEADLINE_MS = 20_000;
/** Part of the grid that is enqueued between two commits, in milliseconds. */
const SLICE_MS = 60_000;
const CATCH_UP = `${CATCH_UP_MS / 60_000} minutes`;

/** Result of a tick. */
interface TickResult {
  /** `unfinished` when the deadline came before everything was enqueued: the next tick continues from there. */
  readonly kind: 'enqueued' | 'unfinished' | 'claimed-by-another';
  readonly enqueued: number;
  readonly missed: number;
}

export interface TickDependencies {
  readonly store: Pick<TickStore, 'claim' | 'commit' | 'readPlan' | 'writePlan' | 'recordMissed'>;
  readonly queue: Pick<RunQueue, 'send'>;
  /** Retention of the records of missed runs, in days. */
  readonly retentionDays: number;
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * Enqueues all runs from the end of the last tick to the horizon. Ticks may come twice, late or not at all: the watermark
 * says what is done, and only the tick that holds the claim moves it.
 */
export async function tick(event: TickEvent, dependencies: TickDependencies): Promise<TickResult> {
  const now = dependencies.now();
  const claimId = dependencies.newId();
  const state = await dependencies.store.claim(claimId, now, now + CLAIM_MS);
  if (!state) return { kind: 'claimed-by-another', enqueued: 0, missed: 0 };

  const hash = planHash(event.plan);
  // A new ticker has no watermark. A plan that it finds is that of a deleted one.
  const known = state.watermark === undefined ? undefined : await dependencies.store.readPlan();
  const plan = known?.hash === hash ? known : nextPlan(event.plan, known, now, state.watermark);
  const { due, missed } = collect(event, known, plan, state.watermark, now);
  const expiry = expiryAfter(dependencies.retentionDays, now);
  for (const record of missed) await dependencies.store.recordMissed({ ...record, ...expiry });

  // The watermark never moves back, even if the clock of this tick is behind.
  const end = Math.max(now + TICK_HORIZON_MS, state.watermark ?? 0);
  for (let sent = 0; ; ) {
    // A new schedule has runs before the watermark. They belong to the first slice, after which the plan is written.
    const reached = Math.min(end, Math.max((due[sent]?.due ?? end) + SLICE_MS, state.watermark ?? 0));
    const slice = due.slice(sent).filter((run) => run.due < reached);
    await dependencies.queue.send(slice);
    if (sent === 0 && plan !== known) await dependencies.store.writePlan(plan);
    sent += slice.length;
    const isLast = reached === end;
    const continues = !isLast && dependencies.now() - now < TICK_DEADLINE_MS;
    await dependencies.store.commit(claimId, reached, continues ? dependencies.now() + CLAIM_MS : undefined);
    if (!continues) return { kind: isLast ? 'enqueued' : 'unfinished', enqueued: sent, missed: missed.length };
  }
}

/** The runs to enqueue, oldest first, and the records of those that are too late. */
function collect(event: TickEvent, known: TickPlan | undefined, plan: TickPlan, watermark: number | undefined, now: number) {
  const oldest = now - CATCH_UP_MS;
  const due: DueRun[] = [];
  const missed: (RunRecord | undefined)[] = [];
  event.plan.forEach((entry, index) => {
    const since = plan.schedules[index]?.since ?? now;
    const former = formerSchedule(entry, known);
    // A new or changed schedule has enqueued nothing since then; the watermark covers only the other schedules.
    const from = former && isSameGrid(former, entry) ? Math.max(watermark ?? now, since) : since;
    missed.push(missedRecord(entry, gridRange(entry, from, oldest), now, `no tick came for more than ${CATCH_UP}`));
    if (former && !isSameGrid(former, entry)) {
      const overdue = gridRange(former, Math.max(watermark ?? now, former.since), now);
      missed.push(missedRecord(entry, overdue, now, 'no tick came before the schedule was changed'));
    }
    for (const point of gridPoints(entry, Math.max(from, oldest), now + TICK_HORIZON_MS))
      due.push({ due: point, message: toMessage(entry, point) });
  });
  due.sort((one, other) => one.due - other.due);
  return { due, missed: missed.filter((record) => record !== undefined) };
}

function formerSchedule(entry: TickerEntry, known: TickPlan | undefined) {
  return known?.schedules.find((schedule) => schedule.function === entry.function);
}

function toMessage(entry: TickerEntry, point: number) {
  return {
    function: entry.function,
    functionArn: entry.functionArn,
    scheduledTime: new Date(point).toISOString(),
    tracked: entry.tracked,
    ...(entry.payload !== undefined && { payload: entry.payload }),
  };
}

function missedRecord(entry: TickerEntry, range: GridRange, now: number, why: string): RunRecord | undefined {
  if (range.count === 0) return undefined;
  const first = new Date(range.first).toISOString();
  const last = new Date(range.first + (range.count - 1) * range.step).toISOString();
  return {
    function: entry.function,
    // Without the last run: a tick that repeats the work of one that crashed may find more, and must replace its record.
    runId: `missed:${first}`,
    state: 'Skipped',
    trigger: 'schedule',
    scheduledTime: first,
    startedAt: new Date(now).toISOString(),
    attempt: 0,
    errorType: 'Missed',
    errorMessage: `${range.count} runs from ${first} to ${last} were missed: ${why}`,
  };
}
