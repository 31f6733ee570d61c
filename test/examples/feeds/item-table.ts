import { CreateTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { BY_DAY_INDEX, BY_DAY_PARTITION_KEY, BY_DAY_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../../../examples/feeds/names';

let tables = 0;

/** Creates a table with the keys and the index that the stack defines, and returns its name. */
export async function createItemTable(client: DynamoDBClient): Promise<string> {
  tables += 1;
  const TableName = `items-${process.pid}-${tables}`;
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [PARTITION_KEY, SORT_KEY, BY_DAY_PARTITION_KEY, BY_DAY_SORT_KEY].map((name) => ({
        AttributeName: name,
        AttributeType: 'S',
      })),
      KeySchema: keys(PARTITION_KEY, SORT_KEY),
      GlobalSecondaryIndexes: [
        {
          IndexName: BY_DAY_INDEX,
          KeySchema: keys(BY_DAY_PARTITION_KEY, BY_DAY_SORT_KEY),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  return TableName;
}

/** Returns all items of a table. */
export async function itemsOf(client: DynamoDBClient, TableName: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map((item) => unmarshall(item));
}
