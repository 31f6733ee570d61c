import { createHash } from 'node:crypto';
import type { TickerEntry } from '../../lib/ticker/constants';
import { type Grid, gridRange } from './grid';

/** A schedule of the ticker, as the run table keeps it. */
interface PlannedSchedule extends Grid {
  readonly function: string;
  readonly functionArn: string;
  readonly tracked: boolean;
  /**
   * Epoch milliseconds from which the ticker is responsible for the schedule: its first tick or, if it was changed, the last
   * run that was enqueued before the change.
   */
  readonly since: number;
}

/** A schedule that the ticker had and no longer has: it was removed, paused or renamed, or another engine serves it. */
interface EndedSchedule {
  readonly function: string;
  /** Epoch milliseconds up to which its runs had been enqueued. These runs must not start. */
  readonly until: number;
}

/** The schedules of the ticker at its last tick. */
export interface TickPlan {
  readonly hash: string;
  readonly schedules: readonly PlannedSchedule[];
  readonly ended: readonly EndedSchedule[];
}

/** How long the plan names an ended schedule, in milliseconds: longer than the queue delivers a run that cannot be started. */
const KEEP_ENDED_MS = 3_600_000;

/** Hash of a plan: equal for equal schedules. */
export function planHash(entries: readonly TickerEntry[]): string {
  const described = entries.map(({ function: name, functionArn, intervalSeconds, anchor, start, end, tracked }) => [
    name,
    functionArn,
    intervalSeconds,
    anchor,
    start,
    end,
    tracked,
  ]);
  return createHash('sha256').update(JSON.stringify(described)).digest('hex').slice(0, 32);
}

/**
 * The plan to keep. A schedule that has not changed keeps its `since`.
 *
 * @param now epoch milliseconds
 * @param watermark time up to which runs have been enqueued, in epoch milliseconds; undefined before its first tick
 */
export function nextPlan(
  entries: readonly TickerEntry[],
  before: TickPlan | undefined,
  now: number,
  watermark: number | undefined,
): TickPlan {
  const enqueued = Math.max(now, watermark ?? now);
  const schedules = entries.map((entry) => {
    const former = before?.schedules.find((schedule) => schedule.function === entry.function);
    return {
      function: entry.function,
      functionArn: entry.functionArn,
      intervalSeconds: entry.intervalSeconds,
      anchor: entry.anchor,
      ...(entry.start !== undefined && { start: entry.start }),
      ...(entry.end !== undefined && { end: entry.end }),
      tracked: entry.tracked,
      since: former ? (isSameGrid(former, entry) ? former.since : endOf(former, now, enqueued)) : now,
    };
  });
  const names = new Set(entries.map((entry) => entry.function));
  const ended = [
    ...(before?.schedules ?? []).map((schedule) => ({ function: schedule.function, until: enqueued })),
    ...(before?.ended ?? []).filter(({ until }) => until > now - KEEP_ENDED_MS),
  ].filter((schedule) => !names.has(schedule.function));
  return { hash: planHash(entries), schedules, ended };
}

/** When a changed schedule starts: after the last run that was enqueued with its former definition. */
function endOf(former: Grid, now: number, enqueued: number): number {
  const { first, count, step } = gridRange(former, now, enqueued);
  return count === 0 ? now : first + (count - 1) * step + 1;
}

/** Whether two schedules have the same points. */
export function isSameGrid(one: Grid, other: Grid): boolean {
  return (
    one.intervalSeconds === other.intervalSeconds &&
    one.anchor === other.anchor &&
    one.start === other.start &&
    one.end === other.end
  );
}
