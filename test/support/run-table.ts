import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { RunRecord } from '../../lambda/shared/run';
import {
  BY_START_INDEX,
  BY_START_PARTITION_KEY,
  BY_START_SORT_KEY,
  LEASE_SORT_KEY,
  leasePartition,
  PARTITION_KEY,
  runPartition,
  SORT_KEY,
} from '../../lib/runs/constants';
import type { TestMiniStack } from './ministack';

/** The lease item of a function. */
export interface TestLease {
  readonly version: number;
  /** Entries of the form `until|requestId`. */
  readonly holders: readonly string[];
  readonly tokens: Readonly<Record<string, number>>;
}

let tables = 0;

/** A run table with the keys and the index that the `RunTable` construct creates. */
export class TestRunTable {
  public static async create(client: DynamoDBClient): Promise<TestRunTable> {
    tables += 1;
    const tableName = `runs-${process.pid}-${tables}`;
    const keys = (hash: string, range: string) => [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ];
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [PARTITION_KEY, SORT_KEY, BY_START_PARTITION_KEY, BY_START_SORT_KEY].map((name) => ({
          AttributeName: name,
          AttributeType: 'S',
        })),
        KeySchema: keys(PARTITION_KEY, SORT_KEY),
        GlobalSecondaryIndexes: [
          {
            IndexName: BY_START_INDEX,
            KeySchema: keys(BY_START_PARTITION_KEY, BY_START_SORT_KEY),
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    return new TestRunTable(client, tableName);
  }

  private constructor(
    private readonly client: DynamoDBClient,
    public readonly tableName: string,
  ) {}

  public async run(functionName: string, runId: string): Promise<RunRecord | undefined> {
    return (await this.item(runPartition(functionName), runId)) as RunRecord | undefined;
  }

  public async runs(functionName: string): Promise<RunRecord[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: '#partition = :partition',
        ExpressionAttributeNames: { '#partition': PARTITION_KEY },
        ExpressionAttributeValues: marshall({ ':partition': runPartition(functionName) }),
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => {
      const { [PARTITION_KEY]: _pk, [SORT_KEY]: _sk, ...record } = unmarshall(item);
      return record as RunRecord;
    });
  }

  /** Returns the lease: the current holders with their fencing tokens, and the number of tokens that were issued. */
  public async lease(functionName: string): Promise<TestLease | undefined> {
    const item = await this.item(leasePartition(functionName), LEASE_SORT_KEY);
    if (!item) return undefined;
    const { version, holders, ...tokens } = item as { version: number; holders?: Set<string> };
    return { version, holders: [...(holders ?? [])].sort(), tokens: tokens as Record<string, number> };
  }

  public async put(item: object): Promise<void> {
    await this.client.send(
      new PutItemCommand({ TableName: this.tableName, Item: marshall(item, { removeUndefinedValues: true }) }),
    );
  }

  public async putRun(record: RunRecord): Promise<void> {
    await this.put({ ...record, [PARTITION_KEY]: runPartition(record.function), [SORT_KEY]: record.runId });
  }

  public async items(): Promise<Record<string, unknown>[]> {
    const { Items = [] } = await this.client.send(new ScanCommand({ TableName: this.tableName, ConsistentRead: true }));
    return Items.map((item) => unmarshall(item));
  }

  private async item(partition: string, sort: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({
        TableName: this.tableName,
        Key: marshall({ [PARTITION_KEY]: partition, [SORT_KEY]: sort }),
        ConsistentRead: true,
      }),
    );
    if (!Item) return undefined;
    const { [PARTITION_KEY]: _pk, [SORT_KEY]: _sk, ...fields } = unmarshall(Item);
    return fields;
  }
}

/** The run table of a test file, available while its tests run. */
export interface TestDatabase {
  readonly client: DynamoDBClient;
  readonly table: TestRunTable;
}

/** Creates a run table before the tests of a file. Call it after `useMiniStack`. */
export function useRunTable(ministack: TestMiniStack): TestDatabase {
  let created: TestDatabase | undefined;
  const database = () => {
    if (!created) throw new Error('the run table is available only while the tests of this file run');
    return created;
  };
  beforeAll(async () => {
    const client = ministack.dynamodb();
    created = { client, table: await TestRunTable.create(client) };
  });
  return {
    get client() {
      return database().client;
    },
    get table() {
      return database().table;
    },
  };
}
