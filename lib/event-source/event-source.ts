import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { BucketSource, type BucketSourceOptions } from './bucket-source';
import { QueueSource, type QueueSourceOptions } from './queue-source';
import { StreamSource, type StreamSourceOptions } from './stream-source';

/**
 * What invokes a function with batches of records: a queue, a table, a stream or a bucket. For `fn.addEventSource`.
 *
 * Whatever it is, the handler answers with the records that failed (`batchItemFailures`), and those alone come again; retries
 * are bounded; what fails in every attempt is told to a dead-letter queue. The BatchProcessor of Powertools for AWS Lambda
 * makes the answer. A batch is one run, which is Completed when a part of it failed.
 *
 * @see https://docs.aws.amazon.com/powertools/typescript/latest/features/batch/
 */
export abstract class EventSource implements lambda.IEventSource {
  /**
   * A queue. Its visibility timeout must be 6 times the timeout of the function, and it must have a dead-letter queue.
   */
  public static queue(queue: sqs.IQueue, options: QueueSourceOptions = {}): EventSource {
    return new BoundEventSource(new QueueSource(queue, options));
  }

  /** The changes of a DynamoDB table, which must have a stream. */
  public static table(table: dynamodb.ITable, options: StreamSourceOptions = {}): EventSource {
    return new BoundEventSource(StreamSource.ofTable(table, options));
  }

  /** A Kinesis stream. */
  public static stream(stream: kinesis.IStream, options: StreamSourceOptions = {}): EventSource {
    return new BoundEventSource(StreamSource.ofStream(stream, options));
  }

  /**
   * The events of a bucket, which come by way of EventBridge and a queue: the body of each record is the event, as JSON, with
   * `detail.bucket.name` and `detail.object.key`.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
   */
  public static bucket(bucket: s3.IBucket, options: BucketSourceOptions = {}): EventSource {
    return new BoundEventSource(new BucketSource(bucket, options));
  }

  /**
   * Makes the source invoke a function. Called by `addEventSource`.
   *
   * @throws when a value breaks a limit of AWS, the source has no dead-letter queue, or the function skips runs
   */
  public abstract bind(target: lambda.IFunction): void;
}

class BoundEventSource extends EventSource {
  public constructor(private readonly source: lambda.IEventSource) {
    super();
  }

  public bind(target: lambda.IFunction): void {
    this.source.bind(target);
  }
}
