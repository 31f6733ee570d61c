import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { marshall } from '@aws-sdk/util-dynamodb';
import { runPartition } from '../../../lib/runs/constants';
import { SCHEDULE_EVENT_SOURCE, type ScheduleEvent } from '../../../lib/schedule/constants';
import { type RunMessage, START_TRIES } from '../../../lib/ticker/constants';
import { describe } from '../../shared/describe';
import type { RunRecord } from '../../shared/run';

/** How long the claim on a run of an untracked function is kept, in seconds: longer than the queue keeps a message. */
const CLAIM_SECONDS = 2 * 86_400;

/** Starts runs, each at its moment. */
export class Dispatcher {
  public constructor(
    private readonly lambda: Pick<LambdaClient, 'send'>,
    private readonly dynamodb: Pick<DynamoDBClient, 'send'>,
    private readonly tableName: string,
    /** Days for which a record is kept. */
    private readonly retentionDays: number,
    private readonly now: () => number = Date.now,
    private readonly sleep: (ms: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /**
   * Starts a run by an asynchronous invocation.
   *
   * @returns false when the run was started before
   * @throws when Lambda did not take the invocation: the message must be delivered again
   */
  public async start(message: RunMessage): Promise<boolean> {
    const early = Date.parse(message.scheduledTime) - this.now();
    // SQS counts in whole seconds; a message never comes more than one too early.
    if (early > 0) await this.sleep(Math.min(early, 1_000));
    if (!message.tracked && !(await this.claim(message))) return false;
    try {
      await this.invoke(message);
    } catch (error) {
      if (!message.tracked) await this.giveBack(message);
      throw error;
    }
    return true;
  }

  /** Records a run as Failed that could not be started in all tries of its message, unless a record says more of it. */
  public async recordFailure(message: RunMessage, error: unknown): Promise<void> {
    const { errorType, errorMessage } = describe(error);
    const now = this.now();
    // As the tracker writes it, who names the run by it.
    const scheduledTime = new Date(message.scheduledTime).toISOString();
    const record: RunRecord = {
      function: message.function,
      runId: scheduledTime,
      state: 'Failed',
      trigger: 'schedule',
      scheduledTime,
      startedAt: new Date(now).toISOString(),
      attempt: 0,
      errorType,
      errorMessage: `could not be started in ${START_TRIES} tries, and its message is in the dead-letter queue: ${errorMessage}`,
      expiresAt: Math.floor(now / 1000) + this.retentionDays * 86_400,
    };
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: marshall({ pk: runPartition(record.function), sk: record.runId, ...record }),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
    }
  }

  private async invoke(message: RunMessage): Promise<void> {
    const event: ScheduleEvent = {
      source: SCHEDULE_EVENT_SOURCE,
      schedule: message.function,
      scheduledTime: message.scheduledTime,
      attempt: 1,
      payload: message.payload ?? null,
    };
    await this.lambda.send(
      new InvokeCommand({
        FunctionName: message.functionArn,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
  }

  /** For a function that keeps no record of its runs by which it could drop a second delivery itself. */
  private async claim(message: RunMessage): Promise<boolean> {
    const claimId = randomUUID();
    try {
      await this.dynamodb.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: {
            ...claimKey(message),
            ...marshall({ claimId, expiresAt: Math.floor(this.now() / 1000) + CLAIM_SECONDS }),
          },
          // Its own claim is there where the answer was lost and the SDK sent the request again.
          ConditionExpression: 'attribute_not_exists(pk) OR claimId = :claimId',
          ExpressionAttributeValues: marshall({ ':claimId': claimId }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private async giveBack(message: RunMessage): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: this.tableName, Key: claimKey(message) }));
  }
}

function claimKey(message: RunMessage) {
  return marshall({ pk: `CLAIM#${runPartition(message.function)}`, sk: message.scheduledTime });
}
