// Names and limits that constructs and handlers share about events. No import of aws-cdk-lib here.

/** Environment variable with the name of the event bus that a function publishes on. */
export const ENV_EVENT_BUS = 'KATAMARI_EVENT_BUS';

/**
 * Characters of the name of an event, which is the detail type in EventBridge.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
export const EVENT_NAME_MAX_LENGTH = 128;

/**
 * Bytes of all entries of one PutEvents call.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export const PUT_EVENTS_MAX_BYTES = 1_048_576;

/**
 * Entries of one PutEvents call.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const PUT_EVENTS_MAX_ENTRIES = 10;
