import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { ManagedFunction } from '../function/managed-function';
import { requireIntegerBetween, ValidationError } from '../private/errors';
import type { BatchOptions } from './batch-options';

const MAX_FILTERS = 10;
const MAX_WINDOW_SECONDS = 300;

/**
 * Refuses a function that records invocations as Skipped: of a batch that is answered so, nobody would come again.
 *
 * @param what the source, for the message
 * @returns the function itself where the target is an alias of it, or the CDK's own
 *
 * @internal
 */
export function requireNoSkipping(target: lambda.IFunction, what: string): lambda.Function | undefined {
  const fn = functionOf(target);
  if (fn instanceof ManagedFunction && fn._skipsInvocations) {
    throw new ValidationError(
      `a function that ${what} invokes must not skip runs, because what it skips is lost: say overlap: Overlap.allow(), or Overlap.queue(1), got: Overlap.skip for '${fn.name}'`,
      target,
    );
  }
  return fn;
}

/** @internal */
export function functionOf(target: lambda.IFunction): lambda.Function | undefined {
  const fn = target instanceof lambda.Alias ? target.lambda : target;
  return fn instanceof lambda.Function ? fn : undefined;
}

/**
 * @param largest most records of a batch
 *
 * @internal
 */
export function requireValidBatches(target: lambda.IFunction, options: BatchOptions, largest: number): void {
  requireIntegerBetween('batchSize', options.batchSize, 1, largest, target);
  const { maxBatchingWindow: window, filters = [] } = options;
  if (window && !window.isUnresolved()) {
    requireIntegerBetween('maxBatchingWindow in seconds', window.toSeconds({ integral: false }), 0, MAX_WINDOW_SECONDS, target);
  }
  if (filters.length > MAX_FILTERS) {
    throw new ValidationError(`a source may have ${MAX_FILTERS} filters, got: ${filters.length}`, target);
  }
}

/**
 * The queue for what failed in every attempt: the one that was given, else that of the function's group.
 *
 * @internal
 */
export function deadLetterQueueOf(
  target: lambda.IFunction,
  fn: lambda.Function | undefined,
  given: sqs.IQueue | undefined,
  what: string,
): sqs.IQueue {
  const queue = given ?? (fn instanceof ManagedFunction ? fn.group?.deadLetterQueue : undefined);
  if (queue) return queue;
  throw new ValidationError(
    `${what} that invokes a function must have a dead-letter queue: give the source deadLetterQueue, or put the function into a group, got neither`,
    target,
  );
}
