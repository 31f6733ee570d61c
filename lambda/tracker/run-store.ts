import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { asOf, type RunRecord } from '../shared/run';
import { type Begun, isOwn, type RunEnd, type RunningAttempt, type RunStart } from './attempt';
import { type Lease, RunRequests } from './run-requests';
import type { TrackerSettings } from './settings';

/** A start that lost to others this often, with 50 of them at a time, can't happen by chance. */
const MAX_LEASE_ROUNDS = 60;

/**
 * Writes the records of one function's runs. Each write is conditional on a legal transition; with a limit on overlap it
 * is one transaction over the record and the function's lease item, whose version is the fencing token.
 */
export class RunStore {
  private readonly requests: RunRequests;

  public constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly settings: TrackerSettings,
    private readonly random: () => number = Math.random,
  ) {
    this.requests = new RunRequests(settings);
  }

  /** Records the start of an attempt, unless it is a second delivery or too many runs are going. */
  public async begin(start: RunStart, signal?: AbortSignal): Promise<Begun> {
    return this.settings.overlapLimit === undefined
      ? this.beginFreely(start, signal)
      : this.beginWithLease(start, this.settings.overlapLimit, signal);
  }

  /** Records the end of an attempt, and gives its lease back. */
  public async finish(running: RunningAttempt, end: RunEnd, signal?: AbortSignal): Promise<void> {
    const { start, attempt, fencingToken } = running;
    if (attempt === undefined) {
      await this.recordAtOnce(start, end, signal);
    } else if (fencingToken === undefined) {
      await this.unlessRefused(
        this.client.send(new UpdateItemCommand(this.requests.end(start, attempt, end)), { abortSignal: signal }),
      );
    } else {
      await this.finishWithLease(start, attempt, fencingToken, end, signal);
    }
  }

  private async finishWithLease(
    start: RunStart,
    attempt: number,
    fencingToken: number,
    end: RunEnd,
    signal?: AbortSignal,
  ): Promise<void> {
    const release = this.requests.release(fencingToken);
    const items = [{ Update: this.requests.end(start, attempt, end) }, { Update: release }];
    for (;;) {
      try {
        await this.client.send(new TransactWriteItemsCommand({ TransactItems: items }), { abortSignal: signal });
        return;
      } catch (error) {
        if (failedOn(error, 'ConditionalCheckFailed')) {
          // The record is not this attempt's any more, because it outlived its lease: that is still to be given back.
          await this.client.send(new UpdateItemCommand(release), { abortSignal: signal });
          return;
        }
        if (!failedOn(error, 'TransactionConflict')) throw error;
        await this.pause();
      }
    }
  }

  private async beginFreely(start: RunStart, signal?: AbortSignal): Promise<Begun> {
    try {
      const command = new UpdateItemCommand(this.requests.start(start));
      const { Attributes } = await this.client.send(command, { abortSignal: signal });
      return { kind: 'running', attempt: Number(Attributes?.attempt?.N ?? 1) };
    } catch (error) {
      const record = recordIn(error);
      if (!record) throw error;
      return isOwn(record, start) ? { kind: 'running', attempt: record.attempt } : duplicate(record, start);
    }
  }

  private async beginWithLease(start: RunStart, limit: number, signal?: AbortSignal): Promise<Begun> {
    for (let round = 0; round < MAX_LEASE_ROUNDS; round++) {
      const [record, lease] = await Promise.all([this.readRun(start.runId, signal), this.readLease(signal)]);
      const holders = Object.entries(lease.holders);
      if (record) {
        const own = holders.find(([, holder]) => holder.runId === start.runId);
        if (isOwn(record, start) && own) return { kind: 'running', attempt: record.attempt, fencingToken: Number(own[0]) };
        if (asOf(record, start.now).state !== 'Failed') return duplicate(record, start);
      }
      const expired = holders.filter(([, holder]) => holder.until < start.now).map(([token]) => token);
      const running = holders.length - expired.length;
      if (running >= limit) {
        // A retry that finds others going stays Failed: it has run, so it was not skipped.
        if (record) return { kind: 'skipped', running, retry: true };
        await this.unlessRefused(
          this.client.send(new PutItemCommand(this.requests.skip(start, running)), { abortSignal: signal }),
        );
        return { kind: 'skipped', running, retry: false };
      }
      const attempt = (record?.attempt ?? 0) + 1;
      try {
        await this.client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: this.requests.startAs(start, attempt, record) },
              { Update: this.requests.take(start, lease, expired) },
            ],
          }),
          { abortSignal: signal },
        );
        return { kind: 'running', attempt, fencingToken: lease.version + 1 };
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        // Another start was faster: look again.
        await this.pause();
      }
    }
    throw new Error(`no lease after ${MAX_LEASE_ROUNDS} rounds`);
  }

  private async readRun(runId: string, signal?: AbortSignal): Promise<RunRecord | undefined> {
    const command = new GetItemCommand({ ...this.requests.runKey(runId), ConsistentRead: true });
    const { Item } = await this.client.send(command, { abortSignal: signal });
    return Item && (unmarshall(Item) as RunRecord);
  }

  private async readLease(signal?: AbortSignal): Promise<Lease> {
    const command = new GetItemCommand({ ...this.requests.leaseKey(), ConsistentRead: true });
    const { Item } = await this.client.send(command, { abortSignal: signal });
    return Item ? (unmarshall(Item) as Lease) : { version: 0, holders: {} };
  }

  /**
   * The whole attempt in one write, at its end: its start could not be recorded, or was and the answer was lost. Where a
   * record is there it is looked at first, because it may be another delivery's.
   */
  private async recordAtOnce(start: RunStart, end: RunEnd, signal?: AbortSignal): Promise<void> {
    try {
      await this.client.send(new PutItemCommand(this.requests.whole(start, end, 1, undefined)), { abortSignal: signal });
    } catch (error) {
      const record = recordIn(error);
      if (!record) throw error;
      const own = isOwn(record, start);
      if (!own && asOf(record, end.now).state !== 'Failed') return;
      const attempt = own ? record.attempt : record.attempt + 1;
      await this.unlessRefused(
        this.client.send(new PutItemCommand(this.requests.whole(start, end, attempt, record)), { abortSignal: signal }),
      );
    }
  }

  /** A write whose condition fails is not to be made: the run has gone on without it. */
  private async unlessRefused(write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 5 + this.random() * 45));
  }
}

function duplicate(record: RunRecord, start: RunStart): Begun {
  return { kind: 'duplicate', state: record.state, retry: record.state === 'Running' && record.requestId === start.requestId };
}

/** The record for which a condition failed. */
function recordIn(error: unknown): RunRecord | undefined {
  return error instanceof ConditionalCheckFailedException && error.Item ? (unmarshall(error.Item) as RunRecord) : undefined;
}

function failedOn(error: unknown, code: string): boolean {
  return (
    error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some((reason) => reason.Code === code)
  );
}
