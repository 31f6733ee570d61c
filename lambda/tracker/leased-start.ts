import type { RunRecord } from '../shared/run';
import { foundItem, isConflict, isRefused, isThrottled, type RunTableClient, refusedItems } from '../shared/table/table-client';
import { isOwn, type RunStart, refusal, type StartOutcome } from './attempt';
import { LeaseContended } from './errors';
import { holderName, holderOf, isExpired, type LeaseRequests, tokenName } from './lease-requests';
import type { RunRequests } from './run-requests';

/** What a start with a limit on overlap works with. */
export interface LeasedStartDependencies {
  readonly table: RunTableClient;
  readonly runs: RunRequests;
  readonly leases: LeaseRequests;
  readonly limit: number;
}

/**
 * The start of an attempt where runs must not overlap: one transaction over its record and the lease item. It is sent
 * without a look at either; where it is refused the answer says what is there, and what is to be tried next.
 */
export class LeasedStart {
  /** The record of the attempt before, once it is known that there is one. */
  private before?: RunRecord;
  /** The holders as they were seen last, where some of them are to be cleared away. */
  private seen?: readonly string[];
  /** Whether the table works: then a start that gets no slot in time was too slow, and others may be going. */
  private answered = false;
  /** Whether a transaction may have been made of which no answer came. */
  private unsure = false;
  private pauses = 0;

  public constructor(
    private readonly parts: LeasedStartDependencies,
    private readonly start: RunStart,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws LeaseContended when the table answers, and no slot is found free or taken before the signal is given */
  public async go(): Promise<StartOutcome> {
    try {
      let begun: StartOutcome | undefined;
      while (!begun) begun = await this.round();
      return begun;
    } catch (cause) {
      if (!this.answered) throw cause;
      throw new LeaseContended(this.unsure, { cause });
    }
  }

  private async round(): Promise<StartOutcome | undefined> {
    const { table, runs } = this.parts;
    const items = [{ Put: runs.startAs(this.start, this.before) }, { Update: this.lease() }];
    this.unsure = true;
    try {
      await table.transactOnce(items, this.signal);
    } catch (error) {
      if (isRefused(error)) return this.lookAt(error);
      if (!isConflict(error) && !isThrottled(error)) throw error;
      this.unsure = false;
      this.answered ||= isConflict(error);
      await table.pause(this.pauses++, this.signal);
      return undefined;
    }
    return this.running((this.before?.attempt ?? 0) + 1);
  }

  private lookAt(error: unknown): Promise<StartOutcome | undefined> {
    this.unsure = false;
    this.answered = true;
    const [ofRecord] = refusedItems(error);
    if (ofRecord) return this.lookAtRecord(error);
    return this.lookAtHolders((foundItem(error, 1)?.holders as Set<string> | undefined) ?? new Set());
  }

  private lease() {
    const { leases, limit } = this.parts;
    if (this.seen) return leases.replace(this.start, this.seen);
    const { requestId, leaseUntil } = this.before ?? {};
    const isRetry = requestId === this.start.requestId && leaseUntil !== undefined;
    return leases.take(this.start, limit, isRetry ? holderName(leaseUntil, requestId) : undefined);
  }

  private async lookAtRecord(error: unknown): Promise<StartOutcome | undefined> {
    const record = foundItem(error) as RunRecord | undefined;
    // A record that is not there refuses no start, unless one was there before and has expired.
    if (!record && !this.before) throw error;
    if (record && isOwn(record, this.start)) return this.running(record.attempt);
    if (record) {
      const refused = refusal(record, this.start);
      const isKnown = this.before?.state === record.state && this.before.attempt === record.attempt;
      if (!refused.retry || isKnown) return refused;
    }
    this.before = record;
    return undefined;
  }

  private async lookAtHolders(holders: ReadonlySet<string>): Promise<StartOutcome | undefined> {
    const going = [...holders].filter((holder) => !isExpired(holder, this.start)).length;
    if (going >= this.parts.limit) return this.skip(going);
    this.seen = going < holders.size ? [...holders] : undefined;
    return undefined;
  }

  private async skip(running: number): Promise<StartOutcome | undefined> {
    // A retry that finds others going stays Failed: it has run, so it was not skipped.
    if (this.before) return { kind: 'skipped', running, retry: true };
    try {
      await this.parts.table.put(this.parts.runs.skip(this.start, running), this.signal);
    } catch (error) {
      const record = foundItem(error) as RunRecord | undefined;
      if (!isRefused(error) || !record) throw error;
      // The answer was lost, and the request was sent again.
      const isSkip = record.state === 'Skipped' && record.requestId === this.start.requestId;
      return isSkip ? { kind: 'skipped', running, retry: false } : this.lookAtRecord(error);
    }
    return { kind: 'skipped', running, retry: false };
  }

  private async running(attempt: number): Promise<StartOutcome> {
    // The slot is taken: a token that can't be read is no reason not to run.
    const item = await this.parts.table.get(this.parts.leases.token(this.start), this.signal).catch(() => undefined);
    return { kind: 'running', attempt, fencingToken: item?.[tokenName(holderOf(this.start))] as number | undefined };
  }
}
