// Names that the ticker construct, its two handlers and the readers of runs share. No import of aws-cdk-lib here.

/** Environment variable of the tick function with the URL of the queue. */
export const ENV_RUN_QUEUE_URL = 'KATAMARI_RUN_QUEUE_URL';

/** Time after a tick for which it enqueues runs, in milliseconds: the minute until the next tick, and one minute more. */
export const TICK_HORIZON_MS = 120_000;

/** Attempts to start a run before it goes to the dead-letter queue. */
export const START_TRIES = 5;

/** Delay from which a missed run is recorded as Skipped instead of run late, in milliseconds. */
export const CATCH_UP_MS = 900_000;

/** Schedule of one function. */
export interface TickerEntry {
  /** Name of the function within its group. */
  readonly function: string;
  readonly functionArn: string;
  readonly intervalSeconds: number;
  /** Epoch seconds of a point of the grid. */
  readonly anchor: number;
  /** Epoch seconds of the earliest run. */
  readonly start?: number;
  /** Epoch seconds of the latest run. */
  readonly end?: number;
  readonly payload?: unknown;
  /** Whether the run tracker of the function drops a second delivery of the same run. */
  readonly tracked: boolean;
}

/** Event of one tick. */
export interface TickEvent {
  readonly plan: readonly TickerEntry[];
}

/** Body of a message in the queue between tick and dispatch. */
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
