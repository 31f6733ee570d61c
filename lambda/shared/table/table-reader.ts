import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { BATCH_GET_MAX_KEYS } from '../../../lib/limits/constants';
import { unlessAborted } from '../deadline';
import { retry } from '../retry/retry';
import { type Expression, placeholders } from './expression';
import type { Item } from './item';
import type { ItemKey } from './keys';
import type { TableOperations, TableTransport } from './transport';

interface ReadOptions {
  /** Whether the read sees all earlier writes, at twice the price. @default false */
  readonly consistent?: boolean;
  /** Attributes to read. @default - all */
  readonly projection?: Expression;
}

export interface GetRequest extends ReadOptions {
  readonly key: ItemKey;
}

interface BatchGetRequest extends ReadOptions {
  readonly keys: readonly ItemKey[];
}

interface QueryRequest {
  readonly index?: string;
  readonly condition: Expression;
  /** @default false */
  readonly descending?: boolean;
  /** Maximum number of items of the page. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly from?: Item;
}

/** One page of the result of a query. */
export interface Page {
  readonly items: readonly Item[];
  /** Where the next page starts; undefined on the last one. */
  readonly next?: Item;
}

const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 250;
/** Maximum number of attempts of a request without a signal. */
const MAX_ATTEMPTS = 10;

/** DynamoDB left out keys of a batch, as it does under load. */
class UnprocessedKeys extends Error {
  public constructor(count: number) {
    super(`DynamoDB left ${count} keys of a batch unprocessed`);
    this.name = 'UnprocessedKeys';
  }
}

type ReadOperation = 'BatchGetItem' | 'GetItem' | 'Query';

/** Reads a DynamoDB table. Requests and results hold plain values. */
export class TableReader {
  public constructor(
    private readonly reads: TableTransport<ReadOperation>,
    protected readonly tableName: string,
    private readonly random: () => number = Math.random,
  ) {}

  public async get({ key, ...options }: GetRequest, signal?: AbortSignal): Promise<Item | undefined> {
    const input = { TableName: this.tableName, Key: marshall(key), ...toReadOptions(options) };
    const { Item } = await this.read('GetItem', input, signal);
    return Item && unmarshall(Item);
  }

  /** Gets the items that exist, in no order. */
  public async batchGet({ keys, ...options }: BatchGetRequest, signal?: AbortSignal): Promise<Item[]> {
    const found: Item[] = [];
    for (let first = 0; first < keys.length; first += BATCH_GET_MAX_KEYS) {
      let left: Record<string, AttributeValue>[] = keys.slice(first, first + BATCH_GET_MAX_KEYS).map((key) => marshall(key));
      const getLeft = async () => {
        const RequestItems = { [this.tableName]: { Keys: left, ...toReadOptions(options) } };
        const { Responses, UnprocessedKeys: unprocessed } = await this.read('BatchGetItem', { RequestItems }, signal);
        found.push(...(Responses?.[this.tableName] ?? []).map((item) => unmarshall(item)));
        left = unprocessed?.[this.tableName]?.Keys ?? [];
        if (left.length > 0) throw new UnprocessedKeys(left.length);
      };
      await this.retry(getLeft, (error) => error instanceof UnprocessedKeys, signal);
    }
    return found;
  }

  /** Gets one page of the items of a partition. */
  public async query({ index, condition, descending, limit, from }: QueryRequest, signal?: AbortSignal): Promise<Page> {
    const { Items = [], LastEvaluatedKey } = await this.read(
      'Query',
      {
        TableName: this.tableName,
        IndexName: index,
        KeyConditionExpression: condition.text,
        ...toPlaceholders(condition),
        ScanIndexForward: !descending,
        Limit: limit,
        ExclusiveStartKey: from && marshall(from),
      },
      signal,
    );
    return { items: Items.map((item) => unmarshall(item)), next: LastEvaluatedKey && unmarshall(LastEvaluatedKey) };
  }

  /** Retries work on the table, until the signal aborts or, without one, up to 10 attempts in all. */
  public retry<T>(work: () => Promise<T>, isRetryable: (error: unknown) => boolean, signal?: AbortSignal): Promise<T> {
    return retry(work, {
      attempts: signal ? Number.POSITIVE_INFINITY : MAX_ATTEMPTS,
      firstDelayMs: FIRST_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
      isRetryable,
      signal,
      random: this.random,
    });
  }

  private read<Name extends ReadOperation>(
    operation: Name,
    input: TableOperations[Name][0],
    signal?: AbortSignal,
  ): Promise<TableOperations[Name][1]> {
    return unlessAborted(this.reads.send(operation, input, signal), signal);
  }
}

/** The placeholders of some expressions, as a request has them. */
export function toPlaceholders(...expressions: readonly (Expression | undefined)[]) {
  const { names, values } = placeholders(...expressions);
  return {
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values && marshall(values, { removeUndefinedValues: true }),
  };
}

function toReadOptions({ consistent, projection }: ReadOptions) {
  return {
    ConsistentRead: consistent,
    ProjectionExpression: projection?.text,
    ExpressionAttributeNames: projection?.names,
  };
}
