import type { Duration } from 'aws-cdk-lib';

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
   * Whether the source invokes the function.
   *
   * @default true
   */
  readonly enabled?: boolean;
}
