import { randomUUID } from 'node:crypto';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DELIVERY_KEY, type Delivery } from '../../../lib/runs/constants';
import { SCHEDULE_EVENT_SOURCE, type ScheduleEvent } from '../../../lib/schedule/constants';
import { type RunMessage, START_TRIES } from '../../../lib/ticker/constants';
import { describe } from '../../shared/describe';
import type { RunRecord } from '../../shared/run';
import { expiryAfter } from '../../shared/table/expiry';
import { anyOf, ITEM_ABSENT } from '../../shared/table/expression';
import { claimKey, runKey } from '../../shared/table/keys';
import type { TableClient } from '../../shared/table/table-client';
import { isConditionFailed } from '../../shared/table/table-errors';

/** Retention of a claim on a run, in days: longer than the queue keeps a message. */
const CLAIM_DAYS = 2;
/** SQS delays by whole seconds, so a message comes at most one second early. */
const MAX_WAIT_MS = 1_000;

interface RunStarterDependencies {
  readonly lambda: Pick<LambdaClient, 'send'>;
  /** The run table. */
  readonly table: Pick<TableClient, 'put' | 'delete'>;
  /** Retention of run records, in days. */
  readonly retentionDays: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** Starts runs when they are due. */
export class RunStarter {
  public constructor(private readonly dependencies: RunStarterDependencies) {}

  /**
   * Starts a run by an asynchronous invocation.
   *
   * @returns false when the run was started before
   * @throws when Lambda does not accept the invocation: SQS must deliver the message again
   */
  public async start(message: RunMessage): Promise<boolean> {
    const early = Date.parse(message.scheduledTime) - this.dependencies.now();
    if (early > 0) await this.dependencies.sleep(Math.min(early, MAX_WAIT_MS));
    if (!message.tracked && !(await this.claim(message))) return false;
    try {
      await this.invoke(message);
    } catch (error) {
      if (!message.tracked) await this.dependencies.table.delete(keyOfClaim(message));
      throw error;
    }
    return true;
  }

  /** Records a run as Failed when all attempts to start it have failed. A record that exists is left unchanged. */
  public async recordFailure(message: RunMessage, error: unknown): Promise<void> {
    const { errorType, errorMessage } = describe(error);
    const why = `could not start the run in ${START_TRIES} attempts; its message is in the dead-letter queue: ${errorMessage}`;
    await this.record(message, { state: 'Failed', errorType, errorMessage: why });
  }

  /** Records a run as Skipped that nothing can start any more. A record that exists is left unchanged. */
  public async recordDropped(message: RunMessage, why: string): Promise<void> {
    await this.record(message, { state: 'Skipped', errorType: 'Dropped', errorMessage: `the run was enqueued, but ${why}` });
  }

  private async record(message: RunMessage, end: Pick<RunRecord, 'state' | 'errorType' | 'errorMessage'>): Promise<void> {
    const now = this.dependencies.now();
    // The canonical form: the run tracker identifies the run by it.
    const scheduledTime = new Date(message.scheduledTime).toISOString();
    const record: RunRecord = {
      function: message.function,
      runId: scheduledTime,
      trigger: 'schedule',
      scheduledTime,
      startedAt: new Date(now).toISOString(),
      attempt: 0,
      ...end,
      ...expiryAfter(this.dependencies.retentionDays, now),
    };
    const item = { ...runKey(record.function, record.runId), ...record };
    try {
      await this.dependencies.table.put({ item, condition: ITEM_ABSENT });
    } catch (cause) {
      if (!isConditionFailed(cause)) throw cause;
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
    await this.dependencies.lambda.send(
      new InvokeCommand({
        FunctionName: message.functionArn,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(message.tracked ? inEnvelope(event) : event)),
      }),
    );
  }

  /** Claims a run of a function without run tracker, which could not detect a duplicate delivery itself. */
  private async claim(message: RunMessage): Promise<boolean> {
    const claimId = randomUUID();
    // A lost response makes the SDK retry, so the existing claim may be ours.
    const isOwn = { text: 'claimId = :claimId', values: { ':claimId': claimId } };
    const item = { ...keyOfClaim(message), claimId, ...expiryAfter(CLAIM_DAYS, this.dependencies.now()) };
    try {
      await this.dependencies.table.put({ item, condition: anyOf(ITEM_ABSENT, isOwn) });
      return true;
    } catch (error) {
      if (isConditionFailed(error)) return false;
      throw error;
    }
  }
}

function inEnvelope(event: ScheduleEvent): Delivery {
  return { [DELIVERY_KEY]: 'schedule', event };
}

function keyOfClaim(message: RunMessage) {
  return claimKey(message.function, message.scheduledTime);
}
