// What the schedule constructs, the ticker, the dispatcher and the run tracker must agree on. No import of aws-cdk-lib here.

/** `source` of the event that a scheduled function receives; how the run tracker tells it from any other event. */
export const SCHEDULE_EVENT_SOURCE = 'katamari.schedule';

/**
 * Context attributes of EventBridge Scheduler. An emulator may deliver them as written.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const SCHEDULED_TIME_ATTRIBUTE = '<aws.scheduler.scheduled-time>';
export const ATTEMPT_ATTRIBUTE = '<aws.scheduler.attempt-number>';

/** Environment variables of the ticker and the dispatcher. */
export const ENV_RUN_QUEUE_URL = 'KATAMARI_RUN_QUEUE_URL';

/** How far past the moment of a tick it enqueues: the minute to the next tick, and one minute ahead of that. */
export const TICK_HORIZON_MS = 120_000;

/** A run that can't be started in this many tries goes to the dead-letter queue. */
export const START_TRIES = 5;

/** A run missed by more than this is recorded as Skipped, not run late. */
export const CATCH_UP_MS = 900_000;

/** The event that a scheduled function receives. */
export interface ScheduleEvent {
  readonly source: typeof SCHEDULE_EVENT_SOURCE;
  /** Name of the scheduled function. */
  readonly schedule: string;
  /** The moment on the grid for which this run was made, ISO 8601 in UTC. */
  readonly scheduledTime: string;
  /** 1 for the first attempt of this run. */
  readonly attempt: number;
  readonly payload: unknown;
}

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
