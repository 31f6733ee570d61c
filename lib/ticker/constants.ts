// Names and values that the ticker construct, its two handlers and the readers of runs share. Never import aws-cdk-lib here.

import { runPartition } from '../runs/constants';

/** Environment variable of the tick handler: URL of the run queue. */
export const ENV_RUN_QUEUE_URL = 'KATAMARI_RUN_QUEUE_URL';

/** How far ahead a tick enqueues runs, in milliseconds: until the next tick, and one minute more. */
export const TICK_HORIZON_MS = 120_000;

/** Number of attempts to start a run before its message goes to the dead-letter queue. */
export const START_TRIES = 5;

/** How late a run may start, in milliseconds. A run that is missed by more is recorded as Skipped. */
export const CATCH_UP_MS = 900_000;

/** One function of the ticker. */
export interface TickerEntry {
  /** Name of the function within its group. */
  readonly function: string;
  readonly functionArn: string;
  readonly intervalSeconds: number;
  /** Epoch seconds of one point of the grid. */
  readonly anchor: number;
  /** Epoch seconds before which no run is due. */
  readonly start?: number;
  /** Epoch seconds after which no run is due. */
  readonly end?: number;
  readonly payload?: unknown;
  /** Whether the run tracker of the function detects duplicate deliveries of a run. */
  readonly tracked: boolean;
}

/** The event of a tick. */
export interface TickEvent {
  readonly plan: readonly TickerEntry[];
}

/** The body of a message of the run queue, which connects tick and dispatcher. */
export interface RunMessage {
  readonly function: string;
  readonly functionArn: string;
  /** ISO 8601 in UTC. */
  readonly scheduledTime: string;
  readonly payload?: unknown;
  readonly tracked: boolean;
}

/** Keys of the ticker's items in the run table. */
export const TICK_PARTITION = 'TICK';
export const TICK_STATE_SORT_KEY = 'STATE';
export const TICK_PLAN_SORT_KEY = 'PLAN';

/** Partition of the dispatcher's claims on runs of a function without run tracker. */
export const claimPartition = (functionName: string): string => `CLAIM#${runPartition(functionName)}`;
