import type { RunRecord, RunState } from '../shared/run';

/** A run that is about to start. */
export interface RunStart {
  readonly runId: string;
  readonly trigger: RunRecord['trigger'];
  readonly eventName?: string;
  readonly scheduledTime?: string;
  readonly requestId: string;
  readonly logStream: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds at which Lambda kills the attempt. */
  readonly deadline: number;
}

/**
 * How a start went. `retry` says that Lambda itself tries the same invocation again, after an attempt that failed or was
 * killed: nobody else will.
 */
export type Begun =
  | { readonly kind: 'running'; readonly attempt: number; readonly fencingToken?: number }
  /** The run goes already, or has ended: this is another delivery of it. */
  | { readonly kind: 'duplicate'; readonly state: RunState; readonly retry: boolean }
  | { readonly kind: 'skipped'; readonly running: number; readonly retry: boolean };

/** How an attempt ended. */
export interface RunEnd {
  readonly state: 'Completed' | 'Failed';
  /** Epoch milliseconds. */
  readonly now: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** An attempt that goes, as its own process knows it. */
export interface RunningAttempt {
  readonly start: RunStart;
  /** Undefined where the start could not be recorded. */
  readonly attempt?: number;
  readonly fencingToken?: number;
}

/**
 * Whether a record was written by this very attempt: the answer was lost, and the request was sent again. Another
 * execution environment has another log stream.
 */
export function isOwn(record: RunRecord, start: RunStart): boolean {
  return (
    record.state === 'Running' &&
    record.requestId === start.requestId &&
    record.logStream === start.logStream &&
    record.startedAt === new Date(start.now).toISOString()
  );
}
