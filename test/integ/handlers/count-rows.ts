import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

/** Reads a table, for which it needs a grant. */
export const handler = async () => {
  const { Count } = await client.send(new ScanCommand({ TableName: process.env.TABLE }));
  return Count;
};
