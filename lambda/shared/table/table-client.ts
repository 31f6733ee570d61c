import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { unlessAborted } from '../deadline';
import { retry } from '../retry/retry';
import { type Expression, placeholders } from './expression';
import type { ItemKey } from './keys';
import { isConflict } from './table-errors';
import type { TableOperations, TableTransport } from './transport';

/** An item, by the names of its attributes. */
export type Item = Readonly<Record<string, unknown>>;

export interface GetRequest {
  readonly key: ItemKey;
  /** Whether all earlier writes are seen, at twice the price. @default false */
  readonly consistent?: boolean;
  /** Attributes to read. @default - all */
  readonly projection?: Expression;
}

export interface BatchGetRequest extends Omit<GetRequest, 'key'> {
  readonly keys: readonly ItemKey[];
}

interface ConditionalRequest {
  /** What must hold of the existing item. @default - nothing */
  readonly condition?: Expression;
  /** Whether the error of a failed condition carries the item: see `existingItem`. @default false */
  readonly returnExisting?: boolean;
}

export interface PutRequest extends ConditionalRequest {
  /** The item with its key. Attributes that are undefined are left out. */
  readonly item: Item;
}

export interface UpdateRequest extends ConditionalRequest {
  readonly key: ItemKey;
  readonly update: Expression;
  /** Attributes to return. @default - none */
  readonly returns?: 'ALL_NEW' | 'UPDATED_NEW';
}

/** One write of a transaction. */
export type WriteRequest = { readonly put: PutRequest } | { readonly update: UpdateRequest };

export interface QueryRequest {
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

/** Upper limit of BatchGetItem. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH_GET_MAX_KEYS = 100;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 250;
/** Attempts of a request without a signal that would end them. */
const MAX_ATTEMPTS = 10;

/** DynamoDB left out keys of a batch, as it does under load. */
class UnprocessedKeys extends Error {
  public constructor(count: number) {
    super(`DynamoDB left ${count} keys of a batch unprocessed`);
    this.name = 'UnprocessedKeys';
  }
}

/**
 * A DynamoDB table. Requests and results hold plain values. A write that conflicts with a transaction is retried: until its
 * signal aborts, or 10 times without one.
 */
export class TableClient {
  public constructor(
    private readonly transport: TableTransport,
    private readonly tableName: string,
    private readonly random: () => number = Math.random,
  ) {}

  public async get({ key, consistent, projection }: GetRequest, signal?: AbortSignal): Promise<Item | undefined> {
    const { Item } = await this.send(
      'GetItem',
      {
        TableName: this.tableName,
        Key: marshall(key),
        ConsistentRead: consistent,
        ProjectionExpression: projection?.text,
        ExpressionAttributeNames: projection?.names,
      },
      signal,
    );
    return Item && unmarshall(Item);
  }

  /** Gets the items that exist, in no order. */
  public async batchGet({ keys, consistent, projection }: BatchGetRequest, signal?: AbortSignal): Promise<Item[]> {
    const found: Item[] = [];
    for (let first = 0; first < keys.length; first += BATCH_GET_MAX_KEYS) {
      let left: Record<string, AttributeValue>[] = keys.slice(first, first + BATCH_GET_MAX_KEYS).map((key) => marshall(key));
      const getLeft = async () => {
        const request = {
          Keys: left,
          ConsistentRead: consistent,
          ProjectionExpression: projection?.text,
          ExpressionAttributeNames: projection?.names,
        };
        const { Responses, UnprocessedKeys: unprocessed } = await this.send(
          'BatchGetItem',
          { RequestItems: { [this.tableName]: request } },
          signal,
        );
        found.push(...(Responses?.[this.tableName] ?? []).map((item) => unmarshall(item)));
        left = unprocessed?.[this.tableName]?.Keys ?? [];
        if (left.length > 0) throw new UnprocessedKeys(left.length);
      };
      await this.retry(getLeft, (error) => error instanceof UnprocessedKeys, signal);
    }
    return found;
  }

  public async put(request: PutRequest, signal?: AbortSignal): Promise<void> {
    await this.retry(() => this.send('PutItem', this.toPut(request), signal), isConflict, signal);
  }

  /** @returns the attributes that the request asks for */
  public async update(request: UpdateRequest, signal?: AbortSignal): Promise<Item> {
    const input = { ...this.toUpdate(request), ReturnValues: request.returns };
    const { Attributes } = await this.retry(() => this.send('UpdateItem', input, signal), isConflict, signal);
    return unmarshall(Attributes ?? {});
  }

  public async delete(key: ItemKey, signal?: AbortSignal): Promise<void> {
    const input = { TableName: this.tableName, Key: marshall(key) };
    await this.retry(() => this.send('DeleteItem', input, signal), isConflict, signal);
  }

  /** Makes all of the writes, or none. */
  public async transact(writes: readonly WriteRequest[], signal?: AbortSignal): Promise<void> {
    await this.retry(() => this.transactOnce(writes, signal), isConflict, signal);
  }

  /** Makes all of the writes, or none, without a retry: for callers that handle each conflict. */
  public async transactOnce(writes: readonly WriteRequest[], signal?: AbortSignal): Promise<void> {
    const items = writes.map(
      (write): TransactWriteItem => ('put' in write ? { Put: this.toPut(write.put) } : { Update: this.toUpdate(write.update) }),
    );
    await this.send('TransactWriteItems', { TransactItems: items }, signal);
  }

  /** One page of the items of a partition. */
  public async query({ index, condition, descending, limit, from }: QueryRequest, signal?: AbortSignal): Promise<Page> {
    const { Items = [], LastEvaluatedKey } = await this.send(
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

  /** Retries work on the table, with the delays of its writes. */
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

  private send<Name extends keyof TableOperations>(
    operation: Name,
    input: TableOperations[Name][0],
    signal?: AbortSignal,
  ): Promise<TableOperations[Name][1]> {
    return unlessAborted(this.transport.send(operation, input, signal), signal);
  }

  private toPut({ item, condition, returnExisting }: PutRequest) {
    return {
      TableName: this.tableName,
      Item: marshall(item, { removeUndefinedValues: true }),
      ...toCondition(condition, returnExisting),
      ...toPlaceholders(condition),
    };
  }

  private toUpdate({ key, update, condition, returnExisting }: UpdateRequest) {
    return {
      TableName: this.tableName,
      Key: marshall(key),
      UpdateExpression: update.text,
      ...toCondition(condition, returnExisting),
      ...toPlaceholders(update, condition),
    };
  }
}

function toCondition(condition: Expression | undefined, returnExisting: boolean | undefined) {
  return {
    ConditionExpression: condition?.text,
    ReturnValuesOnConditionCheckFailure: returnExisting ? ('ALL_OLD' as const) : undefined,
  };
}

function toPlaceholders(...expressions: readonly (Expression | undefined)[]) {
  const { names, values } = placeholders(...expressions);
  return {
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values && marshall(values, { removeUndefinedValues: true }),
  };
}
