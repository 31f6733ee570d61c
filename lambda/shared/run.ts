import { LEASE_GRACE_MS, type RunState } from '../../lib/runs/constants';

/** What started a run: its schedule, an event on the group's bus, or any other invocation. */
export type RunTrigger = 'schedule' | 'event' | 'invoke';

/** The record of a run in the run table. */
export interface RunRecord {
  readonly function: string;
  readonly runId: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  /** Name of the event, for a run that an event started. */
  readonly eventName?: string;
  /** When the run is due by its schedule, ISO 8601 in UTC. */
  readonly scheduledTime?: string;
  /** Start of the last attempt, ISO 8601 in UTC. For a Skipped run, when it was skipped. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  /** Number of the last attempt, from 1. 0 for a run that has not been attempted. */
  readonly attempt: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly requestId?: string;
  /** Id that connects the run to what its caller did, if the caller sends one. */
  readonly correlationId?: string;
  readonly logStream?: string;
  /** Epoch milliseconds after which a run that is still Running counts as killed. */
  readonly leaseUntil?: number;
  /** Epoch seconds after which DynamoDB may delete the record. */
  readonly expiresAt?: number;
}

/** Error of a run without an end: it was killed, or has ended and could not record that. */
export const KILLED = {
  errorType: 'Runtime.ExitError',
  errorMessage:
    'no end was recorded by the deadline: the process was killed, ran out of memory, or blocked until its timeout; or the run has ended, but its end could not be written to the run table, which the log of the run then says',
} as const;

/**
 * The record as it counts at a moment: a run that is still Running after its lease has expired was killed, so it is Failed.
 * The table keeps the record as the killed process left it.
 *
 * @param now epoch milliseconds
 */
export function asOf(record: RunRecord, now: number): RunRecord {
  if (record.state !== 'Running' || record.leaseUntil === undefined || record.leaseUntil >= now) return record;
  const ended = record.leaseUntil - LEASE_GRACE_MS;
  return {
    ...record,
    ...KILLED,
    state: 'Failed',
    endedAt: new Date(ended).toISOString(),
    durationMs: record.startedAt ? ended - Date.parse(record.startedAt) : undefined,
  };
}
