// What the constructs, the handlers and the command line must agree on about runs. No import of aws-cdk-lib here: the
// file is bundled into handlers.

/** Environment variables that the run tracker reads. */
export const ENV_FUNCTION = 'KATAMARI_FUNCTION';
export const ENV_GROUP = 'KATAMARI_GROUP';
export const ENV_RUN_TABLE = 'KATAMARI_RUN_TABLE';
export const ENV_RUN_RETENTION_DAYS = 'KATAMARI_RUN_RETENTION_DAYS';
export const ENV_OVERLAP_LIMIT = 'KATAMARI_OVERLAP_LIMIT';
/** `schedule` where the limit holds for runs that the clock starts, and for no others. */
export const ENV_OVERLAP_SCOPE = 'KATAMARI_OVERLAP_SCOPE';
/** Set where the function is deployed on the user's own machine. */
export const ENV_LOCAL = 'KATAMARI_LOCAL';

/** Attribute names of the run table. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const TTL_ATTRIBUTE = 'expiresAt';

/** The index that lists a function's runs by the time they started. */
export const BY_START_INDEX = 'by-start';
export const BY_START_PARTITION_KEY = 'function';
export const BY_START_SORT_KEY = 'startedAt';

/** How long a run record is kept unless said otherwise. */
export const DEFAULT_RUN_RETENTION_DAYS = 30;

/**
 * How long before its deadline a handler that is still going is recorded as Failed, in milliseconds: room for one write,
 * and at most a tenth of the timeout so that short functions keep theirs.
 */
export const DEADLINE_MARGIN_MS = 500;

/** How long after its deadline a run without an end counts as killed, in milliseconds: the skew between two clocks. */
export const LEASE_GRACE_MS = 1000;

export const runPartition = (functionName: string): string => `RUN#${functionName}`;
export const leasePartition = (functionName: string): string => `LEASE#${functionName}`;
export const LEASE_SORT_KEY = 'LEASE';
