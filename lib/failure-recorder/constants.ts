// Name that the construct and its handler share. Never import aws-cdk-lib here.

/** Environment variable with the URL of the queue for dead letters, set when the handler is deployed to the local engine. */
export const ENV_DEAD_LETTER_QUEUE_URL = 'KATAMARI_DEAD_LETTER_QUEUE_URL';
