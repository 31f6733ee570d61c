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
 * Largest data of one event, in bytes. EventBridge allows 1 MB, and bills each 64 KB. The rest is room for the envelope around the
 * data.
 */
const EVENT_MAX_BYTES = 256 * 1024;

/** A pulled feed. */
interface PulledFeed {
  readonly url: string;
  readonly title: string;
  readonly format: ParsedFeed['format'];
  /** Items in the feed. */
  readonly items: number;
  /** Items without anything to identify them, which were left out. */
  readonly unidentified: number;
  /** Items that the table did not have. */
  readonly newItems: number;
}

/** A feed that failed. */
interface FailedFeed {
  readonly url: string;
  readonly reason: FeedErrorReason;
  readonly message: string;
}

/** Result of one pull. */
export interface PullSummary {
  readonly pull: string;
  readonly source: string;
  readonly newItems: number;
  readonly feeds: readonly PulledFeed[];
  readonly failed: readonly FailedFeed[];
}

/** Keys of the new items of one feed. */
interface NewItems {
  readonly url: string;
  readonly newKeys: readonly string[];
}

/** Data of the event at the end of a pull. A pull with very many new items sends several events. */
interface PulledEventData {
  readonly pull: string;
  readonly source: string;
  /** Number of this event, from 1. */
  readonly part: number;
  readonly parts: number;
  /** Number of new items of the whole pull. */
  readonly newItems: number;
  /** Number of failed feeds of the whole pull. */
  readonly failedFeeds: number;
  /** New items of this event. */
  readonly feeds: readonly NewItems[];
}

/** Collaborators of a pull. */
export interface PullDependencies {
  readonly feeds: readonly string[];
  readonly source: string;
  readonly fetchDocument: (url: string) => Promise<FetchedDocument>;
  readonly store: Pick<ItemStore, 'addNew'>;
  readonly emitAll: (events: readonly EventToEmit[]) => Promise<unknown>;
  readonly warn: (message: string, fields: Record<string, unknown>) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Every feed failed, which most likely has one cause, such as the network. */
export class AllFeedsFailed extends Error {
  public constructor(failed: readonly FailedFeed[]) {
    super(`could not read any of ${failed.length} feeds; first failure: ${failed[0]?.url}: ${failed[0]?.message}`);
    this.name = 'AllFeedsFailed';
  }
}

/**
 * Pulls every feed, stores the new items, and emits events about them. A feed that fails is reported and does not stop the others.
 *
 * @param pull id of the pull, the same in each attempt
 * @throws AllFeedsFailed; any error of the table or the bus, so that the run fails and is retried
 */
export async function pullFeeds(dependencies: PullDependencies, pull: string): Promise<PullSummary> {
  const outcomes = await mapLimited(dependencies.feeds, PARALLEL_FEEDS, (url) => pullFeed(dependencies, url, pull));
  const pulled = outcomes.filter((outcome) => 'newKeys' in outcome);
  const failed = outcomes.filter((outcome) => 'reason' in outcome);
  for (const { url, reason, message } of failed) dependencies.warn('feed failed', { pull, feed: url, reason, error: message });
  const summary: PullSummary = {
    pull,
    source: dependencies.source,
    newItems: pulled.reduce((sum, { newKeys }) => sum + newKeys.length, 0),
    feeds: pulled.map(({ feed }) => feed),
    failed,
  };
  const news = pulled.map(({ feed, newKeys }) => ({ url: feed.url, newKeys }));
  await dependencies.emitAll([
    ...failed.map((failure) => ({ name: FAILED_EVENT, data: { pull, source: dependencies.source, ...failure } })),
    // No event of a pull when every feed failed.
    ...(pulled.length > 0 ? pulledEvents(summary, news).map((data) => ({ name: PULLED_EVENT, data })) : []),
  ]);
  if (pulled.length === 0) throw new AllFeedsFailed(failed);
  return summary;
}

interface Pulled {
  readonly feed: PulledFeed;
  readonly newKeys: readonly string[];
}

async function pullFeed(dependencies: PullDependencies, url: string, pull: string): Promise<Pulled | FailedFeed> {
  try {
    const document = await dependencies.fetchDocument(url);
    const { title, format, items, unidentified } = readFeed(decodeDocument(document.bytes, document.contentType), document.url);
    const newKeys = await dependencies.store.addNew({ url, title }, items, pull, dependencies.now());
    return { feed: { url, title, format, items: items.length, unidentified, newItems: newKeys.length }, newKeys };
  } catch (error) {
    if (error instanceof FeedError) return { url, reason: error.reason, message: error.message };
    throw error;
  }
}

/**
 * The data of the events at the end of a pull. There is one event even without new items, so that subscribers see that the pull
 * ran, and there are more when the keys of the new items do not fit into one.
 *
 * @param maxBytes largest data of one event; only a single key that is larger exceeds it
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
      // One more for the comma.
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
