// What the ticker construct, its two handlers and the readers of runs must agree on. No import of aws-cdk-lib here.

/** Environment variables of the ticker and the dispatcher. */
export const ENV_RUN_QUEUE_URL = 'KATAMARI_RUN_QUEUE_URL';

/** How far past the moment of a tick it enqueues: the minute to the next tick, and one minute ahead of that. */
export const TICK_HORIZON_MS = 120_000;

/** A run that can't be started in this many tries goes to the dead-letter queue. */
export const START_TRIES = 5;

/** A run missed by more than this is recorded as Skipped, not run late. */
export const CATCH_UP_MS = 900_000;

/** One function that the ticker serves. */
export interface TickerEntry {
  /** Name of the function within its group. */
  readonly function: string;
  readonly functionArn: string;
  readonly intervalSeconds: number;
  /** Epoch seconds of a point of the grid. */
  readonly anchor: number;
  /** Epoch seconds of the first moment that may run. */
  readonly start?: number;
  /** Epoch seconds of the last moment that may run. */
  readonly end?: number;
  readonly payload?: unknown;
  /** Whether the function's own run tracker drops a second delivery of the same run. */
  readonly tracked: boolean;
}

/** The event of one tick. */
export interface TickEvent {
  readonly plan: readonly TickerEntry[];
}

/** The body of a message on the queue between ticker and dispatcher. */
export interface RunMessage {
  readonly function: string;
  readonly functionArn: string;
  readonly scheduledTime: string;
  readonly payload?: unknown;
  readonly tracked: boolean;
}

export const TICK_PARTITION = 'TICK';
export const TICK_STATE_SORT_KEY = 'STATE';
export const TICK_PLAN_SORT_KEY = 'PLAN';
