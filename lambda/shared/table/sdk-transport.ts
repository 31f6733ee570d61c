import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SdkClient } from '../sdk-client';
import { TableClient } from './table-client';
import type { TableOperations, TableTransport } from './transport';

type CommandClass = new (input: never) => object;

const COMMANDS: Readonly<Record<keyof TableOperations, CommandClass>> = {
  BatchGetItem: BatchGetItemCommand,
  DeleteItem: DeleteItemCommand,
  GetItem: GetItemCommand,
  PutItem: PutItemCommand,
  Query: QueryCommand,
  TransactWriteItems: TransactWriteItemsCommand,
  UpdateItem: UpdateItemCommand,
};

/** Sends requests by a client of AWS SDK v3. */
export function sdkTransport(client: SdkClient): TableTransport {
  return { send: (operation, input, signal) => client.send(new COMMANDS[operation](input as never), { abortSignal: signal }) };
}

/** A table, by a client of AWS SDK v3. */
export function sdkTable(client: SdkClient, tableName: string, random?: () => number): TableClient {
  return new TableClient(sdkTransport(client), tableName, random);
}
