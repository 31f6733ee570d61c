import type { RunRecord } from '../shared/run';
import type { TableClient } from '../shared/table/table-client';
import {
  existingItem,
  failedConditions,
  isConditionFailed,
  isConflict,
  isThrottledTransaction,
} from '../shared/table/table-errors';
import { duplicateOf, isOwn, type RunStart, type StartOutcome } from './attempt';
import { LeaseContended } from './errors';
import { holderName, holderOf, isExpired, type LeaseRequests, tokenName } from './lease-requests';
import type { RunRequests } from './run-requests';

interface LeasedStartDependencies {
  readonly table: TableClient;
  readonly runs: RunRequests;
  readonly leases: LeaseRequests;
  readonly limit: number;
}

/**
 * Starts an attempt of a function with a limit on overlap, by one transaction on the record of the run and the lease item.
 * The transaction is sent without reading them first. If its condition fails, the error carries both items, which decide
 * the outcome or the next transaction.
 */
export class LeasedStart {
  /** The record of the attempt before, once it is known. */
  private before?: RunRecord;
  /** The holders as they were last seen, if some of them have expired. */
  private seen?: readonly string[];
  /** Whether the table has responded: a start that then gets no slot in time must not run, because others may be running. */
  private responded = false;
  /** Whether a transaction may have been made although no response came. */
  private unsure = false;

  public constructor(
    private readonly dependencies: LeasedStartDependencies,
    private readonly start: RunStart,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws LeaseContended when the table responds, but the signal aborts before the start is decided */
  public async execute(): Promise<StartOutcome> {
    try {
      return await this.dependencies.table.retry(
        () => this.decide(),
        (error) => isConflict(error) || isThrottledTransaction(error),
        this.signal,
      );
    } catch (cause) {
      if (!this.responded) throw cause;
      throw new LeaseContended(this.unsure, { cause });
    }
  }

  /** Sends transactions until one decides the outcome. */
  private async decide(): Promise<StartOutcome> {
    let outcome: StartOutcome | undefined;
    while (!outcome) outcome = await this.attempt();
    return outcome;
  }

  private async attempt(): Promise<StartOutcome | undefined> {
    const { table, runs } = this.dependencies;
    const writes = [{ put: runs.startAs(this.start, this.before) }, { update: this.lease() }];
    this.unsure = true;
    try {
      await table.transactOnce(writes, this.signal);
    } catch (error) {
      const { isFailed, isBusy } = { isFailed: isConditionFailed(error), isBusy: isConflict(error) };
      if (isFailed || isBusy || isThrottledTransaction(error)) this.unsure = false;
      this.responded ||= isFailed || isBusy;
      if (!isFailed) throw error;
      const [isRecord] = failedConditions(error);
      return isRecord ? this.checkRecord(error) : this.checkHolders(error);
    }
    return this.running((this.before?.attempt ?? 0) + 1);
  }

  private lease() {
    const { leases, limit } = this.dependencies;
    if (this.seen) return leases.replace(this.start, this.seen);
    const { requestId, leaseUntil } = this.before ?? {};
    const isRetry = requestId === this.start.requestId && leaseUntil !== undefined;
    return leases.take(this.start, limit, isRetry ? holderName(leaseUntil, requestId) : undefined);
  }

  private async checkRecord(error: unknown): Promise<StartOutcome | undefined> {
    const record = existingItem(error) as RunRecord | undefined;
    // The condition can't fail for a missing record, unless there was one and DynamoDB has deleted it.
    if (!record && !this.before) throw error;
    if (record && isOwn(record, this.start)) return this.running(record.attempt);
    if (record) {
      const duplicate = duplicateOf(record, this.start);
      const isKnown = this.before?.state === record.state && this.before.attempt === record.attempt;
      if (!duplicate.retry || isKnown) return duplicate;
    }
    this.before = record;
    return undefined;
  }

  private async checkHolders(error: unknown): Promise<StartOutcome | undefined> {
    const holders = [...((existingItem(error, 1)?.holders as ReadonlySet<string> | undefined) ?? [])];
    const running = holders.filter((holder) => !isExpired(holder, this.start)).length;
    if (running >= this.dependencies.limit) return this.skip(running);
    this.seen = running < holders.length ? holders : undefined;
    return undefined;
  }

  private async skip(running: number): Promise<StartOutcome | undefined> {
    const { table, runs } = this.dependencies;
    // A retry that finds no slot leaves the run Failed: the run was attempted, so it was not skipped. Records would be lost.
    if (this.before || this.start.hasRecords) return { kind: 'skipped', running, retry: true };
    try {
      await table.put(runs.skip(this.start, running), this.signal);
    } catch (error) {
      const record = existingItem(error) as RunRecord | undefined;
      if (!record) throw error;
      // The response was lost, and the SDK sent the request again.
      const isOwnSkip = record.state === 'Skipped' && record.requestId === this.start.requestId;
      return isOwnSkip ? { kind: 'skipped', running, retry: false } : this.checkRecord(error);
    }
    return { kind: 'skipped', running, retry: false };
  }

  private async running(attempt: number): Promise<StartOutcome> {
    const { table, leases } = this.dependencies;
    // The attempt has its slot, so it runs even if the token can't be read.
    const item = await table.get(leases.token(this.start), this.signal).catch(() => undefined);
    return { kind: 'running', attempt, fencingToken: item?.[tokenName(holderOf(this.start))] as number | undefined };
  }
}
