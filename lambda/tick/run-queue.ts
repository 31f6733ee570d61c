import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { RunMessage } from '../../lib/schedule/constants';

/** Most messages of one batch. */
const BATCH_SIZE = 10;
/** Batches under way at a time. */
const PARALLEL = 16;
const TRIES = 4;

/** A run and when it is due, in epoch milliseconds. */
export interface DueRun {
  readonly due: number;
  readonly message: RunMessage;
}

/** The queue between the ticker and the dispatcher. */
export class RunQueue {
  public constructor(
    private readonly client: Pick<SQSClient, 'send'>,
    private readonly queueUrl: string,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Enqueues runs, each with the delay that is left until it is due.
   *
   * @throws when a message is refused again and again: nothing may be taken as enqueued then
   */
  public async send(runs: readonly DueRun[]): Promise<void> {
    const batches: DueRun[][] = [];
    for (let index = 0; index < runs.length; index += BATCH_SIZE) batches.push(runs.slice(index, index + BATCH_SIZE));
    const worker = async () => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) await this.sendBatch(batch);
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, batches.length) }, worker));
  }

  private async sendBatch(runs: readonly DueRun[]): Promise<void> {
    let left = runs;
    let reason = '';
    for (let tried = 0; tried < TRIES && left.length > 0; tried++) {
      const { Failed = [] } = await this.client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.queueUrl,
          Entries: left.map(({ due, message }, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify(message),
            // SQS counts in whole seconds: the message comes up to one early, and the dispatcher waits for the rest.
            DelaySeconds: Math.max(0, Math.floor((due - this.now()) / 1000)),
          })),
        }),
      );
      reason = Failed.map((entry) => `${entry.Code}: ${entry.Message}`)[0] ?? '';
      const failed = new Set(Failed.map((entry) => Number(entry.Id)));
      left = left.filter((_, index) => failed.has(index));
    }
    if (left.length > 0) throw new Error(`${left.length} runs could not be enqueued in ${TRIES} tries: ${reason}`);
  }
}
