import { TTL_ATTRIBUTE } from '../../../lib/runs/constants';

const SECONDS_PER_DAY = 86_400;

/** The TTL attribute of an item, in epoch seconds. */
interface Expiry {
  readonly [TTL_ATTRIBUTE]?: number;
}

/**
 * The TTL attribute of an item that is kept for some days.
 *
 * @param now epoch milliseconds
 */
export function expiryAfter(days: number, now: number): Required<Expiry> {
  return { [TTL_ATTRIBUTE]: Math.floor(now / 1000) + days * SECONDS_PER_DAY };
}

/**
 * Whether an item has expired. DynamoDB deletes it within days, so readers check.
 *
 * @param now epoch milliseconds
 */
export function isExpired(item: Expiry, now: number): boolean {
  const expiry = item[TTL_ATTRIBUTE];
  return expiry !== undefined && expiry * 1000 <= now;
}
