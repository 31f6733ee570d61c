import { createHash } from 'node:crypto';
import { Annotations, Duration, Fn, Names, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  BATCHING_WINDOW_SECONDS,
  FUNCTION_TIMEOUT_DEFAULT_SECONDS,
  QUEUE_RECEIVE_COUNT,
  QUEUE_VISIBILITY_TIMEOUT_FACTOR,
} from '../limits/constants';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { lengthOf } from '../private/tokens';
import type { BatchOptions } from './batch-options';
import { QueueSource } from './queue-source';
import { deadLetterQueueOf, requireNoSkipping } from './source-rules';

/** AWS recommends 5 or more, because a throttled delivery counts. */
const DEFAULT_RECEIVE_COUNT = 5;

/** Event of an object in a bucket. */
export enum BucketEvent {
  /** The object was written, in one or several parts, or copied. */
  OBJECT_CREATED = 'Object Created',
  /** The object was deleted, by a request or by the lifecycle of the bucket. */
  OBJECT_DELETED = 'Object Deleted',
  /** The object was restored from an archive. */
  OBJECT_RESTORE_COMPLETED = 'Object Restore Completed',
  /** Tags of the object were set. */
  OBJECT_TAGS_ADDED = 'Object Tags Added',
  /** Tags of the object were deleted. */
  OBJECT_TAGS_DELETED = 'Object Tags Deleted',
}

/** Options of a bucket that invokes a function. */
export interface BucketSourceOptions extends BatchOptions {
  /**
   * Events that invoke the function.
   *
   * @default [BucketEvent.OBJECT_CREATED]
   */
  readonly events?: BucketEvent[];

  /**
   * Prefix of the object key.
   *
   * @default - any key
   */
  readonly prefix?: string;

  /**
   * Suffix of the object key.
   *
   * @default - any key
   */
  readonly suffix?: string;

  /**
   * Deliveries of an event before it goes to the dead-letter queue: 1 to 1,000.
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Maximum number of concurrent invocations: 2 to 1,000.
   *
   * @default - the limit of the account
   */
  readonly maxConcurrency?: number;

  /**
   * Queue for events that failed in every attempt.
   *
   * @default - the dead-letter queue of the function, which is that of its group unless it has one of its own
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/**
 * Bucket whose events invoke a function through EventBridge and a queue. Events wait in the queue while the function is throttled,
 * are delivered again when it fails, and go to the dead-letter queue in the end.
 *
 * The bucket's own notifications would make a circle: the permission of the function requires the ARN of the bucket, and the bucket
 * requires the permission. The CDK breaks that circle with a custom resource.
 *
 * @internal
 */
export class BucketSource implements lambda.IEventSource {
  public constructor(
    private readonly bucket: s3.IBucket,
    private readonly options: BucketSourceOptions,
  ) {}

