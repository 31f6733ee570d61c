import { LEASE_GRACE_MS, type RunState } from '../../lib/runs/constants';
import { asOf, type RunRecord } from '../shared/run';
import { mayBecome } from '../shared/table/transitions';

/** A run that is about to start. */
export interface RunStart {
  readonly runId: string;
  readonly trigger: RunRecord['trigger'];
  readonly eventName?: string;
  readonly scheduledTime?: string;
  /** Whether the event carries records, which must not be skipped. @default false */
  readonly hasRecords?: boolean;
  readonly requestId: string;
  readonly correlationId?: string;
  readonly logStream: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Epoch milliseconds at which Lambda stops the attempt. */
  readonly deadline: number;
}

/**
 * Outcome of a start. `retry` means that this delivery must not be lost: it carries records, or the run has failed, or may have,
 * and this delivery could be its next attempt, but not yet.
 */
export type StartOutcome =
  | { readonly kind: 'running'; readonly attempt: number; readonly fencingToken?: number }
  /** The run is in progress already, or has ended: this is another delivery of it. */
  | { readonly kind: 'duplicate'; readonly state: RunState; readonly retry: boolean }
  | { readonly kind: 'skipped'; readonly running: number; readonly retry: boolean };

/** The end of an attempt. */
export interface RunEnd {
  readonly state: 'Completed' | 'Failed';
  /** Epoch milliseconds. */
  readonly now: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** An attempt in progress, as its own process knows it. */
export interface RunningAttempt {
  readonly start: RunStart;
  /** Number of the attempt; undefined if the start could not be recorded. */
  readonly attempt?: number;
}

/** Epoch milliseconds after which an attempt that has not ended counts as killed. */
export function leaseUntil(start: RunStart): number {
  return start.deadline + LEASE_GRACE_MS;
}

/**
 * Whether this very attempt wrote the record of its start. It finds its own record when the response was lost and the request
 * was sent again. Another execution environment has another log stream.
 */
export function isOwn(record: RunRecord, start: RunStart): boolean {
  return (
    record.state === 'Running' &&
    record.requestId === start.requestId &&
    record.logStream === start.logStream &&
    record.startedAt === new Date(start.now).toISOString()
  );
}

/**
 * Whether the record of an attempt may replace another record of the run, which it did not find at its start. Its failure may be
 * written late, and must not replace that of a later attempt, or be counted twice.
 */
export function mayReplace(record: RunRecord, start: RunStart, end: RunEnd): boolean {
  if (isOwn(record, start)) return true;
  if (!mayBecome(asOf(record, end.now).state, 'Running')) return false;
  // The dispatcher records attempt 0 for a run that it could not start.
  const isEarlier = record.attempt === 0 || (record.startedAt ?? '') < new Date(start.now).toISOString();
  return end.state === 'Completed' || isEarlier;
}

/** Outcome of a start that the record of its run does not allow. */
export function duplicateOf(record: RunRecord, start: RunStart): StartOutcome & { kind: 'duplicate' } {
  const { state } = asOf(record, start.now);
  const isSameRequest = state === 'Running' && record.requestId === start.requestId;
  return { kind: 'duplicate', state, retry: mayBecome(state, 'Running') || isSameRequest };
}
