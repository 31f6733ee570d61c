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
import { sdkTransport } from './sdk-transport';
import { TableClient } from './table-client';

/** Reads and writes a table by a client of AWS SDK v3. */
export function sdkTable(client: SdkClient, tableName: string, random?: () => number): TableClient {
  const commands = {
    BatchGetItem: BatchGetItemCommand,
    DeleteItem: DeleteItemCommand,
    GetItem: GetItemCommand,
    PutItem: PutItemCommand,
    Query: QueryCommand,
    TransactWriteItems: TransactWriteItemsCommand,
    UpdateItem: UpdateItemCommand,
  };
  return new TableClient(sdkTransport(client, commands), tableName, random);
}
