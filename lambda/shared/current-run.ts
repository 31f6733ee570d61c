import { AsyncLocalStorage } from 'node:async_hooks';

/** The run that the code is part of. */
export interface CurrentRun {
  /** Name of the function within its group. */
  readonly function: string;
  readonly runId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The point of the schedule for which the run was made, ISO 8601 in UTC; none for a run that the clock did not start. */
  readonly scheduledTime?: string;
  /**
   * With `Overlap.skip`, a number that is larger than that of every run of the function that started before. A store that
   * keeps the largest number it has seen, and refuses a smaller one, is safe from a run that outlived its lease.
   */
  readonly fencingToken?: number;
}

// The tracker and the user's bundle are two files with a copy each of this module: what they share must be global.
const KEY = Symbol.for('cdk-katamari.current-run');
const holder = globalThis as { [KEY]?: AsyncLocalStorage<CurrentRun> };

/** Where the run of the code in progress is kept. */
export function runStorage(): AsyncLocalStorage<CurrentRun> {
  holder[KEY] ??= new AsyncLocalStorage<CurrentRun>();
  return holder[KEY];
}
