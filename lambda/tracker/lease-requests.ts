import type { Expression } from '../shared/table/expression';
import { leaseKey } from '../shared/table/keys';
import type { UpdateRequest } from '../shared/table/table-client';
import type { GetRequest } from '../shared/table/table-reader';
import { leaseUntil, type RunStart } from './attempt';
import type { TrackerSettings } from './settings';

const NEXT_TOKEN = 'SET #token = if_not_exists(#version, :zero) + :one';

/**
 * Builds the requests for the lease item of a function with a limit on overlap. The item holds a set of who runs. A request
 * can add to a set and delete from it without knowing the rest, so concurrent starts only meet at the limit.
 */
export class LeaseRequests {
  public constructor(private readonly settings: TrackerSettings) {}

  /**
   * Takes a slot.
   *
   * @param leftover holder that an earlier attempt of the same invocation may have left
   */
  public take(start: RunStart, limit: number, leftover: string | undefined): UpdateRequest {
    const noLeftover = leftover === undefined ? '' : ' AND NOT contains(holders, :leftover)';
    return {
      key: this.key(),
      update: {
        text: `${NEXT_TOKEN} ADD #version :one, holders :holder`,
        names: { '#version': 'version', '#token': tokenName(holderOf(start)) },
        values: { ':zero': 0, ':one': 1, ':holder': new Set([holderOf(start)]) },
      },
      condition: {
        text: `attribute_not_exists(holders) OR (size(holders) < :limit${noLeftover})`,
        values: { ':limit': limit, ':leftover': leftover },
      },
      returnExisting: true,
    };
  }

  /**
   * Takes a slot and removes the holders that have expired. DynamoDB can't add to a set and delete from it in one request,
   * so the request writes the whole set, on condition that it is still the one that was seen.
   */
  public replace(start: RunStart, seen: readonly string[]): UpdateRequest {
    const own = holderOf(start);
    const expired = seen.filter((holder) => isExpired(holder, start) && holder !== own);
    const tokens = Object.fromEntries(expired.map((holder, index) => [`#expired${index}`, tokenName(holder)]));
    const remove = expired.length > 0 ? `REMOVE ${Object.keys(tokens).join(', ')} ` : '';
    return {
      key: this.key(),
      update: {
        text: `${NEXT_TOKEN}, holders = :holders ${remove}ADD #version :one`,
        names: { '#version': 'version', '#token': tokenName(own), ...tokens },
        values: {
          ':zero': 0,
          ':one': 1,
          ':holders': new Set([...seen.filter((holder) => !expired.includes(holder)), own]),
        },
      },
      condition: { text: 'holders = :seen', values: { ':seen': new Set(seen) } },
      returnExisting: true,
    };
  }

  /** Releases the slot. Changes nothing for a start that took none. */
  public release(start: RunStart): UpdateRequest {
    const holder = holderOf(start);
    return {
      key: this.key(),
      update: {
        text: 'DELETE holders :holder REMOVE #token',
        names: { '#token': tokenName(holder) },
        values: { ':holder': new Set([holder]) },
      },
    };
  }

  /** Reads the fencing token of a start that was made: the response of a transaction has no attributes. */
  public token(start: RunStart): GetRequest {
    const projection: Expression = { text: '#token', names: { '#token': tokenName(holderOf(start)) } };
    return { key: this.key(), consistent: true, projection };
  }

  private key() {
    return leaseKey(this.settings.functionName);
  }
}

/** Name of an attempt in the set of holders. */
export function holderOf(start: RunStart): string {
  return holderName(leaseUntil(start), start.requestId);
}

/** @param until epoch milliseconds */
export function holderName(until: number, requestId: string): string {
  return `${until}|${requestId}`;
}

/** Name of the attribute with the fencing token of a holder. */
export function tokenName(holder: string): string {
  return `token|${holder}`;
}

/** Whether a holder has expired, or is an earlier attempt of the same invocation: Lambda runs them one after the other. */
export function isExpired(holder: string, start: RunStart): boolean {
  const [until, requestId] = holder.split('|', 2);
  return Number(until) < start.now || requestId === start.requestId;
}
