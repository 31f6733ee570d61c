// Names that the constructs, the handlers and the command line share about runs. No import of aws-cdk-lib here: the file is
// bundled into handlers.

/** Environment variables that the run tracker reads. */
export const ENV_FUNCTION = 'KATAMARI_FUNCTION';
export const ENV_GROUP = 'KATAMARI_GROUP';
export const ENV_RUN_TABLE = 'KATAMARI_RUN_TABLE';
export const ENV_RUN_RETENTION_DAYS = 'KATAMARI_RUN_RETENTION_DAYS';
export const ENV_OVERLAP_LIMIT = 'KATAMARI_OVERLAP_LIMIT';
/** `schedule` when the limit applies only to runs that the schedule starts. */
export const ENV_OVERLAP_SCOPE = 'KATAMARI_OVERLAP_SCOPE';
/** Set when the function is deployed to the local engine. */
export const ENV_LOCAL = 'KATAMARI_LOCAL';

/** Attribute names of the run table. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const TTL_ATTRIBUTE = 'expiresAt';

/** Index that lists the runs of a function by their start. */
export const BY_START_INDEX = 'by-start';
export const BY_START_PARTITION_KEY = 'function';
export const BY_START_SORT_KEY = 'startedAt';

/** Days that the record of a run is kept by default. */
export const DEFAULT_RUN_RETENTION_DAYS = 30;

/**
 * Time before its deadline at which a handler that is still running is recorded as Failed, in milliseconds. It leaves room for
 * one write. A tenth of the timeout is used where that is shorter, so that short functions keep most of their time.
 */
export const DEADLINE_MARGIN_MS = 500;

/** Time after its deadline at which a run without an end counts as killed, in milliseconds. It covers the skew between two clocks. */
export const LEASE_GRACE_MS = 1000;

export const runPartition = (functionName: string): string => `RUN#${functionName}`;
export const leasePartition = (functionName: string): string => `LEASE#${functionName}`;
export const LEASE_SORT_KEY = 'LEASE';
