import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { refuseUnknownOptions } from '../private/unknown-options';
import { BucketSource, type BucketSourceOptions } from './bucket-source';
import { BUCKET_OPTIONS, QUEUE_OPTIONS, SOURCE_OPTION_REMEDIES, STREAM_OPTIONS } from './option-names';
import { QueueSource, type QueueSourceOptions } from './queue-source';
import { StreamSource, type StreamSourceOptions } from './stream-source';

/**
 * Source that invokes a function with batches of records: a queue, a table, a stream or a bucket. Pass it to `fn.addEventSource`.
 *
 * The handler returns the records that failed (`batchItemFailures`), and only those are retried. Retries are bounded, and a
 * dead-letter queue receives what failed in every attempt. The batch processor of Powertools for AWS Lambda makes the response. A
 * batch is one run, which is Completed even when some of its records failed.
 *
 * @see https://docs.aws.amazon.com/powertools/typescript/latest/features/batch/
 */
export class EventSource implements lambda.IEventSource {
  /** Queue with a dead-letter queue. Its visibility timeout should be 6 times the timeout of the function. */
  public static queue(queue: sqs.IQueue, options: QueueSourceOptions = {}): EventSource {
    refuseUnknownOptions('EventSource.queue', options, QUEUE_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new EventSource(new QueueSource(queue, options));
  }

  /** Changes of a DynamoDB table that has a stream. */
  public static table(table: dynamodb.ITable, options: StreamSourceOptions = {}): EventSource {
    refuseUnknownOptions('EventSource.table', options, STREAM_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new EventSource(StreamSource.ofTable(table, options));
  }

  /** Kinesis stream. */
  public static stream(stream: kinesis.IStream, options: StreamSourceOptions = {}): EventSource {
    refuseUnknownOptions('EventSource.stream', options, STREAM_OPTIONS, undefined, SOURCE_OPTION_REMEDIES);
    return new EventSource(StreamSource.ofStream(stream, options));
  }

  /**
   * Events of a bucket, delivered through EventBridge and a queue. The body of each record is the event as JSON, with
   * `detail.bucket.name` and `detail.object.key`.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
   */
  public static bucket(bucket: s3.IBucket, options: BucketSourceOptions = {}): EventSource {
    refuseUnknownOptions('EventSource.bucket', options, BUCKET_OPTIONS);
    return new EventSource(new BucketSource(bucket, options));
  }

  private constructor(private readonly source: lambda.IEventSource) {}

  /**
   * Makes the source invoke a function. Called by `addEventSource`.
   *
   * @throws when an option breaks a limit of AWS, there is no dead-letter queue, or the function skips runs
   */
  public bind(target: lambda.IFunction): void {
    this.source.bind(target);
  }
}
