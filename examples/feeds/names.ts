// What the stack and the handlers of the example must agree on. No import of aws-cdk-lib here: it is bundled into handlers.

/** Environment variables of the handlers. */
export const ENV_FEEDS = 'FEEDS';
export const ENV_ITEM_TABLE = 'ITEM_TABLE';

/** Attribute names of the table of items and digests. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const TTL_ATTRIBUTE = 'expiresAt';

/** The index that lists what was stored on a day (UTC), by the time it was stored. */
export const BY_DAY_INDEX = 'by-day';
export const BY_DAY_PARTITION_KEY = 'day';
export const BY_DAY_SORT_KEY = 'storedAt';

/** A pull has ended; says what was new. */
export const PULLED_EVENT = 'rss_data_pulled';
/** A feed could not be pulled. */
export const FAILED_EVENT = 'feed_failed';

/** Longest URL of a feed, in characters: it is part of a key, which may have 2,048 bytes. */
export const FEED_URL_MAX_LENGTH = 2000;
