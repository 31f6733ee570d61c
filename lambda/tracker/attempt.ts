import { LEASE_GRACE_MS } from '../../lib/runs/constants';
import { asOf, type RunRecord, type RunState } from '../shared/run';

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
 * How a start went. `retry` says that the run has failed, or may have, and that this delivery could be what makes its next
 * attempt, only not now: it must not be lost.
 */
export type StartOutcome =
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
}

/** Epoch milliseconds after which an attempt without an end was killed. */
export function leaseUntil(start: RunStart): number {
  return start.deadline + LEASE_GRACE_MS;
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

/** What a start is that the record of its run forbids. */
export function refusal(record: RunRecord, start: RunStart): StartOutcome & { kind: 'duplicate' } {
  const { state } = asOf(record, start.now);
  const ofThisRequest = state === 'Running' && record.requestId === start.requestId;
  return { kind: 'duplicate', state, retry: state === 'Failed' || ofThisRequest };
}
