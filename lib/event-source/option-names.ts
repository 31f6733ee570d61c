import type { OptionNames } from '../private/unknown-options';
import type { BatchOptions } from './batch-options';
import type { BucketSourceOptions } from './bucket-source';
import type { QueueSourceOptions } from './queue-source';
import type { StreamSourceOptions } from './stream-source';

const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  batchSize: true,
  enabled: true,
  filterEncryption: true,
  filters: true,
  maxBatchingWindow: true,
  metricsConfig: true,
};

/** @internal */
export const QUEUE_OPTIONS: OptionNames<QueueSourceOptions> = {
  ...BATCH_OPTIONS,
  allowNoDeadLetterQueue: true,
  maxConcurrency: true,
};

/** @internal */
export const STREAM_OPTIONS: OptionNames<StreamSourceOptions> = {
  ...BATCH_OPTIONS,
  deadLetterQueue: true,
  maxRecordAge: true,
  parallelizationFactor: true,
  retryAttempts: true,
  startingPosition: true,
  tumblingWindow: true,
};

/** @internal */
export const BUCKET_OPTIONS: OptionNames<BucketSourceOptions> = {
  ...BATCH_OPTIONS,
  deadLetterQueue: true,
  events: true,
  maxConcurrency: true,
  maxReceiveCount: true,
  prefix: true,
  suffix: true,
};

/**
 * What to use instead of the options that the CDK's event sources have and those of this library do not.
 *
 * @internal
 */
export const SOURCE_OPTION_REMEDIES: Readonly<Record<string, string>> = {
  bisectBatchOnError: 'it is always true',
  onFailure: 'use deadLetterQueue',
  provisionedPollerConfig: "use the CDK's own event source",
  reportBatchItemFailures: 'it is always true',
  startingPositionTimestamp: 'use startingPosition: TRIM_HORIZON or LATEST',
};
