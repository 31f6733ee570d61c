import type { AttributeValue, CancellationReason } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './item';

/** An error of DynamoDB, by whatever transport. */
interface DynamoDbError {
  readonly name?: string;
  readonly Item?: Record<string, AttributeValue>;
  readonly CancellationReasons?: readonly CancellationReason[];
}

const THROTTLED: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
]);
/** The same as the reason for which a transaction was cancelled. */
const THROTTLED_REASONS: ReadonlySet<string> = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Whether the condition of a write failed, or of any write of a transaction. */
export function isConditionFailed(error: unknown): boolean {
  return named(error) === 'ConditionalCheckFailedException' || failedConditions(error).includes(true);
}

/** For each write of a cancelled transaction, whether its condition failed. Empty for any other error. */
export function failedConditions(error: unknown): readonly boolean[] {
  return reasons(error).map(({ Code }) => Code === 'ConditionalCheckFailed');
}

/**
 * The item that existed when the condition of a write failed, where the write has `returnExisting`.
 *
 * @param index number of the write within its transaction, from 0
 */
export function existingItem(error: unknown, index = 0): Item | undefined {
  const item = named(error) === 'ConditionalCheckFailedException' ? (error as DynamoDbError).Item : reasons(error)[index]?.Item;
  return item && unmarshall(item);
}

/** Whether a write was not made because a transaction on the same item was in progress. */
export function isConflict(error: unknown): boolean {
  if (named(error) === 'TransactionConflictException') return true;
  return !isConditionFailed(error) && reasons(error).some(({ Code }) => Code === 'TransactionConflict');
}

/** Whether a request was throttled, and nothing written. */
export function isThrottled(error: unknown): boolean {
  return THROTTLED.has(named(error));
}

/** Whether a transaction was cancelled because one of its items is throttled. The SDK does not retry that. */
export function isThrottledTransaction(error: unknown): boolean {
  return !isConditionFailed(error) && reasons(error).some(({ Code = '' }) => THROTTLED_REASONS.has(Code));
}

function named(error: unknown): string {
  return (error as DynamoDbError | undefined)?.name ?? '';
}

function reasons(error: unknown): readonly CancellationReason[] {
  if (named(error) !== 'TransactionCanceledException') return [];
  return (error as DynamoDbError).CancellationReasons ?? [];
}
