// Names that the stack and the handlers share. Never import aws-cdk-lib here: handlers bundle this file.

/** Environment variables of the handlers. */
export const ENV_FEEDS = 'FEEDS';
export const ENV_ITEM_TABLE = 'ITEM_TABLE';

/** Attribute names of the table of items and digests. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const TTL_ATTRIBUTE = 'expiresAt';

/** Index of the items stored on a day (UTC), by the time they were stored. */
export const BY_DAY_INDEX = 'by-day';
export const BY_DAY_PARTITION_KEY = 'day';
export const BY_DAY_SORT_KEY = 'storedAt';

/** Event at the end of a pull, with its new items. */
export const PULLED_EVENT = 'rss_data_pulled';
/** Event about a feed that failed. */
export const FAILED_EVENT = 'feed_failed';

/** Longest URL of a feed, in characters. It is part of a key, which may have 2,048 bytes. */
export const FEED_URL_MAX_LENGTH = 2000;
