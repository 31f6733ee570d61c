import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { HEALTH_SORT_KEY, healthPartition } from '../../../lib/invoker/constants';
import { PARTITION_KEY, SORT_KEY } from '../../../lib/runs/constants';
import type { SdkClient } from '../../shared/sdk-client';
import type { HealthCounts } from './health';

/** Longest pause of a write that was throttled, in milliseconds; cut by chance. */
const PAUSE_MS = 50;
/** Refusals of a write that was not made. */
const NOT_WRITTEN = new Set(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded']);

type TimeName = 'lastSuccess' | 'lastFailure';
const TIMES: readonly TimeName[] = ['lastSuccess', 'lastFailure'];

let sharedClient: SdkClient | undefined;

/** A write, as it goes. */
export interface Write {
  /** Whether what was sent may be in the table without an answer that says so. */
  inDoubt: boolean;
}

/** The item of a module in the health table. Counters are added to, never overwritten, and times only move on. */
export class HealthTable {
  private readonly client: SdkClient;

  public constructor(
    private readonly tableName: string,
    private readonly moduleName: string,
    client?: SdkClient,
  ) {
    // One try: a write that was tried again after its answer got lost would count twice.
    sharedClient ??= client ? undefined : new DynamoDBClient({ maxAttempts: 1 });
    this.client = client ?? (sharedClient as SdkClient);
  }

  public async read(signal: AbortSignal): Promise<HealthCounts> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: this.key(), ConsistentRead: true });
    const { Item } = await this.client.send(command, { abortSignal: signal });
    return toCounts(Item);
  }

  /** Adds to what is there. @returns what is there then */
  public async add(counts: HealthCounts, signal: AbortSignal, write: Write): Promise<HealthCounts> {
    for (let times = TIMES.filter((name) => counts[name] !== undefined); ; ) {
      try {
        signal.throwIfAborted();
        write.inDoubt = true;
        const { Attributes } = await this.client.send(new UpdateItemCommand(this.update(counts, times)), { abortSignal: signal });
        return toCounts(Attributes);
      } catch (error) {
        const { name, Item } = error as { readonly name?: string; readonly Item?: Item };
        if (isRefused(error)) write.inDoubt = false;
        if (NOT_WRITTEN.has(name ?? '')) {
          write.inDoubt = false;
          await pause(Math.random() * PAUSE_MS, undefined, { signal });
          continue;
        }
        if (name !== 'ConditionalCheckFailedException') throw error;
        // Somebody has written a later time: what is left of this write are its counters.
        const found = toCounts(Item);
        const newer = times.filter((name) => (counts[name] as string) >= (found[name] ?? ''));
        times = newer.length < times.length ? newer : [];
      }
    }
  }

  private update(counts: HealthCounts, times: readonly TimeName[]): UpdateItemCommandInput {
    const { totalRequests, totalFailures, consecutiveFailures } = counts;
    // One success among them ends the row of failures; those after it begin the next one.
    const ended = totalFailures < totalRequests;
    const set = [...times.map((name) => `${name} = :${name}`), ...(ended ? ['consecutiveFailures = :consecutiveFailures'] : [])];
    const add = ['totalRequests', 'totalFailures', ...(ended ? [] : ['consecutiveFailures'])];
    const conditions = times.map((name) => `(attribute_not_exists(${name}) OR ${name} <= :${name})`);
    return {
      TableName: this.tableName,
      Key: this.key(),
      UpdateExpression: `${set.length > 0 ? `SET ${set.join(', ')} ` : ''}ADD ${add.map((name) => `${name} :${name}`).join(', ')}`,
      ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
      ExpressionAttributeValues: {
        ':totalRequests': { N: String(totalRequests) },
        ':totalFailures': { N: String(totalFailures) },
        ':consecutiveFailures': { N: String(consecutiveFailures) },
        ...Object.fromEntries(times.map((name) => [`:${name}`, { S: counts[name] as string }])),
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  private key() {
    return { [PARTITION_KEY]: { S: healthPartition(this.moduleName) }, [SORT_KEY]: { S: HEALTH_SORT_KEY } };
  }
}

/** Whether DynamoDB has surely written nothing: it said that the request was wrong or came too soon, or was never reached. */
function isRefused(error: unknown): boolean {
  const { $metadata, code } = error as { readonly $metadata?: { readonly httpStatusCode?: number }; readonly code?: string };
  const status = $metadata?.httpStatusCode ?? 500;
  return (status >= 400 && status < 500) || code === 'ECONNREFUSED' || code === 'ENOTFOUND';
}

type Item = Readonly<Record<string, { readonly N?: string; readonly S?: string }>>;

function toCounts(item: Item | undefined): HealthCounts {
  const number = (name: string) => Number(item?.[name]?.N ?? 0);
  return {
    totalRequests: number('totalRequests'),
    totalFailures: number('totalFailures'),
    consecutiveFailures: number('consecutiveFailures'),
    lastSuccess: item?.lastSuccess?.S,
    lastFailure: item?.lastFailure?.S,
  };
}