  public bind(target: lambda.IFunction): void {
    const { maxReceiveCount = DEFAULT_RECEIVE_COUNT, deadLetterQueue, events: names, prefix, suffix, ...batches } = this.options;
    requireIntegerBetween('maxReceiveCount', maxReceiveCount, QUEUE_RECEIVE_COUNT.min, QUEUE_RECEIVE_COUNT.max, target);
    const fn = requireNoSkipping(target, 'bucket events');
    const dead = deadLetterQueueOf(target, fn, deadLetterQueue, 'EventSource.bucket');
    this.sendToEventBridge(target);

    const id = this.idFor(target);
    const queue = new sqs.Queue(target, id, {
      enforceSSL: true,
      visibilityTimeout: visibilityTimeoutFor(target, fn?.timeout, batches.maxBatchingWindow),
      deadLetterQueue: { queue: dead, maxReceiveCount },
    });
    new events.Rule(queue, 'Rule', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: names ?? [BucketEvent.OBJECT_CREATED],
        detail: { bucket: { name: [this.bucket.bucketName] }, ...keyPattern(prefix, suffix) },
      },
      targets: [new targets.SqsQueue(queue)],
    });
    new QueueSource(queue, batches).bind(target);
  }

  /**
   * The first source of a bucket has an id without its options, so that a change of them keeps the queue. Further ones of the same
   * function differ by what they match.
   */
  private idFor(target: lambda.IFunction): string {
    const first = `BucketEvents${Names.nodeUniqueId(this.bucket.node)}`;
    if (!target.node.tryFindChild(first)) return first;
    const { events: names, prefix, suffix } = this.options;
    const matched = JSON.stringify(Stack.of(target).resolve([[...(names ?? [])].sort(), prefix, suffix]));
    const id = `${first}${createHash('sha256').update(matched).digest('hex').slice(0, 8)}`;
    if (!target.node.tryFindChild(id)) return id;
    throw new ValidationError(
      `EventSource.bucket must differ in events, prefix or suffix from the other sources of a function with the same bucket, got twice: ${formatValue(this.bucket.node.path)}; remove one`,
      target,
    );
  }

  private sendToEventBridge(target: lambda.IFunction): void {
    const resource = this.bucket.node.defaultChild;
    if (!(resource instanceof s3.CfnBucket)) {
      Annotations.of(target).addWarningV2(
        `cdk-katamari:bucketOfAnotherApp:${Names.nodeUniqueId(this.bucket.node)}`,
        `the bucket ${this.bucket.node.path} is imported; turn on its events to EventBridge, or the function never runs`,
      );
      return;
    }
    // A bucket with CDK notifications gets its configuration from the CDK's custom resource, which would overwrite this one.
    if (this.bucket.node.tryFindChild('Notifications')) {
      this.bucket.enableEventBridgeNotification();
      return;
    }
    const existing = Stack.of(this.bucket).resolve(resource.notificationConfiguration);
    if (existing !== undefined && !existing.eventBridgeConfiguration) {
      throw new ValidationError(
        `EventSource.bucket requires a bucket that sends its events to EventBridge, got: '${this.bucket.node.path}' with only ${Object.keys(existing).join(', ')}; add eventBridgeConfiguration to its notifications`,
        target,
      );
    }
    resource.notificationConfiguration = existing ?? { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    target.node.addValidation({
      validate: () =>
        this.bucket.node.tryFindChild('Notifications')
          ? [
              `notifications must be added to a bucket before EventSource.bucket, because they replace its events to EventBridge, got: '${this.bucket.node.path}'; add them first, or set eventBridgeEnabled: true on the bucket`,
            ]
          : [],
    });
  }
}

/** CloudFormation has no arithmetic, so the sum must be known at synth. */
function visibilityTimeoutFor(target: lambda.IFunction, timeout: Duration | undefined, window: Duration | undefined): Duration {
  if (timeout?.isUnresolved()) {
    throw new ValidationError(
      `EventSource.bucket requires a function whose timeout is known at synth, because the visibility timeout of its queue is ${QUEUE_VISIBILITY_TIMEOUT_FACTOR} times as long, got: a token; use a known timeout, or EventSource.queue with a queue of your own`,
      target,
    );
  }
  const seconds = window ? lengthOf('maxBatchingWindow', window, 'seconds', target) : 0;
  const longest = Token.isUnresolved(seconds) ? BATCHING_WINDOW_SECONDS.max : seconds;
  return Duration.seconds(QUEUE_VISIBILITY_TIMEOUT_FACTOR * (timeout?.toSeconds() ?? FUNCTION_TIMEOUT_DEFAULT_SECONDS) + longest);
}

function keyPattern(prefix?: string, suffix?: string): { object?: { key: unknown[] } } {
  if (prefix && suffix) return { object: { key: [{ wildcard: `${escapeWildcards(prefix)}*${escapeWildcards(suffix)}` }] } };
  if (prefix) return { object: { key: [{ prefix }] } };
  return suffix ? { object: { key: [{ suffix }] } } : {};
}

function escapeWildcards(text: string): string {
  if (!Token.isUnresolved(text)) return text.replace(/[\\*]/g, '\\$&');
  // CloudFormation replaces text by splitting and joining.
  return ['\\', '*'].reduce((escaped, wildcard) => Fn.join(`\\${wildcard}`, Fn.split(wildcard, escaped)), text);
}
