import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { RunMessage } from '../../../lib/ticker/constants';

/** Most messages of one batch. */
const BATCH_SIZE = 10;
/** Most bytes of one batch: what every queue takes, also one that was made before the limit became 1 MB. */
const BATCH_BYTES = 256 * 1024;
/** Batches under way at a time. */
const PARALLEL = 16;
const TRIES = 4;
const FIRST_DELAY_MS = 50;

/** A run and when it is due, in epoch milliseconds. */
export interface DueRun {
  readonly due: number;
  readonly message: RunMessage;
}

interface QueuedRun {
  readonly due: number;
  readonly body: string;
}

/** The queue between the ticker and the dispatcher. */
export class RunQueue {
  public constructor(
    private readonly client: Pick<SQSClient, 'send'>,
    private readonly queueUrl: string,
    private readonly now: () => number = Date.now,
    private readonly sleep: (ms: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /**
   * Enqueues runs, in the order that they are given, each with the delay that is left until it is due.
   *
   * @throws when a message is refused again and again: nothing may be taken as enqueued then
   */
  public async send(runs: readonly DueRun[]): Promise<void> {
    const batches = toBatches(runs);
    // One iterator for all workers: what is given first is sent first.
    const left = batches.values();
    const worker = async () => {
      for (const batch of left) await this.sendBatch(batch);
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, batches.length) }, worker));
  }

  private async sendBatch(runs: readonly QueuedRun[]): Promise<void> {
    let left = runs;
    let reason = '';
    for (let tried = 0; tried < TRIES && left.length > 0; tried++) {
      if (tried > 0) await this.sleep(FIRST_DELAY_MS * 2 ** tried);
      const { Failed = [] } = await this.client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.queueUrl,
          Entries: left.map(({ due, body }, index) => ({
            Id: String(index),
            MessageBody: body,
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

function toBatches(runs: readonly DueRun[]): QueuedRun[][] {
  const batches: QueuedRun[][] = [];
  let bytes = 0;
  for (const { due, message } of runs) {
    const body = JSON.stringify(message);
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < BATCH_SIZE && bytes + size <= BATCH_BYTES) {
      last.push({ due, body });
      bytes += size;
    } else {
      batches.push([{ due, body }]);
      bytes = size;
    }
  }
  return batches;
}
