import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { runPartition } from '../../../lib/runs/constants';
import { TICK_PARTITION, TICK_PLAN_SORT_KEY, TICK_STATE_SORT_KEY } from '../../../lib/ticker/constants';
import type { RunRecord } from '../../shared/run';
import type { TickPlan } from '../../shared/tick-plan';

/** How far the ticker has come. */
export interface TickState {
  /** Everything before this moment, in epoch milliseconds, has been enqueued or recorded. */
  readonly watermark?: number;
}

/** The ticker's own items in the run table. */
export class TickStore {
  public constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly tableName: string,
  ) {}

  /**
   * Takes the right to enqueue, until `until`.
   *
   * @returns undefined while another tick has it
   */
  public async claim(claimId: string, now: number, until: number): Promise<TickState | undefined> {
    try {
      const { Attributes } = await this.client.send(
        new UpdateItemCommand({
          TableName: this.tableName,
          Key: marshall({ pk: TICK_PARTITION, sk: TICK_STATE_SORT_KEY }),
          UpdateExpression: 'SET claimId = :id, claimUntil = :until',
          ConditionExpression: 'attribute_not_exists(claimUntil) OR claimUntil < :now',
          ExpressionAttributeValues: marshall({ ':id': claimId, ':until': until, ':now': now }),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return unmarshall(Attributes ?? {}) as TickState;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /**
   * Writes how far it has come.
   *
   * @param until how long the right to enqueue is kept from now on, in epoch milliseconds; none to give it back
   * @throws when another tick has the right meanwhile
   */
  public async commit(claimId: string, watermark: number, until?: number): Promise<void> {
    const claim = until === undefined ? 'REMOVE claimId, claimUntil' : ', claimUntil = :until';
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.tableName,
        Key: marshall({ pk: TICK_PARTITION, sk: TICK_STATE_SORT_KEY }),
        UpdateExpression: `SET watermark = :watermark ${claim}`,
        ConditionExpression: 'claimId = :id',
        ExpressionAttributeValues: marshall({
          ':watermark': watermark,
          ':id': claimId,
          ...(until !== undefined && { ':until': until }),
        }),
      }),
    );
  }

  public async readPlan(): Promise<TickPlan | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({
        TableName: this.tableName,
        Key: marshall({ pk: TICK_PARTITION, sk: TICK_PLAN_SORT_KEY }),
        ConsistentRead: true,
      }),
    );
    return Item && (unmarshall(Item) as TickPlan);
  }

  public async writePlan(plan: TickPlan): Promise<void> {
    await this.client.send(
      new PutItemCommand({ TableName: this.tableName, Item: marshall({ pk: TICK_PARTITION, sk: TICK_PLAN_SORT_KEY, ...plan }) }),
    );
  }

  /** Puts a record down for runs that were missed. The same record put down twice is one. */
  public async recordMissed(record: RunRecord): Promise<void> {
    await this.client.send(
      new PutItemCommand({
        TableName: this.tableName,
        Item: marshall({ pk: runPartition(record.function), sk: record.runId, ...record }, { removeUndefinedValues: true }),
      }),
    );
  }
}
