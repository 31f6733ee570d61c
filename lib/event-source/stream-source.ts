import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { CONTEXT_LOCAL } from '../context/constants';
import {
  STREAM_BATCH_SIZE,
  STREAM_PARALLELIZATION,
  STREAM_RECORD_AGE_SECONDS,
  STREAM_RETRIES,
  STREAM_WINDOW_SECONDS,
} from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { requireDurationBetween } from '../private/tokens';
import type { BatchOptions } from './batch-options';
import { claimSource, deadLetterQueueOf, requireNoSkipping, requireValidBatches } from './source-rules';

const DEFAULT_RETRIES = 5;

/**
 * MiniStack ignores partial batch responses of streams and does not count retries: it gives up a whole batch by its age. With one
 * record per batch and the lowest age, only the failed record is lost.
 */
const LOCAL_PROPS = { batchSize: 1, maxRecordAge: Duration.seconds(STREAM_RECORD_AGE_SECONDS.min) };

/** Options of a stream that invokes a function. */
export interface StreamSourceOptions extends BatchOptions {
  /**
   * Position at which reading starts when the source is deployed: TRIM_HORIZON or LATEST. LATEST misses records that arrive while
   * the source is created.
   *
   * @default lambda.StartingPosition.TRIM_HORIZON
   */
  readonly startingPosition?: lambda.StartingPosition;

  /**
   * Retries of a failed record: 0 to 10,000. Each retry halves the batch, so that the other records of the batch succeed.
   *
   * @default 5
   */
  readonly retryAttempts?: number;

  /**
   * Maximum age of a record that is retried: 60 seconds to 7 days.
   *
   * @default - the retention of the stream
   */
  readonly maxRecordAge?: Duration;

  /**
   * Window of time over which the function keeps a state of a shard: 0 to 900 seconds.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
   */
  readonly tumblingWindow?: Duration;

  /**
   * Concurrent batches of one shard: 1 to 10. Records with the same key stay in order.
   *
   * @default 1
   */
  readonly parallelizationFactor?: number;

  /**
   * Queue that is notified of records that failed in every attempt. The message contains their shard and sequence numbers, not their
   * data.
   *
   * @default - the dead-letter queue of the function, which is that of its group unless it has one of its own
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/** Kind of a stream, with the names that messages use. */
interface StreamKind {
  readonly source: string;
  readonly records: string;
  readonly make: (target: lambda.IFunction, props: sources.StreamEventSourceProps) => lambda.IEventSource;
}

/**
 * Stream that invokes a function. Failed records are retried a number of times; then the dead-letter queue is notified.
 *
 * @internal
 */
export class StreamSource implements lambda.IEventSource {
  public static ofTable(table: dynamodb.ITable, options: StreamSourceOptions): StreamSource {
    const make: StreamKind['make'] = (target, props) => {
      claimSource(target, 'EventSource.table', table);
      if (!table.tableStreamArn) {
        throw new ValidationError(
          `EventSource.table requires a table with a stream, got: ${formatValue(table.node.path)}; set its stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES`,
          target,
        );
      }
      return new sources.DynamoEventSource(table, props);
    };
    return new StreamSource({ source: 'EventSource.table', records: 'table changes', make }, options);
  }

  public static ofStream(stream: kinesis.IStream, options: StreamSourceOptions): StreamSource {
    const make: StreamKind['make'] = (target, props) => {
      claimSource(target, 'EventSource.stream', stream);
      return new sources.KinesisEventSource(stream, props);
    };
    return new StreamSource({ source: 'EventSource.stream', records: 'stream records', make }, options);
  }

  private constructor(
    private readonly kind: StreamKind,
    private readonly options: StreamSourceOptions,
  ) {}

  public bind(target: lambda.IFunction): void {
    const { source, records, make } = this.kind;
    const fn = requireNoSkipping(target, records);
    this.validate(target);
    const { startingPosition, retryAttempts, deadLetterQueue, ...others } = this.options;
    const props: sources.StreamEventSourceProps = {
      ...others,
      startingPosition: startingPosition ?? lambda.StartingPosition.TRIM_HORIZON,
      retryAttempts: retryAttempts ?? DEFAULT_RETRIES,
      onFailure: new sources.SqsDlq(deadLetterQueueOf(target, fn, deadLetterQueue, source)),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      ...(target.node.tryGetContext(CONTEXT_LOCAL) && LOCAL_PROPS),
    };
    target.addEventSource(make(target, props));
  }

  private validate(target: lambda.IFunction): void {
    const { startingPosition, retryAttempts, maxRecordAge, parallelizationFactor, tumblingWindow } = this.options;
    requireValidBatches(target, this.options, STREAM_BATCH_SIZE.max);
    if (startingPosition === lambda.StartingPosition.AT_TIMESTAMP) {
      throw new ValidationError(`startingPosition must be TRIM_HORIZON or LATEST, got: ${formatValue(startingPosition)}`, target);
    }
    const check = (what: string, value: number | undefined, { min, max }: { readonly min: number; readonly max: number }) =>
      requireIntegerBetween(what, value, min, max, target);
    check('retryAttempts of a stream', retryAttempts, STREAM_RETRIES);
    check('parallelizationFactor', parallelizationFactor, STREAM_PARALLELIZATION);
    if (maxRecordAge?.isUnresolved()) {
      throw new ValidationError('maxRecordAge must be known at synth, because the CDK checks its limits, got: a token', target);
    }
    requireDurationBetween('tumblingWindow', tumblingWindow, 'seconds', STREAM_WINDOW_SECONDS, target);
    requireDurationBetween('maxRecordAge', maxRecordAge, 'seconds', STREAM_RECORD_AGE_SECONDS, target);
  }
}
