import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { ManagedFunction } from '../function/managed-function';
import { BATCHING_WINDOW_SECONDS, EVENT_SOURCE_MAX_FILTERS } from '../limits/constants';
import { setStateOf, stateOf } from '../private/construct-state';
import { formatValue, requireIntegerBetween, ValidationError } from '../private/errors';
import { requireStandard } from '../private/queue-rules';
import { requireDurationBetween } from '../private/tokens';
import type { BatchOptions } from './batch-options';

/** State of a function: the queues, tables and streams that invoke it. */
const SOURCES = 'event-sources';

/**
 * Refuses a function that records invocations as Skipped, because the records of a skipped batch would count as handled.
 *
 * @param records what the source delivers, for the message
 * @returns the function itself, also behind an alias or a version; undefined for an imported function
 *
 * @internal
 */
export function requireNoSkipping(target: lambda.IFunction, records: string): lambda.Function | undefined {
  const behind = (target as Partial<lambda.Alias | lambda.Version>).lambda ?? target;
  if (behind instanceof ManagedFunction && behind._skipsInvocations) {
    throw new ValidationError(`Overlap.skip would drop ${records}; use Overlap.allow() or Overlap.queue(1)`, target);
  }
  return behind instanceof lambda.Function ? behind : undefined;
}

/**
 * Refuses a queue, table or stream that invokes the function already: Lambda accepts one mapping for both.
 *
 * @param source name of the source, for the message
 *
 * @internal
 */
export function claimSource(target: lambda.IFunction, source: string, origin: IConstruct): void {
  const before = stateOf<ReadonlySet<IConstruct>>(target, SOURCES) ?? new Set();
  if (before.has(origin)) {
    throw new ValidationError(
      `${source} must be added to a function only once for each origin, got twice: ${formatValue(origin.node.path)}; put the filters of both into one source`,
      target,
    );
  }
  setStateOf<ReadonlySet<IConstruct>>(target, SOURCES, new Set([...before, origin]));
}

/**
 * Refuses batches that break a limit of Lambda.
 *
 * @internal
 */
export function requireValidBatches(target: lambda.IFunction, options: BatchOptions, maxBatchSize: number): void {
  const { batchSize, maxBatchingWindow, filters = [] } = options;
  requireIntegerBetween('batchSize', batchSize, 1, maxBatchSize, target);
  requireDurationBetween('maxBatchingWindow', maxBatchingWindow, 'seconds', BATCHING_WINDOW_SECONDS, target);
  if (filters.length > EVENT_SOURCE_MAX_FILTERS) {
    throw new ValidationError(
      `an event source must have at most ${EVENT_SOURCE_MAX_FILTERS} filters, got: ${filters.length}`,
      target,
    );
  }
}

/**
 * Chooses the queue for records that failed in every attempt: the given queue, otherwise the dead-letter queue of
 * the function, otherwise that of its group.
 *
 * @param source name of the source, for the message
 *
 * @internal
 */
export function deadLetterQueueOf(
  target: lambda.IFunction,
  fn: lambda.Function | undefined,
  given: sqs.IQueue | undefined,
  source: string,
): sqs.IQueue {
  const queue = given ?? fn?.deadLetterQueue ?? (fn instanceof ManagedFunction ? fn.group?.deadLetterQueue : undefined);
  requireStandard(target, `deadLetterQueue of ${source}`, queue);
  if (queue) return queue;
  throw new ValidationError(
    `${source} requires a dead-letter queue; set deadLetterQueue, or add the function to a FunctionGroup`,
    target,
  );
}
