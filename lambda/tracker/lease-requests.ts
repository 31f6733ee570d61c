import type { GetItemInput, Update } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LEASE_SORT_KEY, leasePartition } from '../../lib/runs/constants';
import { leaseUntil, type RunStart } from './attempt';
import type { TrackerSettings } from './settings';

type LeaseUpdate = Update & { readonly UpdateExpression: string };

/**
 * The requests for the lease item of a function with a limit on overlap. It says who runs, in a set: a request can add to
 * a set and take from it without knowing what else is there, so that starts disturb one another only at the limit.
 */
export class LeaseRequests {
  public constructor(private readonly settings: TrackerSettings) {}

  /**
   * Takes a slot.
   *
   * @param leftover what an attempt before of the same invocation may have left there
   */
  public take(start: RunStart, limit: number, leftover: string | undefined): LeaseUpdate {
    const free = `size(holders) < :limit${leftover === undefined ? '' : ' AND NOT contains(holders, :leftover)'}`;
    return {
      ...this.key(),
      UpdateExpression: `${NEXT_TOKEN} ADD #version :one, holders :holder`,
      ConditionExpression: `attribute_not_exists(holders) OR (${free})`,
      ExpressionAttributeNames: { '#version': 'version', '#token': tokenName(holderOf(start)) },
      ExpressionAttributeValues: marshall({
        ':zero': 0,
        ':one': 1,
        ':holder': new Set([holderOf(start)]),
        ':limit': limit,
        ...(leftover !== undefined && { ':leftover': leftover }),
      }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  /**
   * Takes a slot and clears away what is not going any more. DynamoDB can't add to a set and take from it in one
   * request, so the set is written as a whole, where it is still the one that was seen.
   */
  public replace(start: RunStart, seen: readonly string[]): LeaseUpdate {
    const own = holderOf(start);
    const expired = seen.filter((holder) => isExpired(holder, start) && holder !== own);
    const removed = expired.map((_, index) => `#expired${index}`);
    return {
      ...this.key(),
      UpdateExpression: `${NEXT_TOKEN}, holders = :holders ${removed.length ? `REMOVE ${removed.join(', ')} ` : ''}ADD #version :one`,
      ConditionExpression: 'holders = :seen',
      ExpressionAttributeNames: {
        '#version': 'version',
        '#token': tokenName(own),
        ...Object.fromEntries(expired.map((holder, index) => [`#expired${index}`, tokenName(holder)])),
      },
      ExpressionAttributeValues: marshall({
        ':zero': 0,
        ':one': 1,
        ':holders': new Set([...seen.filter((holder) => !expired.includes(holder)), own]),
        ':seen': new Set(seen),
      }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  /** Gives the slot back: of a start that took none it changes nothing. */
  public release(start: RunStart): LeaseUpdate {
    const holder = holderOf(start);
    return {
      ...this.key(),
      UpdateExpression: 'DELETE holders :holder REMOVE #token',
      ExpressionAttributeNames: { '#token': tokenName(holder) },
      ExpressionAttributeValues: marshall({ ':holder': new Set([holder]) }),
    };
  }

  /** Reads the fencing token of a start that was made: a transaction answers nothing. */
  public token(start: RunStart): GetItemInput {
    return {
      ...this.key(),
      ConsistentRead: true,
      ProjectionExpression: '#token',
      ExpressionAttributeNames: { '#token': tokenName(holderOf(start)) },
    };
  }

  private key() {
    return {
      TableName: this.settings.tableName,
      Key: marshall({ pk: leasePartition(this.settings.functionName), sk: LEASE_SORT_KEY }),
    };
  }
}

const NEXT_TOKEN = 'SET #token = if_not_exists(#version, :zero) + :one';

/** How the set names an attempt. */
export function holderOf(start: RunStart): string {
  return holderName(leaseUntil(start), start.requestId);
}

/** @param until epoch milliseconds */
export function holderName(until: number, requestId: string): string {
  return `${until}|${requestId}`;
}

/** The attribute with the fencing token of an attempt. */
export function tokenName(holder: string): string {
  return `token|${holder}`;
}

/** Whether a holder has expired, or is an attempt before of the same invocation: Lambda makes one after the other. */
export function isExpired(holder: string, start: RunStart): boolean {
  const [until, requestId] = holder.split('|', 2);
  return Number(until) < start.now || requestId === start.requestId;
}
