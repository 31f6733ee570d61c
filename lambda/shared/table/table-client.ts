import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { unlessAborted } from '../deadline';
import type { Expression } from './expression';
import type { Item } from './item';
import type { ItemKey } from './keys';
import { isConflict } from './table-errors';
import { TableReader, toPlaceholders } from './table-reader';
import type { TableTransport } from './transport';

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

/**
 * Reads and writes a DynamoDB table. A write that conflicts with a transaction is retried until its signal aborts or, without
 * one, up to 10 attempts in all.
 */
export class TableClient extends TableReader {
  public constructor(
    private readonly transport: TableTransport,
    tableName: string,
    random?: () => number,
  ) {
    super(transport, tableName, random);
  }

  public async put(request: PutRequest, signal?: AbortSignal): Promise<void> {
    await this.write(() => this.transport.send('PutItem', this.toPut(request), signal), signal);
  }

  /** @returns the attributes that the request asks for */
  public async update(request: UpdateRequest, signal?: AbortSignal): Promise<Item> {
    const input = { ...this.toUpdate(request), ReturnValues: request.returns };
    const { Attributes } = await this.write(() => this.transport.send('UpdateItem', input, signal), signal);
    return unmarshall(Attributes ?? {});
  }

  public async delete(key: ItemKey, signal?: AbortSignal): Promise<void> {
    const input = { TableName: this.tableName, Key: marshall(key) };
    await this.write(() => this.transport.send('DeleteItem', input, signal), signal);
  }

  /** Makes all of the writes, or none. */
  public async transact(writes: readonly WriteRequest[], signal?: AbortSignal): Promise<void> {
    await this.write(() => this.transactOnce(writes, signal), signal);
  }

  /** Makes all of the writes, or none, without a retry: for callers that handle each conflict. */
  public async transactOnce(writes: readonly WriteRequest[], signal?: AbortSignal): Promise<void> {
    const items = writes.map(
      (write): TransactWriteItem => ('put' in write ? { Put: this.toPut(write.put) } : { Update: this.toUpdate(write.update) }),
    );
    await unlessAborted(this.transport.send('TransactWriteItems', { TransactItems: items }, signal), signal);
  }

  private write<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.retry(send, isConflict, signal);
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
