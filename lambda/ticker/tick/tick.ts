import { CATCH_UP_MS, TICK_HORIZON_MS, type TickEvent, type TickerEntry } from '../../../lib/ticker/constants';
import { type GridRange, gridPoints, gridRange } from '../../shared/grid';
import type { RunRecord } from '../../shared/run';
import { isSameGrid, nextPlan, planHash, type TickPlan } from '../../shared/tick-plan';
import type { DueRun, RunQueue } from './run-queue';
import type { TickStore } from './tick-store';

/** How long a tick may take before another may do its work, in milliseconds: a little more than its function's timeout. */
const CLAIM_MS = 40_000;
/** How long a tick goes on, in milliseconds: what is left of its function's 30 s is for the part that it has begun. */
const TIME_BUDGET_MS = 20_000;
/** How much of the grid is enqueued between two commits, in milliseconds. */
const SLICE_MS = 60_000;
const CATCH_UP = `${CATCH_UP_MS / 60_000} minutes`;

/** What a tick did. */
export interface TickResult {
  /** `unfinished` where its time was over before everything was enqueued: the next tick goes on from there. */
  readonly kind: 'enqueued' | 'unfinished' | 'claimed-by-another';
  readonly enqueued: number;
  readonly missed: number;
}

export interface TickDependencies {
  readonly store: Pick<TickStore, 'claim' | 'commit' | 'readPlan' | 'writePlan' | 'recordMissed'>;
  readonly queue: Pick<RunQueue, 'send'>;
  /** Days for which a record of what was missed is kept. */
  readonly retentionDays: number;
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * Enqueues every run from where the last tick ended up to the horizon. Ticks may come twice, late, or not at all: the
 * watermark says what is done, and only the tick that holds the claim moves it.
 */
export async function tick(event: TickEvent, parts: TickDependencies): Promise<TickResult> {
  const now = parts.now();
  const claimId = parts.newId();
  const state = await parts.store.claim(claimId, now, now + CLAIM_MS);
  if (!state) return { kind: 'claimed-by-another', enqueued: 0, missed: 0 };

  const hash = planHash(event.plan);
  const known = await parts.store.readPlan();
  const plan = known?.hash === hash ? known : nextPlan(event.plan, known, now, state.watermark);
  const { due, missed } = collect(event, known, plan, state.watermark, now);
  const expiresAt = Math.floor(now / 1000) + parts.retentionDays * 86_400;
  for (const record of missed) await parts.store.recordMissed({ ...record, expiresAt });

  // The horizon of a tick whose clock is behind must not take the watermark back.
  const end = Math.max(now + TICK_HORIZON_MS, state.watermark ?? 0);
  for (let sent = 0; ; ) {
    // A schedule that is new has runs before the watermark: they are in the first slice, so that its plan is written after.
    const reached = Math.min(end, Math.max((due[sent]?.due ?? end) + SLICE_MS, state.watermark ?? 0));
    const slice = due.slice(sent).filter((run) => run.due < reached);
    await parts.queue.send(slice);
    if (sent === 0 && plan !== known) await parts.store.writePlan(plan);
    sent += slice.length;
    const isLast = reached === end;
    const goesOn = !isLast && parts.now() - now < TIME_BUDGET_MS;
    await parts.store.commit(claimId, reached, goesOn ? parts.now() + CLAIM_MS : undefined);
    if (!goesOn) return { kind: isLast ? 'enqueued' : 'unfinished', enqueued: sent, missed: missed.length };
  }
}

/** What is to be enqueued, the oldest first, and what it is too late for. */
function collect(event: TickEvent, known: TickPlan | undefined, plan: TickPlan, watermark: number | undefined, now: number) {
  const oldest = now - CATCH_UP_MS;
  const due: DueRun[] = [];
  const missed: (RunRecord | undefined)[] = [];
  event.plan.forEach((entry, index) => {
    const since = plan.schedules[index]?.since ?? now;
    const former = formerly(entry, known);
    // Nothing of a schedule that is new, or was changed, has been enqueued before its own time.
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

function formerly(entry: TickerEntry, known: TickPlan | undefined) {
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
    // Without the last: a tick that does the work of one that crashed finds more, and puts its record in the same place.
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
