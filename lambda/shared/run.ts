import { LEASE_GRACE_MS } from '../../lib/runs/constants';

/** States of a run. */
export type RunState = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Skipped';

/** What started a run: the clock, an event on the group's bus, or anything else that invokes a function. */
export type RunTrigger = 'schedule' | 'event' | 'invoke';

/** The record of a run, as the run table keeps it. */
export interface RunRecord {
  readonly function: string;
  readonly runId: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  /** Name of the event, for a run that an event started. */
  readonly eventName?: string;
  /** The point of the schedule for which the run was made, ISO 8601 in UTC. */
  readonly scheduledTime?: string;
  /** Start of the last attempt, ISO 8601 in UTC; of a skipped run, when it was skipped. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly requestId?: string;
  readonly logStream?: string;
  /** Epoch milliseconds after which a run that is still Running was killed. */
  readonly leaseUntil?: number;
  /** Epoch seconds after which the record may be deleted. */
  readonly expiresAt?: number;
}

const TRANSITIONS: ReadonlyMap<RunState, readonly RunState[]> = new Map<RunState, readonly RunState[]>([
  ['Pending', ['Running', 'Skipped']],
  ['Running', ['Completed', 'Failed']],
  // A retry is the same run's next attempt.
  ['Failed', ['Running']],
  ['Completed', []],
  ['Skipped', []],
]);

/** Whether a run may go from one state to the other. */
export function mayBecome(from: RunState, to: RunState): boolean {
  return TRANSITIONS.get(from)?.includes(to) ?? false;
}

/** Why a run that no end was recorded of counts as Failed. */
export const KILLED = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'no end was recorded by the deadline: the process was killed, ran out of memory, or blocked until its timeout',
} as const;

/**
 * The record as it stands at `now`: a run that is still Running after its lease has run out was killed, so it is Failed.
 * DynamoDB keeps the record as the killed process left it.
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
