import { Annotations, Duration, Names, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { requireIntegerBetween, ValidationError } from '../private/errors';
import type { BatchOptions } from './batch-options';
import { QueueSource } from './queue-source';
import { deadLetterQueueOf, requireNoSkipping } from './source-rules';

/** How often a message comes before the dead-letter queue gets it. AWS asks for 5 or more: a throttled delivery counts. */
const DELIVERIES = 5;
/** Timeout of a function that says none, in seconds. */
const DEFAULT_TIMEOUT = 3;

/** What happened to an object of a bucket. */
export enum BucketEvent {
  /** It was written, whole or in parts, or copied. */
  OBJECT_CREATED = 'Object Created',
  /** It was deleted, by a request or by the lifecycle of the bucket. */
  OBJECT_DELETED = 'Object Deleted',
  /** It was brought back from an archive. */
  OBJECT_RESTORE_COMPLETED = 'Object Restore Completed',
  /** Its tags were set. */
  OBJECT_TAGS_ADDED = 'Object Tags Added',
  /** Its tags were taken away. */
  OBJECT_TAGS_DELETED = 'Object Tags Deleted',
}

/** How a bucket invokes a function. */
export interface BucketSourceOptions extends BatchOptions {
  /**
   * What to run on.
   *
   * @default - objects that are created
   */
  readonly events?: BucketEvent[];

  /**
   * What the key of the object starts with.
   *
   * @default - anything
   */
  readonly prefix?: string;

  /**
   * What the key of the object ends with.
   *
   * @default - anything
   */
  readonly suffix?: string;

  /**
   * Times that an event comes before the dead-letter queue gets it: 1 to 1,000.
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Most invocations at a time: 2 to 1,000.
   *
   * @default - as many as the account allows
   */
  readonly maxConcurrency?: number;

  /**
   * Queue for events that failed in every attempt.
   *
   * @default - the dead-letter queue of the function's group
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/**
 * A bucket whose events invoke a function, by way of EventBridge and a queue of their own: so that they wait when the function
 * can't take them, come again when it fails, and at last go to the dead-letter queue.
 *
 * The bucket's own notifications would need its ARN in the function's permission and the permission before the bucket: a circle,
 * that the CDK breaks with a function of its own.
 *
 * @internal
 */
export class BucketSource implements lambda.IEventSource {
  public constructor(
    private readonly bucket: s3.IBucket,
    private readonly options: BucketSourceOptions,
  ) {}

  public bind(target: lambda.IFunction): void {
    const { maxReceiveCount = DELIVERIES, deadLetterQueue, events: names, prefix, suffix, ...batches } = this.options;
    requireIntegerBetween('maxReceiveCount', maxReceiveCount, 1, 1000, target);
    const fn = requireNoSkipping(target, 'a bucket');
    const dead = deadLetterQueueOf(target, fn, deadLetterQueue, 'a bucket');
    this.sendToEventBridge(target);

    const id = `BucketEvents${Names.nodeUniqueId(this.bucket.node)}`;
    const window = batches.maxBatchingWindow?.toSeconds() ?? 0;
    const queue = new sqs.Queue(target, id, {
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(6 * (fn?.timeout?.toSeconds() ?? DEFAULT_TIMEOUT) + window),
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

  private sendToEventBridge(target: lambda.IFunction): void {
    const resource = this.bucket.node.defaultChild;
    if (!(resource instanceof s3.CfnBucket)) {
      Annotations.of(target).addWarningV2(
        `cdk-katamari:bucketOfAnotherApp:${Names.nodeUniqueId(this.bucket.node)}`,
        `the bucket ${this.bucket.node.path} is not of this app: see to it that it sends its events to EventBridge, or the function never runs`,
      );
      return;
    }
    // Where the CDK sets the notifications of the bucket, by a function of its own, it must set this one as well.
    if (this.bucket.node.tryFindChild('Notifications')) {
      this.bucket.enableEventBridgeNotification();
      return;
    }
    const set = Stack.of(this.bucket).resolve(resource.notificationConfiguration);
    if (set !== undefined && !set.eventBridgeConfiguration) {
      throw new ValidationError(
        `a bucket that invokes a function must send its events to EventBridge: set eventBridgeConfiguration beside the notifications that '${this.bucket.node.path}' has, got: ${Object.keys(set).join(', ')}`,
        target,
      );
    }
    resource.notificationConfiguration = set ?? { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    target.node.addValidation({
      validate: () =>
        this.bucket.node.tryFindChild('Notifications')
          ? [
              `notifications that are added to a bucket must come before it invokes a function, because they would switch its events off: add them first, or give the bucket eventBridgeEnabled: true, got: '${this.bucket.node.path}'`,
            ]
          : [],
    });
  }
}

function keyPattern(prefix?: string, suffix?: string): { object?: { key: unknown[] } } {
  if (prefix && suffix) return { object: { key: [{ wildcard: `${escaped(prefix)}*${escaped(suffix)}` }] } };
  if (prefix) return { object: { key: [{ prefix }] } };
  return suffix ? { object: { key: [{ suffix }] } } : {};
}

function escaped(text: string): string {
  return text.replace(/[\\*]/g, '\\$&');
}
