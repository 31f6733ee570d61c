import { createHash } from 'node:crypto';
import type { TickerEntry } from '../../lib/schedule/constants';
import type { Grid } from './grid';

/** A schedule of the ticker, as the run table remembers it. */
export interface PlannedSchedule extends Grid {
  readonly function: string;
  readonly tracked: boolean;
  /** Epoch milliseconds from which the ticker answers for it: the first tick that knew it in this form. */
  readonly since: number;
}

/** What the ticker knew of its schedules at its last tick. */
export interface TickPlan {
  readonly hash: string;
  readonly schedules: readonly PlannedSchedule[];
}

/** A short name for a plan: the same for the same schedules. */
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

/** The plan to remember: a schedule that was known in the same form keeps its age. */
export function nextPlan(entries: readonly TickerEntry[], before: TickPlan | undefined, now: number): TickPlan {
  const schedules = entries.map((entry) => ({
    function: entry.function,
    intervalSeconds: entry.intervalSeconds,
    anchor: entry.anchor,
    ...(entry.start !== undefined && { start: entry.start }),
    ...(entry.end !== undefined && { end: entry.end }),
    tracked: entry.tracked,
    since: before?.schedules.find((schedule) => isSame(schedule, entry))?.since ?? now,
  }));
  return { hash: planHash(entries), schedules };
}

function isSame(schedule: PlannedSchedule, entry: TickerEntry): boolean {
  return (
    schedule.function === entry.function &&
    schedule.intervalSeconds === entry.intervalSeconds &&
    schedule.anchor === entry.anchor &&
    schedule.start === entry.start &&
    schedule.end === entry.end
  );
}
