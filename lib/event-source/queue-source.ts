import { Annotations, type Duration, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  QUEUE_BATCH_SIZE,
  QUEUE_CONCURRENCY,
  QUEUE_VISIBILITY_TIMEOUT_DEFAULT_SECONDS,
  QUEUE_VISIBILITY_TIMEOUT_FACTOR,
} from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { lengthOf } from '../private/tokens';
import type { BatchOptions } from './batch-options';
import { claimSource, requireNoSkipping, requireValidBatches } from './source-rules';

/** Options of a queue that invokes a function. */
export interface QueueSourceOptions extends BatchOptions {
  /**
   * Maximum number of concurrent invocations: 2 to 1,000.
   *
   * @default - the limit of the account
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly maxConcurrency?: number;

  /**
   * Whether the queue may lack a dead-letter queue. A message that always fails is then delivered again until it expires.
   *
   * @default false
   */
  readonly allowNoDeadLetterQueue?: boolean;
}

/**
 * Queue that invokes a function. Messages that failed are delivered again, and go to the queue's dead-letter queue in the end.
 *
 * @internal
 */
export class QueueSource implements lambda.IEventSource {
  public constructor(
    private readonly queue: sqs.IQueue,
    private readonly options: QueueSourceOptions,
  ) {}

  public bind(target: lambda.IFunction): void {
    const { batchSize, maxBatchingWindow, filters, filterEncryption, metricsConfig, enabled, maxConcurrency } = this.options;
    const fn = requireNoSkipping(target, 'queue messages');
    const window = maxBatchingWindow && lengthOf('maxBatchingWindow', maxBatchingWindow, 'seconds', target);
    const hasWindow = window !== undefined && (Token.isUnresolved(window) || window > 0);
    if (this.queue.fifo && hasWindow) {
      const got = Token.isUnresolved(window) ? 'a token' : `${window} seconds`;
      throw new ValidationError(`maxBatchingWindow must not be set for a FIFO queue, got: ${got}`, target);
    }
    requireValidBatches(target, this.options, hasWindow ? QUEUE_BATCH_SIZE.maxWithWindow : QUEUE_BATCH_SIZE.max);
    requireIntegerBetween('maxConcurrency of a queue', maxConcurrency, QUEUE_CONCURRENCY.min, QUEUE_CONCURRENCY.max, target);
    const resource = this.queue.node.defaultChild;
    // Nothing is known about an imported queue.
    if (resource instanceof sqs.CfnQueue) {
      this.requireDeadLetterQueue(target, resource);
      requireVisibilityTimeout(target, fn?.timeout, resource, window);
    }
    claimSource(target, 'EventSource.queue', this.queue);
    target.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize,
        maxBatchingWindow: hasWindow ? maxBatchingWindow : undefined,
        maxConcurrency,
        filters,
        filterEncryption,
        metricsConfig,
        enabled,
        reportBatchItemFailures: true,
      }),
    );
  }

  private requireDeadLetterQueue(target: lambda.IFunction, resource: sqs.CfnQueue): void {
    if (this.options.allowNoDeadLetterQueue || resource.redrivePolicy !== undefined) return;
    throw new ValidationError(
      `EventSource.queue requires a queue with a dead-letter queue, got: ${formatValue(this.queue.node.path)}; set its deadLetterQueue: { queue, maxReceiveCount: 5 }, or allowNoDeadLetterQueue: true`,
      target,
    );
  }
}

/** Messages must stay invisible while the function handles them, or they are delivered twice. */
function requireVisibilityTimeout(
  target: lambda.IFunction,
  timeout: Duration | undefined,
  resource: sqs.CfnQueue,
  window: number = 0,
): void {
  const visibility = resource.visibilityTimeout ?? QUEUE_VISIBILITY_TIMEOUT_DEFAULT_SECONDS;
  if (!timeout || timeout.isUnresolved() || Token.isUnresolved(visibility)) return;
  // A window that only the deploy knows may be 0 seconds.
  const known = Token.isUnresolved(window) ? 0 : window;
  const recommended = QUEUE_VISIBILITY_TIMEOUT_FACTOR * timeout.toSeconds() + known;
  const remedy = `got: ${visibility} seconds; set visibilityTimeout: Duration.seconds(${recommended})`;
  if (visibility < timeout.toSeconds()) {
    throw new ValidationError(
      `the visibility timeout of a queue must be at least the timeout of the function, ${timeout.toSeconds()} seconds, ${remedy}`,
      target,
    );
  }
  if (visibility < recommended) {
    Annotations.of(target).addWarningV2(
      'cdk-katamari:visibilityTimeout',
      `the visibility timeout of ${resource.node.path} should be ${QUEUE_VISIBILITY_TIMEOUT_FACTOR} times the function's timeout plus the batching window, or messages that wait for a throttled function are delivered again, ${remedy}`,
    );
  }
}
