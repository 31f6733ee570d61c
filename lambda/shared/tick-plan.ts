import { createHash } from 'node:crypto';
import type { TickerEntry } from '../../lib/ticker/constants';
import type { Grid } from './grid';

/** A schedule of the ticker, as the run table keeps it. */
interface PlannedSchedule extends Grid {
  readonly function: string;
  readonly tracked: boolean;
  /**
   * Epoch milliseconds from which the ticker is responsible for the schedule: its first tick or, if it was changed, the end
   * of what was enqueued before the change.
   */
  readonly since: number;
}

/** The schedules of the ticker at its last tick. */
export interface TickPlan {
  readonly hash: string;
  readonly schedules: readonly PlannedSchedule[];
}

/** Hash of a plan: equal for equal schedules. */
export function planHash(entries: readonly TickerEntry[]): string {
  const described = entries.map(({ function: name, intervalSeconds, anchor, start, end, tracked }) => [
    name,
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
  const schedules = entries.map((entry) => {
    const former = before?.schedules.find((schedule) => schedule.function === entry.function);
    const enqueued = former ? Math.max(now, watermark ?? now) : now;
    return {
      function: entry.function,
      intervalSeconds: entry.intervalSeconds,
      anchor: entry.anchor,
      ...(entry.start !== undefined && { start: entry.start }),
      ...(entry.end !== undefined && { end: entry.end }),
      tracked: entry.tracked,
      since: former && isSameGrid(former, entry) ? former.since : enqueued,
    };
  });
  return { hash: planHash(entries), schedules };
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
