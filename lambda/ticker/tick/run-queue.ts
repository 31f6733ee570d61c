import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { SEND_BATCH_MAX_BYTES, SEND_BATCH_MAX_MESSAGES } from '../../../lib/limits/constants';
import type { RunMessage } from '../../../lib/ticker/constants';
import { retry } from '../../shared/retry/retry';

/** Number of batches that are sent at the same time. */
const CONCURRENCY = 16;
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 100;

/** A run, and when it is due in epoch milliseconds. */
export interface DueRun {
  readonly due: number;
  readonly message: RunMessage;
}

interface QueuedRun {
  readonly due: number;
  readonly body: string;
}

/** Messages that SQS did not accept. */
class NotEnqueued extends Error {
  public constructor(count: number, reason: string) {
    super(`SQS refused ${count} ${count === 1 ? 'message' : 'messages'} in ${ATTEMPTS} attempts: ${reason}`);
    this.name = 'NotEnqueued';
  }
}

/** The queue between tick and dispatcher. */
export class RunQueue {
  private created?: Promise<string | undefined>;

  public constructor(
    private readonly client: Pick<SQSClient, 'send'>,
    private readonly queueUrl: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** When the queue was created: another time for each queue that has the URL. The first call asks SQS. */
  public createdAt(): Promise<string | undefined> {
    this.created ??= this.readCreatedAt().catch((error) => {
      this.created = undefined;
      throw error;
    });
    return this.created;
  }

  /**
   * Enqueues runs in the given order. Each message is delayed until its run is due.
   *
   * @throws when SQS does not accept a message in 4 attempts: the caller must not count any of the runs as enqueued
   */
  public async send(runs: readonly DueRun[]): Promise<void> {
    const batches = toBatches(runs);
    // All workers share one iterator, which keeps the order.
    const left = batches.values();
    const worker = async () => {
      for (const batch of left) await this.sendBatch(batch);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batches.length) }, worker));
  }

  private async readCreatedAt(): Promise<string | undefined> {
    const { Attributes } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames: ['CreatedTimestamp'] }),
    );
    return Attributes?.CreatedTimestamp;
  }

  private async sendBatch(runs: readonly QueuedRun[]): Promise<void> {
    let left = runs;
    const sendLeft = async () => {
      const { Failed = [] } = await this.client.send(
        new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries: left.map((run, index) => this.toEntry(run, index)) }),
      );
      const failed = new Set(Failed.map((entry) => Number(entry.Id)));
      left = left.filter((_, index) => failed.has(index));
      if (left.length > 0) throw new NotEnqueued(left.length, `${Failed[0]?.Code}: ${Failed[0]?.Message}`);
    };
    await retry(sendLeft, {
      attempts: ATTEMPTS,
      firstDelayMs: FIRST_DELAY_MS,
      isRetryable: (error) => error instanceof NotEnqueued,
      // One tick runs at a time: there are no other callers to keep apart.
      random: () => 1,
    });
  }

  private toEntry({ due, body }: QueuedRun, index: number) {
    // SQS delays by whole seconds: the message may come up to one second early, and the dispatcher waits for the rest.
    const delay = Math.max(0, Math.floor((due - this.now()) / 1000));
    return { Id: String(index), MessageBody: body, DelaySeconds: delay };
  }
}

function toBatches(runs: readonly DueRun[]): QueuedRun[][] {
  const batches: QueuedRun[][] = [];
  let bytes = 0;
  for (const { due, message } of runs) {
    const body = JSON.stringify(message);
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < SEND_BATCH_MAX_MESSAGES && bytes + size <= SEND_BATCH_MAX_BYTES) {
      last.push({ due, body });
      bytes += size;
    } else {
      batches.push([{ due, body }]);
      bytes = size;
    }
  }
  return batches;
}
