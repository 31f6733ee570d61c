import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { asOf, type RunRecord } from '../shared/run';
import { foundItem, isRefused, RunTableClient } from '../shared/table/table-client';
import { isOwn, type RunEnd, type RunningAttempt, type RunStart, refusal, type StartOutcome } from './attempt';
import { LeaseRequests } from './lease-requests';
import { LeasedStart } from './leased-start';
import { RunRequests } from './run-requests';
import type { TrackerSettings } from './settings';

/** How often a record that changes meanwhile is looked at again. */
const LOOKS = 3;

/**
 * Writes the records of one function's runs. Each write is conditional on a legal transition; with a limit on overlap it
 * is one transaction over the record and the function's lease item.
 */
export class RunStore {
  private readonly table: RunTableClient;
  private readonly runs: RunRequests;
  private readonly leases: LeaseRequests;

  public constructor(
    client: Pick<DynamoDBClient, 'send'>,
    private readonly settings: TrackerSettings,
    random: () => number = Math.random,
  ) {
    this.table = new RunTableClient(client, random);
    this.runs = new RunRequests(settings);
    this.leases = new LeaseRequests(settings);
  }

  /** Whether a run takes one of the slots of its function. */
  public takesSlot(start: RunStart): boolean {
    return this.limitOf(start) !== undefined;
  }

  /**
   * Records the start of an attempt, unless it is a second delivery or too many runs are going.
   *
   * @throws LeaseContended when it must not start, because others kept it from finding out whether a slot is free
   */
  public async begin(start: RunStart, signal?: AbortSignal): Promise<StartOutcome> {
    const limit = this.limitOf(start);
    if (limit === undefined) return this.beginFreely(start, signal);
    return new LeasedStart({ table: this.table, runs: this.runs, leases: this.leases, limit }, start, signal).go();
  }

  /** Records the end of an attempt, and gives its slot back. */
  public async finish(running: RunningAttempt, end: RunEnd, signal?: AbortSignal): Promise<void> {
    const { start, attempt } = running;
    if (attempt === undefined) return this.recordAtOnce(start, end, signal);
    const update = this.runs.end(start, attempt, end);
    if (!this.takesSlot(start)) return this.unlessRefused(this.table.update(update, signal));
    const release = this.leases.release(start);
    try {
      await this.table.transact([{ Update: update }, { Update: release }], signal);
    } catch (error) {
      if (!isRefused(error)) throw error;
      // The record is not this attempt's any more, because it outlived its lease: that is still to be given back.
      await this.table.update(release, signal);
    }
  }

  private async beginFreely(start: RunStart, signal?: AbortSignal): Promise<StartOutcome> {
    try {
      const { attempt } = await this.table.update(this.runs.start(start), signal);
      return { kind: 'running', attempt: Number(attempt ?? 1) };
    } catch (error) {
      const record = foundItem(error) as RunRecord | undefined;
      if (!record) throw error;
      return isOwn(record, start) ? { kind: 'running', attempt: record.attempt } : refusal(record, start);
    }
  }

  /**
   * The whole attempt in one write, at its end: its start could not be recorded, or was and the answer was lost. Where a
   * record is there it is looked at first, because it may be another delivery's.
   */
  private async recordAtOnce(start: RunStart, end: RunEnd, signal?: AbortSignal): Promise<void> {
    let before: RunRecord | undefined;
    for (let look = 0; look < LOOKS; look++) {
      const own = before !== undefined && isOwn(before, start);
      const attempt = own ? (before?.attempt ?? 1) : (before?.attempt ?? 0) + 1;
      const items: TransactWriteItem[] = [{ Put: this.runs.whole(start, end, attempt, before) }];
      // Its start was made after all, so it has a slot.
      if (own && this.takesSlot(start)) items.push({ Update: this.leases.release(start) });
      try {
        await this.write(items, signal);
        return;
      } catch (error) {
        const record = foundItem(error) as RunRecord | undefined;
        if (!record) throw error;
        if (!isOwn(record, start) && asOf(record, end.now).state !== 'Failed') return;
        before = record;
      }
    }
  }

  private async write(items: TransactWriteItem[], signal?: AbortSignal): Promise<void> {
    const [first, ...others] = items;
    // A single write costs half of what a transaction does.
    if (first?.Put && others.length === 0) await this.table.put(first.Put, signal);
    else await this.table.transact(items, signal);
  }

  /** A write whose condition fails is not to be made: the run has gone on without it. */
  private async unlessRefused(write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }

  private limitOf(start: RunStart): number | undefined {
    const { overlapLimit, overlapOfSchedule } = this.settings;
    return overlapOfSchedule && start.trigger !== 'schedule' ? undefined : overlapLimit;
  }
}
