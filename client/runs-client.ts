import { type AttributeValue, BatchGetItemCommand, DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { KatamariError } from '../lambda/shared/errors';
import { gridPoints } from '../lambda/shared/grid';
import { asOf, type RunRecord } from '../lambda/shared/run';
import type { SdkClient } from '../lambda/shared/sdk-client';
import type { TickPlan } from '../lambda/shared/tick-plan';
import { BY_START_INDEX, BY_START_PARTITION_KEY, runPartition } from '../lib/runs/constants';
import { CATCH_UP_MS, TICK_PARTITION, TICK_PLAN_SORT_KEY, TICK_STATE_SORT_KEY } from '../lib/ticker/constants';

/** Most keys of one BatchGetItem. */
const BATCH_GET_MAX = 100;

/** Which runs to list. */
export interface ListRunsOptions {
  /**
   * Most runs to list: a whole number from 1 up. At most half of them are Pending, unless there are too few others.
   *
   * @default 50
   */
  readonly limit?: number;
  /** Oldest start to list. */
  readonly since?: Date;
}

/** Reads the run table of a group. */
export class RunsClient {
  private readonly client: SdkClient;

  /** @param tableName name of the group's run table */
  public constructor(
    private readonly tableName: string,
    client?: SdkClient,
    private readonly now: () => number = Date.now,
  ) {
    this.client = client ?? new DynamoDBClient({});
  }

  /**
   * The runs of a function: those that the ticker has enqueued and that have not started (Pending), then the newest first.
   * A run whose process was killed counts as Failed.
   *
   * @throws KatamariError when `limit` is not a whole number from 1 up
   */
  public async list(functionName: string, options: ListRunsOptions = {}): Promise<RunRecord[]> {
    const limit = options.limit ?? 50;
    if (!Number.isInteger(limit) || limit < 1) throw new KatamariError(`limit must be a whole number from 1 up, got: ${limit}`);
    const [pending, started] = await Promise.all([this.pending(functionName), this.started(functionName, limit, options.since)]);
    // One may have started between the two answers.
    const ids = new Set(started.map((record) => record.runId));
    const waiting = pending.filter((record) => !ids.has(record.runId));
    // Of a short interval more runs are Pending than fit: those that are due first are shown.
    const shown = waiting.slice(0, Math.max(limit - started.length, Math.floor(limit / 2)));
    return [...shown.reverse(), ...started].slice(0, limit);
  }

  /** One run, or undefined. */
  public async get(functionName: string, runId: string): Promise<RunRecord | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({
        TableName: this.tableName,
        Key: marshall({ pk: runPartition(functionName), sk: runId }),
        ConsistentRead: true,
      }),
    );
    const record = Item && this.toRecord(Item);
    return record && this.isKept(record) ? record : undefined;
  }

  private async started(functionName: string, limit: number, since?: Date): Promise<RunRecord[]> {
    const records: RunRecord[] = [];
    let next: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.client.send(
        new QueryCommand({
          TableName: this.tableName,
          IndexName: BY_START_INDEX,
          KeyConditionExpression: since ? '#function = :function AND startedAt >= :since' : '#function = :function',
          ExpressionAttributeNames: { '#function': BY_START_PARTITION_KEY },
          ExpressionAttributeValues: marshall({ ':function': functionName, ...(since && { ':since': since.toISOString() }) }),
          ScanIndexForward: false,
          Limit: limit - records.length,
          ExclusiveStartKey: next,
        }),
      );
      const found = (Items as Record<string, AttributeValue>[]).map((item) => this.toRecord(item));
      records.push(...found.filter((record) => this.isKept(record)));
      next = LastEvaluatedKey;
    } while (next && records.length < limit);
    return records;
  }

  /** What the ticker has enqueued is known from its watermark: no write is spent on it. */
  private async pending(functionName: string): Promise<RunRecord[]> {
    const [state, plan] = await Promise.all([this.tickItem(TICK_STATE_SORT_KEY), this.tickItem(TICK_PLAN_SORT_KEY)]);
    const schedule = (plan as TickPlan | undefined)?.schedules.find(
      (candidate) => candidate.function === functionName && candidate.tracked,
    );
    const watermark = (state as { watermark?: number } | undefined)?.watermark;
    if (!schedule || watermark === undefined) return [];
    const since = Math.max(this.now() - CATCH_UP_MS, schedule.since);
    const points = gridPoints(schedule, since, watermark).map((point) => new Date(point).toISOString());
    const recorded = await this.recorded(functionName, points);
    return points
      .filter((point) => !recorded.has(point))
      .map((point) => ({
        function: functionName,
        runId: point,
        state: 'Pending',
        trigger: 'schedule',
        scheduledTime: point,
        attempt: 0,
      }));
  }

  private async recorded(functionName: string, runIds: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (let index = 0; index < runIds.length; index += BATCH_GET_MAX) {
      let keys = runIds
        .slice(index, index + BATCH_GET_MAX)
        .map((runId) => marshall({ pk: runPartition(functionName), sk: runId }));
      while (keys.length > 0) {
        const { Responses, UnprocessedKeys } = await this.client.send(
          new BatchGetItemCommand({
            RequestItems: { [this.tableName]: { Keys: keys, ProjectionExpression: 'sk', ConsistentRead: true } },
          }),
        );
        for (const item of Responses?.[this.tableName] ?? []) found.add(String(item.sk?.S));
        keys = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
      }
    }
    return found;
  }

  private async tickItem(sortKey: string): Promise<unknown> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.tableName, Key: marshall({ pk: TICK_PARTITION, sk: sortKey }) }),
    );
    return Item && unmarshall(Item);
  }

  /** DynamoDB deletes what has expired within days: until then it is passed over here. */
  private isKept(record: RunRecord): boolean {
    return (record.expiresAt ?? Number.POSITIVE_INFINITY) * 1000 > this.now();
  }

  private toRecord(item: Parameters<typeof unmarshall>[0]): RunRecord {
    const { pk: _pk, sk: _sk, ...record } = unmarshall(item);
    return asOf(record as RunRecord, this.now());
  }
}
