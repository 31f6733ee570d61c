// Names and values that the constructs, the handlers and the command line share for runs. Never import aws-cdk-lib here:
// handlers bundle this file.

/** Environment variables of the run tracker. */
export const ENV_FUNCTION = 'KATAMARI_FUNCTION';
export const ENV_GROUP = 'KATAMARI_GROUP';
export const ENV_RUN_TABLE = 'KATAMARI_RUN_TABLE';
export const ENV_RUN_RETENTION_DAYS = 'KATAMARI_RUN_RETENTION_DAYS';
export const ENV_OVERLAP_LIMIT = 'KATAMARI_OVERLAP_LIMIT';
/** `schedule` when the limit applies to scheduled runs only. */
export const ENV_OVERLAP_SCOPE = 'KATAMARI_OVERLAP_SCOPE';
/** Set when the function is deployed to the local engine. */
export const ENV_LOCAL = 'KATAMARI_LOCAL';

/** Attribute names of the run table. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const TTL_ATTRIBUTE = 'expiresAt';

/** The index that lists the runs of a function by start time. */
export const BY_START_INDEX = 'by-start';
export const BY_START_PARTITION_KEY = 'function';
export const BY_START_SORT_KEY = 'startedAt';

/** Retention of run records, in days, when the construct sets none. */
export const DEFAULT_RUN_RETENTION_DAYS = 30;

/**
 * How long before the function's deadline a handler that is still running is recorded as Failed, in milliseconds: enough
 * for one write. A function with a short timeout uses a tenth of the timeout instead.
 */
export const DEADLINE_MARGIN_MS = 500;

/** Deadlines of a write to the run table: milliseconds, and a fraction of the time that is left for the run. The earlier one counts. */
export interface WriteDeadline {
  readonly ms: number;
  readonly fraction: number;
}

/** Deadline for the start of a run. The handler then runs without a record. */
export const BEGIN_DEADLINE: WriteDeadline = { ms: 3_000, fraction: 1 / 3 };
/** The same with a limit on overlap. Many concurrent starts take longer, and one that gives up must be retried by Lambda. */
export const LEASED_BEGIN_DEADLINE: WriteDeadline = { ms: 10_000, fraction: 2 / 3 };
/** Deadline for the end of a run, in milliseconds. */
export const FINISH_DEADLINE_MS = 2_000;
/** Deadline for the ends of earlier runs, which are written before the start of a run: one of them may hold its slot. */
export const LATE_END_DEADLINE: WriteDeadline = { ms: 1_000, fraction: 1 / 6 };
/** How long before the function's deadline the result must be returned, in milliseconds. */
export const RESULT_MARGIN_MS = 50;

/** Timeouts and attempts of one request to the run table: a handler must not wait long for its own records. */
export const TABLE_CONNECTION_TIMEOUT_MS = 1_000;
export const TABLE_REQUEST_TIMEOUT_MS = 1_500;
export const TABLE_MAX_ATTEMPTS = 3;

/** By how much all of these are longer in the local engine, which shares a machine with much else. */
export const LOCAL_DEADLINE_FACTOR = 5;

/** How long after its deadline a run that has not ended counts as killed, in milliseconds: the skew between two clocks. */
export const LEASE_GRACE_MS = 1000;

/** Name of the error by which the run tracker refuses a delivery that must come again later. */
export const RETRY_TOO_EARLY = 'Katamari.RetryTooEarly';

/** Keys and header with the id that connects a run to its caller. The adapter sends `request_id`. */
export const CORRELATION_KEYS = ['correlationId', 'request_id'];
export const CORRELATION_HEADER = 'x-correlation-id';
/** An id that is safe in a log line and in a record. */
export const CORRELATION_ID = /^[!-~]{1,256}$/;

/**
 * Key of the envelope around an event that the clock or the bus delivers to a tracked function. Its value tells what delivers the
 * event. The run tracker removes the envelope, so that a handler can't pass it on by accident.
 */
export const DELIVERY_KEY = 'katamari:delivery';

/** An event in its envelope. */
export interface Delivery {
  /** `invoke` is a direct invocation with an idempotency key. */
  readonly [DELIVERY_KEY]: 'schedule' | 'event' | 'invoke';
  /** Identifies the run of a direct invocation: a run of the same key is not started again. */
  readonly idempotencyKey?: string;
  /** The event for the handler. */
  readonly event: unknown;
}

/** Id of the run of a direct invocation with an idempotency key. */
export const keyedRunId = (idempotencyKey: string): string => `key:${idempotencyKey}`;

export const runPartition = (functionName: string): string => `RUN#${functionName}`;
export const leasePartition = (functionName: string): string => `LEASE#${functionName}`;
export const LEASE_SORT_KEY = 'LEASE';

/** States of a run. */
export type RunState = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Skipped';

export const RUN_STATES: readonly RunState[] = ['Pending', 'Running', 'Completed', 'Failed', 'Skipped'];

/** The states that a run in each state may change to. The conditions of all writes of run records derive from it. */
export const TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  Pending: ['Running', 'Skipped'],
  Running: ['Completed', 'Failed'],
  // A retry is the next attempt of the same run.
  Failed: ['Running'],
  Completed: [],
  Skipped: [],
};
