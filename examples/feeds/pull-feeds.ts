import type { EventToEmit } from 'cdk-katamari/runtime';
import { decodeDocument } from './decode';
import { FeedError, type FeedErrorReason } from './feed-error';
import type { FetchedDocument } from './fetch-feed';
import type { ItemStore } from './item-store';
import { mapLimited } from './map-limited';
import { FAILED_EVENT, PULLED_EVENT } from './names';
import { type ParsedFeed, readFeed } from './parse-feed';

const PARALLEL_FEEDS = 6;
/**
 * Largest data of one event, in bytes. EventBridge takes 1 MB; this leaves room for what it wraps around it on the way to a
 * function, and bills as few 64 KB chunks as the keys need.
 */
const EVENT_MAX_BYTES = 256 * 1024;

/** A feed that was pulled. */
interface PulledFeed {
  readonly url: string;
  readonly title: string;
  readonly format: ParsedFeed['format'];
  /** Items in the feed. */
  readonly items: number;
  /** Items that could not be told from others, and were left out. */
  readonly unidentified: number;
  /** Items that were not known before. */
  readonly newItems: number;
}

/** A feed that could not be pulled. */
interface FailedFeed {
  readonly url: string;
  readonly reason: FeedErrorReason;
  readonly message: string;
}

/** What one pull found. */
export interface PullSummary {
  readonly pull: string;
  readonly source: string;
  readonly newItems: number;
  readonly feeds: readonly PulledFeed[];
  readonly failed: readonly FailedFeed[];
}

/** The keys of the items of one feed that were not known before. */
interface NewItems {
  readonly url: string;
  readonly newKeys: readonly string[];
}

/** The data of the event that says that a pull has ended. A pull with very many new items is told in several parts. */
interface PulledEventData {
  readonly pull: string;
  readonly source: string;
  /** 1 for the first. */
  readonly part: number;
  readonly parts: number;
  /** New items of the whole pull. */
  readonly newItems: number;
  /** Feeds of the whole pull that could not be read. */
  readonly failedFeeds: number;
  /** The new items of this part. */
  readonly feeds: readonly NewItems[];
}

/** What a pull works with. */
export interface PullParts {
  readonly feeds: readonly string[];
  readonly source: string;
  readonly fetchDocument: (url: string) => Promise<FetchedDocument>;
  readonly store: Pick<ItemStore, 'addNew'>;
  readonly emitAll: (events: readonly EventToEmit[]) => Promise<unknown>;
  readonly warn: (message: string, fields: Record<string, unknown>) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No feed could be read: more likely our own network than every one of them. */
export class AllFeedsFailed extends Error {
  public constructor(failed: readonly FailedFeed[]) {
    super(`none of ${failed.length} feeds could be read, the first was ${failed[0]?.url}: ${failed[0]?.message}`);
    this.name = 'AllFeedsFailed';
  }
}

/**
 * Pulls every feed, stores what is new, and says so by events. A feed that can't be read is reported; it stops no other.
 *
 * @param pull names the pull, and is the same in each attempt of it
 * @throws AllFeedsFailed; any error of the table or the bus, so that the run fails and is tried again
 */
export async function pullFeeds(parts: PullParts, pull: string): Promise<PullSummary> {
  const outcomes = await mapLimited(parts.feeds, PARALLEL_FEEDS, (url) => pullFeed(parts, url, pull));
  const pulled = outcomes.filter((outcome) => 'newKeys' in outcome);
  const failed = outcomes.filter((outcome) => 'reason' in outcome);
  for (const { url, reason, message } of failed) parts.warn('feed failed', { pull, feed: url, reason, error: message });
  const summary: PullSummary = {
    pull,
    source: parts.source,
    newItems: pulled.reduce((sum, { newKeys }) => sum + newKeys.length, 0),
    feeds: pulled.map(({ feed }) => feed),
    failed,
  };
  const news = pulled.map(({ feed, newKeys }) => ({ url: feed.url, newKeys }));
  await parts.emitAll([
    ...failed.map((failure) => ({ name: FAILED_EVENT, data: { pull, source: parts.source, ...failure } })),
    // Where every feed failed, nothing was pulled.
    ...(pulled.length > 0 ? pulledEvents(summary, news).map((data) => ({ name: PULLED_EVENT, data })) : []),
  ]);
  if (pulled.length === 0) throw new AllFeedsFailed(failed);
  return summary;
}

interface Pulled {
  readonly feed: PulledFeed;
  readonly newKeys: readonly string[];
}

async function pullFeed(parts: PullParts, url: string, pull: string): Promise<Pulled | FailedFeed> {
  try {
    const document = await parts.fetchDocument(url);
    const { title, format, items, unidentified } = readFeed(decodeDocument(document.bytes, document.contentType), document.url);
    const newKeys = await parts.store.addNew({ url, title }, items, pull, parts.now());
    return { feed: { url, title, format, items: items.length, unidentified, newItems: newKeys.length }, newKeys };
  } catch (error) {
    if (error instanceof FeedError) return { url, reason: error.reason, message: error.message };
    throw error;
  }
}

/**
 * The data of the events that say that a pull has ended: one, also when nothing was new, so that whoever waits for it can
 * tell that from no pull at all; more where the keys of the new items do not fit into one.
 *
 * @param maxBytes largest data of one event, exceeded only where one key does
 */
export function pulledEvents(
  { pull, source, newItems, failed }: PullSummary,
  news: readonly NewItems[],
  maxBytes = EVENT_MAX_BYTES,
): PulledEventData[] {
  const dataOf = (feeds: readonly NewItems[], part: number, parts: number): PulledEventData => ({
    pull,
    source,
    part,
    parts,
    newItems,
    failedFeeds: failed.length,
    feeds,
  });
  const empty = jsonBytes(dataOf([], Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
  let chunk: { url: string; newKeys: string[] }[] = [];
  const chunks = [chunk];
  let bytes = empty;
  for (const { url, newKeys } of news) {
    let ofFeed: string[] | undefined;
    for (const key of newKeys) {
      // The comma counts as well.
      const keyBytes = jsonBytes(key) + 1;
      const feedBytes = jsonBytes({ url, newKeys: [] }) + 1;
      if (bytes > empty && bytes + keyBytes + (ofFeed ? 0 : feedBytes) > maxBytes) {
        chunk = [];
        chunks.push(chunk);
        bytes = empty;
        ofFeed = undefined;
      }
      if (!ofFeed) {
        ofFeed = [];
        chunk.push({ url, newKeys: ofFeed });
        bytes += feedBytes;
      }
      ofFeed.push(key);
      bytes += keyBytes;
    }
  }
  return chunks.map((feeds, index) => dataOf(feeds, index + 1, chunks.length));
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
