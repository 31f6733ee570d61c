import { AsyncLocalStorage } from 'node:async_hooks';

/** The run in progress. */
export interface CurrentRun {
  /** Name of the function within its group. */
  readonly function: string;
  readonly runId: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** When the run is due by its schedule, ISO 8601 in UTC; undefined for a run that no schedule started. */
  readonly scheduledTime?: string;
  /**
   * Id that connects the run to what its caller did: `correlationId` or `request_id` of the client context, the detail of the event
   * or the payload, or the header `x-correlation-id`. Undefined if the caller sends none.
   */
  readonly correlationId?: string;
  /**
   * With `Overlap.skip`, a number greater than that of all runs of the function that started before. A store that remembers
   * the greatest number, and rejects smaller ones, is protected from a run that outlives its lease.
   */
  readonly fencingToken?: number;
}

// The tracker and the user's bundle each contain a copy of this module: what they share must be global.
const KEY = Symbol.for('cdk-katamari.current-run');
const holder = globalThis as { [KEY]?: AsyncLocalStorage<CurrentRun> };

/** The storage of the run in progress. */
export function runStorage(): AsyncLocalStorage<CurrentRun> {
  holder[KEY] ??= new AsyncLocalStorage<CurrentRun>();
  return holder[KEY];
}
