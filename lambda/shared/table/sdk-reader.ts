import { BatchGetItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { SdkClient } from '../sdk-client';
import { sdkTransport } from './sdk-transport';
import { TableReader } from './table-reader';

/** Reads a table by a client of AWS SDK v3. */
export function sdkReader(client: SdkClient, tableName: string): TableReader {
  const commands = { BatchGetItem: BatchGetItemCommand, GetItem: GetItemCommand, Query: QueryCommand };
  return new TableReader(sdkTransport(client, commands), tableName);
}
