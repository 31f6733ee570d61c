import type { RunRecord } from '../../client';

/** Sorts runs by their start, newest first. Pending runs come first, by the time that they are due. */
export function newestFirst<Run extends RunRecord>(runs: readonly Run[]): Run[] {
  const time = (run: Run) => run.startedAt ?? run.scheduledTime ?? '';
  const rank = (run: Run) => (run.state === 'Pending' ? 1 : 0);
  return [...runs].sort((a, b) => rank(b) - rank(a) || time(b).localeCompare(time(a)) || a.function.localeCompare(b.function));
}

/**
 * Chooses up to `limit` runs, newest first. Pending runs take at most half, the next ones due, unless there is room: without that
 * limit, functions with short intervals would leave no room for runs that have started.
 */
export function chooseRuns<Run extends RunRecord>(runs: readonly Run[], limit: number): Run[] {
  const pending = newestFirst(runs.filter(({ state }) => state === 'Pending')).reverse();
  const started = newestFirst(runs.filter(({ state }) => state !== 'Pending'));
  const enqueued = Math.max(Math.floor(limit / 2), limit - started.length);
  const chosen = pending.slice(0, enqueued);
  return newestFirst([...chosen, ...started.slice(0, limit - chosen.length)]);
}
