import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { mapLimited } from './map-limited';
import { BY_DAY_INDEX, BY_DAY_PARTITION_KEY, BY_DAY_SORT_KEY, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './names';
import type { FeedItem } from './parse-feed';

const DAY_MS = 86_400_000;
/** Time to keep an item after it was last seen in its feed. */
const KEEP_ITEM_MS = 30 * DAY_MS;
const KEEP_DIGEST_MS = 7 * DAY_MS;
/** Most keys of one BatchGetItem. */
const BATCH_GET_MAX = 100;
const BATCH_GET_TRIES = 6;
const PARALLEL_WRITES = 8;
const ITEM_PREFIX = 'ITEM#';

/** An item of the table. */
export interface StoredItem {
  readonly feed: string;
  readonly feedTitle: string;
  readonly title: string;
  readonly link?: string;
  readonly publishedAt?: string;
  /** ISO 8601 in UTC. */
  readonly storedAt: string;
}

/** Identifies one item: its feed, and its key within the feed. */
export interface ItemRef {
  readonly feed: string;
  readonly key: string;
}

interface KnownItem {
  readonly pull: string;
  readonly expiresAt: number;
}

/** The key of an item within its feed. */
export function itemKey(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** The table of items and digests. */
export class ItemStore {
  public constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly tableName: string,
  ) {}

  /**
   * Stores the items that the table does not have.
   *
   * @param pull id of the pull. Items that an earlier attempt of the same pull stored count as new again, so that a pull that
   *   failed halfway announces all of its items in the next attempt
   * @returns keys of the new items; when two pulls race, each item is new for one of them
   */
  public async addNew(
    feed: { readonly url: string; readonly title: string },
    items: readonly FeedItem[],
    pull: string,
    now: number,
  ): Promise<string[]> {
    const byKey = new Map(items.map((item) => [itemKey(item.id), item]));
    const known = await this.readKnown(feed.url, [...byKey.keys()]);
    const isNew = await mapLimited([...byKey], PARALLEL_WRITES, async ([key, item]) => {
      const before = known.get(key);
      if (!before) return this.put(feed, key, item, pull, now);
      // Without an update, an item that stays in its feed beyond its expiry would be new again.
      if (before.expiresAt * 1000 < now + KEEP_ITEM_MS / 2) await this.keep(feed.url, key, now);
      return before.pull === pull;
    });
    return [...byKey.keys()].filter((_, index) => isNew[index]);
  }

  /** Reads items. Items that the table does not have are left out. */
  public async get(refs: readonly ItemRef[]): Promise<StoredItem[]> {
    const keys = new Map(refs.map(({ feed, key }) => [`${feed} ${key}`, keyOf(feed, key)]));
    return (await this.batchGet([...keys.values()])) as unknown as StoredItem[];
  }

  /**
   * Reads the items that were stored in a period.
   *
   * @param from start of the period, inclusive, in epoch milliseconds
   * @param until end of the period, exclusive, in epoch milliseconds
   */
  public async storedBetween(from: number, until: number): Promise<StoredItem[]> {
    const found: StoredItem[] = [];
    for (const day of daysBetween(from, until)) {
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await this.client.send(
          new QueryCommand({
            TableName: this.tableName,
            IndexName: BY_DAY_INDEX,
            KeyConditionExpression: '#day = :day AND #at BETWEEN :from AND :until',
            ExpressionAttributeNames: { '#day': BY_DAY_PARTITION_KEY, '#at': BY_DAY_SORT_KEY },
            ExpressionAttributeValues: marshall({ ':day': day, ':from': isoTime(from), ':until': isoTime(until - 1) }),
            ExclusiveStartKey: start,
          }),
        );
        found.push(...(page.Items ?? []).map((item) => unmarshall(item) as unknown as StoredItem));
        start = page.LastEvaluatedKey;
      } while (start);
    }
    return found;
  }

  /**
   * Stores a digest, or replaces the digest with the same id.
   *
   * @param id digests are sorted by it, so begin it with the time
   */
  public async putDigest(id: string, digest: object, now: number): Promise<void> {
    await this.client.send(
      new PutItemCommand({
        TableName: this.tableName,
        Item: toAttributes({
          [PARTITION_KEY]: 'DIGEST',
          [SORT_KEY]: id,
          ...digest,
          [TTL_ATTRIBUTE]: epochSeconds(now + KEEP_DIGEST_MS),
        }),
      }),
    );
  }

  private async readKnown(feed: string, keys: readonly string[]): Promise<Map<string, KnownItem>> {
    const items = await this.batchGet(keys.map((key) => keyOf(feed, key)));
    return new Map(items.map((item) => [(item[SORT_KEY] as string).slice(ITEM_PREFIX.length), item as unknown as KnownItem]));
  }

  private async batchGet(keys: readonly Record<string, AttributeValue>[]): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    for (let first = 0; first < keys.length; first += BATCH_GET_MAX) {
      let left = keys.slice(first, first + BATCH_GET_MAX);
      for (let tried = 1; left.length > 0; tried++) {
        if (tried > BATCH_GET_TRIES) throw new Error(`DynamoDB left ${left.length} keys unread in ${BATCH_GET_TRIES} tries`);
        if (tried > 1) await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * 2 ** tried));
        const { Responses, UnprocessedKeys } = await this.client.send(
          new BatchGetItemCommand({ RequestItems: { [this.tableName]: { Keys: left, ConsistentRead: true } } }),
        );
        found.push(...(Responses?.[this.tableName] ?? []).map((item) => unmarshall(item)));
        left = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
      }
    }
    return found;
  }

  private async put(
    feed: { readonly url: string; readonly title: string },
    key: string,
    { title, link, publishedAt }: FeedItem,
    pull: string,
    now: number,
  ): Promise<boolean> {
    const item: StoredItem = { feed: feed.url, feedTitle: feed.title, title, link, publishedAt, storedAt: isoTime(now) };
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: {
            ...keyOf(feed.url, key),
            ...toAttributes({
              ...item,
              pull,
              [BY_DAY_PARTITION_KEY]: dayOf(now),
              [TTL_ATTRIBUTE]: epochSeconds(now + KEEP_ITEM_MS),
            }),
          },
          // The second half allows a write that the SDK repeats because the response was lost.
          ConditionExpression: 'attribute_not_exists(#pk) OR pull = :pull',
          ExpressionAttributeNames: { '#pk': PARTITION_KEY },
          ExpressionAttributeValues: marshall({ ':pull': pull }),
        }),
      );
      return true;
    } catch (error) {
      // Another pull stored the item first.
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private async keep(feed: string, key: string, now: number): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.tableName,
      Key: keyOf(feed, key),
      UpdateExpression: 'SET #expires = :expires',
      ConditionExpression: 'attribute_exists(#pk)',
      ExpressionAttributeNames: { '#expires': TTL_ATTRIBUTE, '#pk': PARTITION_KEY },
      ExpressionAttributeValues: marshall({ ':expires': epochSeconds(now + KEEP_ITEM_MS) }),
    });
    try {
      await this.client.send(update);
    } catch (error) {
      // The item has just expired: the next pull stores it again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

const toAttributes = (item: object) => marshall(item, { removeUndefinedValues: true });

function keyOf(feed: string, key: string): Record<string, AttributeValue> {
  return marshall({ [PARTITION_KEY]: `FEED#${feed}`, [SORT_KEY]: `${ITEM_PREFIX}${key}` });
}

/** Days (UTC) of the period from `from` to before `until`. */
function daysBetween(from: number, until: number): string[] {
  const days: string[] = [];
  for (let at = from - (from % DAY_MS); at < until; at += DAY_MS) days.push(dayOf(at));
  return days;
}

const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();
const dayOf = (epochMs: number): string => isoTime(epochMs).slice(0, 10);
const epochSeconds = (epochMs: number): number => Math.floor(epochMs / 1000);
