import type {
  BatchGetItemInput,
  BatchGetItemOutput,
  DeleteItemInput,
  DeleteItemOutput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  QueryInput,
  QueryOutput,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';

/** Request and response of each operation of DynamoDB that the table client uses. */
export interface TableOperations {
  readonly BatchGetItem: readonly [BatchGetItemInput, BatchGetItemOutput];
  readonly DeleteItem: readonly [DeleteItemInput, DeleteItemOutput];
  readonly GetItem: readonly [GetItemInput, GetItemOutput];
  readonly PutItem: readonly [PutItemInput, PutItemOutput];
  readonly Query: readonly [QueryInput, QueryOutput];
  readonly TransactWriteItems: readonly [TransactWriteItemsInput, TransactWriteItemsOutput];
  readonly UpdateItem: readonly [UpdateItemInput, UpdateItemOutput];
}

export type Operation = keyof TableOperations;

/** Sends requests to DynamoDB: those of some operations, or of all that a table client uses. */
export interface TableTransport<Supported extends Operation = Operation> {
  /**
   * Sends one request.
   *
   * @param signal aborts the request
   * @throws an error that has DynamoDB's code as its `name`, and the response's `Item` or `CancellationReasons`
   */
  send<Name extends Supported>(
    operation: Name,
    input: TableOperations[Name][0],
    signal?: AbortSignal,
  ): Promise<TableOperations[Name][1]>;
}
