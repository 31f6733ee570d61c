import { retry } from '../shared/retry/retry';
import type { RunRecord } from '../shared/run';
import type { TableClient, WriteRequest } from '../shared/table/table-client';
import { existingItem, isConditionFailed } from '../shared/table/table-errors';
import { duplicateOf, isOwn, mayReplace, type RunEnd, type RunningAttempt, type RunStart, type StartOutcome } from './attempt';
import { LeaseRequests } from './lease-requests';
import { LeasedStart } from './leased-start';
import { RunRequests } from './run-requests';
import type { TrackerSettings } from './settings';

/** Attempts to record a whole run while other writers change its record. */
const MAX_ATTEMPTS = 3;

/**
 * Writes the records of one function's runs. Each write is conditional on a legal transition. With a limit on overlap, it is
 * a transaction on the record of the run and the lease item of the function.
 */
export class RunStore {
  private readonly runs: RunRequests;
  private readonly leases: LeaseRequests;

  public constructor(
    private readonly table: TableClient,
    private readonly settings: TrackerSettings,
  ) {
    this.runs = new RunRequests(settings);
    this.leases = new LeaseRequests(settings);
  }

  /** Whether a run takes one of the slots of its function. */
  public takesSlot(start: RunStart): boolean {
    return this.limitOf(start) !== undefined;
  }

  /**
   * Records the start of an attempt, unless it is a duplicate delivery or too many runs are in progress.
   *
   * @throws LeaseContended when concurrent starts kept it from finding out whether a slot is free: the run must not start
   */
  public async begin(start: RunStart, signal?: AbortSignal): Promise<StartOutcome> {
    const { table, runs, leases } = this;
    const limit = this.limitOf(start);
    if (limit === undefined) return this.beginWithoutLimit(start, signal);
    return new LeasedStart({ table, runs, leases, limit }, start, signal).execute();
  }

  /** Records the end of an attempt, and releases its slot. */
  public async finish(running: RunningAttempt, end: RunEnd, signal?: AbortSignal): Promise<void> {
    const { start, attempt } = running;
    if (attempt === undefined) return this.recordWhole(start, end, signal);
    const update = this.runs.end(start, attempt, end);
    const release = this.leases.release(start);
    try {
      if (!this.takesSlot(start)) await this.table.update(update, signal);
      else await this.table.transact([{ update }, { update: release }], signal);
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      // The attempt has outlived its lease, and another one owns the record. Its own slot must still be released.
      if (this.takesSlot(start)) await this.table.update(release, signal);
    }
  }

  private async beginWithoutLimit(start: RunStart, signal?: AbortSignal): Promise<StartOutcome> {
    try {
      const { attempt } = await this.table.update(this.runs.start(start), signal);
      return { kind: 'running', attempt: Number(attempt ?? 1) };
    } catch (error) {
      const record = existingItem(error) as RunRecord | undefined;
      if (!record) throw error;
      return isOwn(record, start) ? { kind: 'running', attempt: record.attempt } : duplicateOf(record, start);
    }
  }

  /**
   * Records the whole attempt at its end, because its start could not be recorded, or was recorded and the response was
   * lost. An existing record is replaced only if the attempt could have followed it.
   */
  private async recordWhole(start: RunStart, end: RunEnd, signal?: AbortSignal): Promise<void> {
    let before: RunRecord | undefined;
    const recordIn = (error: unknown) => existingItem(error) as RunRecord | undefined;
    try {
      await retry(() => this.writeWhole(start, end, before, signal), {
        attempts: MAX_ATTEMPTS,
        firstDelayMs: 0,
        isRetryable: (error) => {
          const record = recordIn(error);
          return record !== undefined && mayReplace(record, start, end);
        },
        onRetry: (error) => {
          before = recordIn(error);
        },
        signal,
      });
    } catch (error) {
      if (!recordIn(error)) throw error;
    }
  }

  private async writeWhole(start: RunStart, end: RunEnd, before: RunRecord | undefined, signal?: AbortSignal): Promise<void> {
    const own = before && isOwn(before, start);
    const put = this.runs.whole(start, end, own ? before.attempt : (before?.attempt ?? 0) + 1, before);
    const writes: readonly WriteRequest[] = [{ put }, { update: this.leases.release(start) }];
    // A single write costs half as much as a transaction. An attempt whose start was recorded after all has a slot.
    if (own && this.takesSlot(start)) await this.table.transact(writes, signal);
    else await this.table.put(put, signal);
  }

  private limitOf(start: RunStart): number | undefined {
    const { overlapLimit, overlapOfSchedule } = this.settings;
    return overlapOfSchedule && start.trigger !== 'schedule' ? undefined : overlapLimit;
  }
}
