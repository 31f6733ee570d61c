import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClient, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { HEALTH_SORT_KEY, healthPartition } from '../../../lib/invoker/constants';
import { PARTITION_KEY, SORT_KEY } from '../../../lib/runs/constants';
import type { SdkClient } from '../sdk-client';
import { counted, type HealthCounts, NO_CALLS } from './health';

/** How long a call waits for its record, and a reader for the table, in milliseconds. */
const WRITE_MS = 500;
const READ_MS = 2_000;
/** Longest pause of a write that was throttled, in milliseconds; cut by chance. */
const PAUSE_MS = 50;
/** Refusals of a write that was not made. */
const NOT_WRITTEN = new Set(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded']);

type TimeName = 'lastSuccess' | 'lastFailure';
const TIMES: readonly TimeName[] = ['lastSuccess', 'lastFailure'];

/** Calls that are not in the table yet. */
interface Batch {
  counts: HealthCounts;
  /** Ends when they are. */
  readonly written: Promise<HealthCounts>;
}

let sharedClient: Promise<SdkClient> | undefined;

/**
 * The health of a module in the table that its callers share. Counters are added to, never overwritten, and times only move on:
 * no call gets lost between containers. Calls that end while a write is under way go together in the next one.
 */
export class SharedHealth {
  private waiting?: Batch;
  private writing: Promise<unknown> = Promise.resolve();

  public constructor(
    private readonly tableName: string,
    private readonly moduleName: string,
    private readonly client?: SdkClient,
  ) {}

  /**
   * Counts a call.
   *
   * @returns what the table holds then
   * @throws when it is not written in time
   */
  public record(success: boolean, at: string): Promise<HealthCounts> {
    if (this.waiting) {
      this.waiting.counts = counted(this.waiting.counts, success, at);
      return this.waiting.written;
    }
    const written = this.writing.then(() => {
      const { counts } = batch;
      this.waiting = undefined;
      return within(WRITE_MS, (signal) => this.add(counts, signal));
    });
    const batch: Batch = { counts: counted(NO_CALLS, success, at), written };
    this.waiting = batch;
    this.writing = written.catch(() => undefined);
    return written;
  }

  /** @throws when the table does not answer */
  public read(): Promise<HealthCounts> {
    return within(READ_MS, async (signal) => {
      const { GetItemCommand } = await import('@aws-sdk/client-dynamodb');
      const command = new GetItemCommand({ TableName: this.tableName, Key: this.key(), ConsistentRead: true });
      const { Item } = await (await this.dynamoDb()).send(command, { abortSignal: signal });
      return toCounts(Item);
    });
  }

  private async add(counts: HealthCounts, signal: AbortSignal): Promise<HealthCounts> {
    const { UpdateItemCommand, ConditionalCheckFailedException } = await import('@aws-sdk/client-dynamodb');
    const client = await this.dynamoDb();
    for (let times = TIMES.filter((name) => counts[name] !== undefined); ; ) {
      try {
        const { Attributes } = await client.send(new UpdateItemCommand(this.update(counts, times)), { abortSignal: signal });
        return toCounts(Attributes);
      } catch (error) {
        if (NOT_WRITTEN.has((error as Error).name)) {
          await pause(Math.random() * PAUSE_MS, undefined, { signal });
          continue;
        }
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Somebody has written a later time: what is left of this write are its counters.
        const found = toCounts(error.Item);
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

  private dynamoDb(): Promise<SdkClient> {
    if (this.client) return Promise.resolve(this.client);
    sharedClient ??= newClient();
    return sharedClient;
  }
}

/** One try: a write that was tried again after its answer got lost would count twice. */
async function newClient(): Promise<DynamoDBClient> {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return new DynamoDBClient({ maxAttempts: 1 });
}

async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer from the health table within ${ms} ms`);
      controller.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function toCounts(item: Readonly<Record<string, { N?: string; S?: string }>> | undefined): HealthCounts {
  const number = (name: string) => Number(item?.[name]?.N ?? 0);
  return {
    totalRequests: number('totalRequests'),
    totalFailures: number('totalFailures'),
    consecutiveFailures: number('consecutiveFailures'),
    lastSuccess: item?.lastSuccess?.S,
    lastFailure: item?.lastFailure?.S,
  };
}
