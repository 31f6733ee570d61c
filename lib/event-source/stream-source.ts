import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { CONTEXT_LOCAL } from '../context/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import type { BatchOptions } from './batch-options';
import { deadLetterQueueOf, requireNoSkipping, requireValidBatches } from './source-rules';

const MAX_BATCH = 10_000;
const RETRY_ATTEMPTS = 5;
const MAX_RETRY_ATTEMPTS = 10_000;
/** Limits of the age of a record, in seconds: a minute and a week. */
const MIN_RECORD_AGE = 60;
const MAX_RECORD_AGE = 604_800;

/** How a stream invokes a function. */
export interface StreamSourceOptions extends BatchOptions {
  /**
   * Where reading starts when the source is deployed: TRIM_HORIZON or LATEST. LATEST misses what comes in while the source is
   * being made.
   *
   * @default lambda.StartingPosition.TRIM_HORIZON
   */
  readonly startingPosition?: lambda.StartingPosition;

  /**
   * Times that a record which failed comes again: 0 to 10,000. The batch is halved each time, so that its neighbours get past.
   *
   * @default 5
   */
  readonly retryAttempts?: number;

  /**
   * Oldest that a record may be to come again: 60 seconds to 7 days.
   *
   * @default - as long as the stream keeps it
   */
  readonly maxRecordAge?: Duration;

  /**
   * Batches of one shard that are worked on at a time: 1 to 10. Records of one key stay in order.
   *
   * @default 1
   */
  readonly parallelizationFactor?: number;

  /**
   * Queue that is told of records which failed in every attempt: of which shard they are and their sequence numbers, not what is
   * in them.
   *
   * @default - the dead-letter queue of the function's group
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/**
 * A stream that invokes a function: what failed of a batch comes again a number of times, and then the dead-letter queue is told.
 *
 * @internal
 */
export class StreamSource implements lambda.IEventSource {
  public static ofTable(table: dynamodb.ITable, options: StreamSourceOptions): StreamSource {
    return new StreamSource('a table', options, (target, props) => {
      if (!table.tableStreamArn) {
        throw new ValidationError(
          `a table that invokes a function must have a stream: give it stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES, got none for ${formatValue(table.node.path)}`,
          target,
        );
      }
      return new sources.DynamoEventSource(table, props);
    });
  }

  public static ofStream(stream: kinesis.IStream, options: StreamSourceOptions): StreamSource {
    return new StreamSource('a stream', options, (_target, props) => new sources.KinesisEventSource(stream, props));
  }

  private constructor(
    private readonly what: string,
    private readonly options: StreamSourceOptions,
    private readonly make: (target: lambda.IFunction, props: sources.StreamEventSourceProps) => lambda.IEventSource,
  ) {}

  public bind(target: lambda.IFunction): void {
    const fn = requireNoSkipping(target, this.what);
    this.validate(target);
    const { startingPosition, retryAttempts, deadLetterQueue, ...others } = this.options;
    const props: sources.StreamEventSourceProps = {
      ...others,
      startingPosition: startingPosition ?? lambda.StartingPosition.TRIM_HORIZON,
      retryAttempts: retryAttempts ?? RETRY_ATTEMPTS,
      onFailure: new sources.SqsDlq(deadLetterQueueOf(target, fn, deadLetterQueue, this.what)),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      ...(target.node.tryGetContext(CONTEXT_LOCAL) && ON_THIS_MACHINE),
    };
    target.addEventSource(this.make(target, props));
  }

  private validate(target: lambda.IFunction): void {
    const { startingPosition, retryAttempts, maxRecordAge, parallelizationFactor } = this.options;
    requireValidBatches(target, this.options, MAX_BATCH);
    if (startingPosition === lambda.StartingPosition.AT_TIMESTAMP) {
      throw new ValidationError(`startingPosition must be TRIM_HORIZON or LATEST, got: ${formatValue(startingPosition)}`, target);
    }
    requireIntegerBetween('retryAttempts of a stream', retryAttempts, 0, MAX_RETRY_ATTEMPTS, target);
    requireIntegerBetween('parallelizationFactor', parallelizationFactor, 1, 10, target);
    if (maxRecordAge && !maxRecordAge.isUnresolved()) {
      const seconds = maxRecordAge.toSeconds({ integral: false });
      requireIntegerBetween('maxRecordAge in seconds', seconds, MIN_RECORD_AGE, MAX_RECORD_AGE, target);
    }
  }
}

/**
 * MiniStack reads no partial responses of streams and counts no retries: it gives up a batch as a whole, and by its age alone. So
 * batches have one record there, and the shortest age.
 */
const ON_THIS_MACHINE = { batchSize: 1, maxRecordAge: Duration.seconds(MIN_RECORD_AGE) };
