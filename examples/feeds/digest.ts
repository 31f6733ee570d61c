import * as z from 'zod/mini';
import type { ItemRef, ItemStore, StoredItem } from './item-store';

/** Period of a scheduled digest. */
const WINDOW_MS = 86_400_000;
const NEWEST = 5;
/** Largest size of all titles and links, in bytes. An item of a DynamoDB table may have 400 KB. */
const TITLES_MAX_BYTES = 256 * 1024;

/** The part of an event that names the items to digest. */
const scheduled = z.object({ source: z.literal('katamari.schedule'), scheduledTime: z.iso.datetime() });
const pulled = z.object({
  id: z.string(),
  time: z.iso.datetime(),
  'detail-type': z.string(),
  detail: z.object({ feeds: z.array(z.object({ url: z.string(), newKeys: z.array(z.string()) })) }),
});

/** A digest of some items. */
interface Digest {
  /** Begins with the time of the digest, so that digests sort by time. */
  readonly id: string;
  /** The new items of one pull, or all items of a day. */
  readonly about: 'pull' | 'day';
  readonly items: number;
  /** Sorted by number of items, largest first. */
  readonly feeds: readonly DigestOfFeed[];
}

interface DigestOfFeed {
  readonly feed: string;
  readonly title: string;
  readonly items: number;
  readonly newest: readonly { readonly title: string; readonly link?: string; readonly publishedAt?: string }[];
}

/** Collaborators of a digest. */
export interface DigestDependencies {
  readonly store: Pick<ItemStore, 'get' | 'storedBetween' | 'putDigest'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Creates a digest of the items that an event names. On a schedule, and when invoked by hand, it covers the last 24 hours. The
 * same event creates the same digest with the same id, so a second delivery does no harm. Digests share no state, so that any
 * number of them can run at once.
 *
 * @throws when an event of the bus does not name the items
 */
export async function makeDigest(dependencies: DigestDependencies, event: unknown): Promise<Digest> {
  const now = dependencies.now();
  const { id, ...digest } = await digestFor(dependencies, event, now);
  if (digest.items > 0) await dependencies.store.putDigest(id, digest, now);
  return { id, ...digest };
}

async function digestFor({ store }: DigestDependencies, event: unknown, now: number): Promise<Digest> {
  if (typeof event === 'object' && event !== null && 'detail-type' in event) {
    const { id, time, detail } = pulled.parse(event);
    const refs: ItemRef[] = detail.feeds.flatMap(({ url, newKeys }) => newKeys.map((key) => ({ feed: url, key })));
    return digestOf(`${time}#pull#${id}`, 'pull', await store.get(refs));
  }
  const byClock = scheduled.safeParse(event);
  const until = byClock.success ? Date.parse(byClock.data.scheduledTime) : now;
  return digestOf(`${new Date(until).toISOString()}#day`, 'day', await store.storedBetween(until - WINDOW_MS, until));
}

/** The digest of items: their number in each feed, and the newest titles as long as there is room. */
export function digestOf(id: string, about: Digest['about'], items: readonly StoredItem[]): Digest {
  const byFeed = new Map<string, StoredItem[]>();
  for (const item of items) {
    const ofFeed = byFeed.get(item.feed);
    if (ofFeed) ofFeed.push(item);
    else byFeed.set(item.feed, [item]);
  }
  let room = TITLES_MAX_BYTES;
  const feeds = [...byFeed]
    .sort(([feedA, a], [feedB, b]) => b.length - a.length || compare(feedA, feedB))
    .map(([feed, ofFeed]): DigestOfFeed => {
      const newest = ofFeed
        .toSorted((a, b) => compare(timeOf(b), timeOf(a)) || compare(a.title, b.title))
        .slice(0, NEWEST)
        .map(({ title, link, publishedAt }) => ({ title, link, publishedAt }));
      room -= Buffer.byteLength(JSON.stringify(newest));
      return { feed, title: ofFeed[0]?.feedTitle ?? feed, items: ofFeed.length, newest: room >= 0 ? newest : [] };
    });
  return { id, about, items: items.length, feeds };
}

function timeOf(item: StoredItem): string {
  return item.publishedAt ?? item.storedAt;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
