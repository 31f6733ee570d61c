// Name that constructs and handlers share about events. No import of aws-cdk-lib here.

/** Environment variable with the name of the event bus that a function publishes on. */
export const ENV_EVENT_BUS = 'KATAMARI_EVENT_BUS';
