import type { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** Batches in which an event source invokes a function. */
export interface BatchOptions {
  /**
   * Maximum number of records of one invocation.
   *
   * @default - 10 for a queue or a bucket, 100 for a table or a stream
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
   */
  readonly batchSize?: number;

  /**
   * Maximum time to gather a batch: 0 to 300 seconds.
   *
   * @default - none
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Patterns of the records that invoke the function, made with `lambda.FilterCriteria.filter`. Other records are skipped, and
   * deleted from a queue. At most 10, or 5 until AWS raises the quota of the account.
   *
   * @default - every record
   */
  readonly filters?: { [key: string]: any }[];

  /**
   * Key that encrypts the filters. Lambda must be allowed to decrypt with it in its key policy.
   *
   * @default - a key of Lambda
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
   */
  readonly filterEncryption?: kms.IKey;

  /**
   * Metrics of the source, beside those of the function.
   *
   * @default - none
   */
  readonly metricsConfig?: lambda.MetricsConfig;

  /**
   * Whether the source invokes the function.
   *
   * @default true
   */
  readonly enabled?: boolean;
}
