// What constructs and runtime agree on about events. No import of aws-cdk-lib here.

export const ENV_EVENT_BUS = 'KATAMARI_EVENT_BUS';

/**
 * Longest name of an event: the limit of an EventBridge detail type, in characters.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
export const EVENT_NAME_MAX_LENGTH = 128;

/**
 * Largest sum of the entries of one PutEvents call, in bytes.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export const PUT_EVENTS_MAX_BYTES = 1_048_576;

/** Most entries of one PutEvents call. */
export const PUT_EVENTS_MAX_ENTRIES = 10;
