import { Annotations, Duration, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import type { BatchOptions } from './batch-options';
import { requireNoSkipping, requireValidBatches } from './source-rules';

/** Most messages of a batch that is not waited for, or of a FIFO queue. */
const BATCH_WITHOUT_WINDOW = 10;
const BATCH_WITH_WINDOW = 10_000;

/** How a queue invokes a function. */
export interface QueueSourceOptions extends BatchOptions {
  /**
   * Most invocations at a time: 2 to 1,000.
   *
   * @default - as many as the account allows
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly maxConcurrency?: number;

  /**
   * Whether the queue may be without a dead-letter queue: a message that always fails then comes again until the queue drops it.
   *
   * @default false
   */
  readonly allowNoDeadLetterQueue?: boolean;
}

/**
 * A queue that invokes a function: what failed of a batch comes again, and at last goes to the queue's dead-letter queue.
 *
 * @internal
 */
export class QueueSource implements lambda.IEventSource {
  public constructor(
    private readonly queue: sqs.IQueue,
    private readonly options: QueueSourceOptions,
  ) {}

  public bind(target: lambda.IFunction): void {
    const { batchSize, maxBatchingWindow, filters, enabled, maxConcurrency } = this.options;
    const fn = requireNoSkipping(target, 'a queue');
    const waits = maxBatchingWindow !== undefined && maxBatchingWindow.toSeconds() > 0;
    if (this.queue.fifo && waits) {
      throw new ValidationError(
        `a FIFO queue has no batching window, got: ${formatValue(maxBatchingWindow.toSeconds())} seconds`,
        target,
      );
    }
    requireValidBatches(target, this.options, waits ? BATCH_WITH_WINDOW : BATCH_WITHOUT_WINDOW);
    requireIntegerBetween('maxConcurrency of a queue', maxConcurrency, 2, 1000, target);
    const resource = this.queue.node.defaultChild;
    // Of a queue that is not of this app nothing is known.
    if (resource instanceof sqs.CfnQueue) {
      this.requireDeadLetterQueue(target, resource);
      requireTimeToEnd(target, fn?.timeout, resource, maxBatchingWindow);
    }
    target.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize,
        maxBatchingWindow: waits ? maxBatchingWindow : undefined,
        maxConcurrency,
        filters,
        enabled,
        reportBatchItemFailures: true,
      }),
    );
  }

  private requireDeadLetterQueue(target: lambda.IFunction, resource: sqs.CfnQueue): void {
    if (this.options.allowNoDeadLetterQueue || resource.redrivePolicy !== undefined) return;
    throw new ValidationError(
      `a queue that invokes a function must have a dead-letter queue: give it deadLetterQueue: { queue, maxReceiveCount: 5 }, or say allowNoDeadLetterQueue: true, got none for ${formatValue(this.queue.node.path)}`,
      target,
    );
  }
}

/**
 * Messages that are being worked on must not come back meanwhile.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
function requireTimeToEnd(
  target: lambda.IFunction,
  timeout: Duration | undefined,
  resource: sqs.CfnQueue,
  window: Duration = Duration.seconds(0),
): void {
  const visible = resource.visibilityTimeout ?? 30;
  if (!timeout || timeout.isUnresolved() || Token.isUnresolved(visible)) return;
  const wanted = 6 * timeout.toSeconds() + window.toSeconds();
  const remedy = `give it visibilityTimeout: Duration.seconds(${wanted}), got: ${visible} seconds`;
  if (visible < timeout.toSeconds()) {
    throw new ValidationError(
      `the visibility timeout of a queue must not be shorter than the timeout of the function, ${timeout.toSeconds()} seconds: ${remedy}`,
      target,
    );
  }
  if (visible < wanted) {
    Annotations.of(target).addWarningV2(
      'cdk-katamari:visibilityTimeout',
      `the visibility timeout of ${resource.node.path} should be 6 times the function's timeout and the batching window, or messages come again while their first delivery waits for room to run: ${remedy}`,
    );
  }
}
