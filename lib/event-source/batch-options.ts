import type { Duration } from 'aws-cdk-lib';

/** What a function gets of a source at a time. */
export interface BatchOptions {
  /**
   * Most records of one invocation.
   *
   * @default - 10 of a queue or a bucket, 100 of a stream
   * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
   */
  readonly batchSize?: number;

  /**
   * Longest wait for a batch to fill: 0 to 300 seconds.
   *
   * @default - none
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Patterns of the records to run on, each as `lambda.FilterCriteria.filter` makes it; other records are passed over, and those
   * of a queue deleted. At most 10; an account may have 5 until AWS raises its quota.
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
