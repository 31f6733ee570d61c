import { withDeadline } from '../../shared/deadline';
import type { SdkClient } from '../../shared/sdk-client';
import { counted, followedBy, type HealthCounts, NO_CALLS } from './health';
import type { HealthTable, Write } from './health-table';

/** How long a call waits for its record, and a reader for the table, in milliseconds. */
const WRITE_MS = 500;
const READ_MS = 2_000;

/** Calls that are not in the table yet. */
interface Batch {
  counts: HealthCounts;
  /** Ends when they are. */
  readonly written: Promise<HealthCounts>;
}

/** The health of a module that its callers share. Calls that end while a write is under way go together in the next one. */
export class SharedHealth {
  private table?: Promise<HealthTable>;
  private waiting?: Batch;
  private writing: Promise<unknown> = Promise.resolve();
  /** Calls whose write has surely failed: they go with the next one. */
  private unwritten = NO_CALLS;

  public constructor(
    private readonly tableName: string,
    private readonly moduleName: string,
    private readonly client?: SdkClient,
    private readonly writeMs = WRITE_MS,
  ) {}

  /**
   * Counts a call.
   *
   * @returns what the table holds then
   * @throws when it is not written in time
   */
  public record(success: boolean, at: string): Promise<HealthCounts> {
    if (this.waiting) {
      this.waiting.counts = counted(this.waiting.counts, success, at);
      return this.waiting.written;
    }
    const written = this.writing.then(() => {
      const counts = followedBy(this.unwritten, batch.counts);
      this.waiting = undefined;
      this.unwritten = NO_CALLS;
      return this.write(counts);
    });
    const batch: Batch = { counts: counted(NO_CALLS, success, at), written };
    this.waiting = batch;
    this.writing = written.catch(() => undefined);
    return written;
  }

  /** @throws when the table does not answer */
  public read(): Promise<HealthCounts> {
    return withDeadline(READ_MS, 'the health table', async (signal) => (await this.open()).read(signal));
  }

  private async write(counts: HealthCounts): Promise<HealthCounts> {
    const write: Write = { inDoubt: false };
    try {
      return await withDeadline(this.writeMs, 'the health table', async (signal) =>
        (await this.open()).add(counts, signal, write),
      );
    } catch (error) {
      // Where the answer alone was lost they would be counted twice.
      if (!write.inDoubt) this.unwritten = counts;
      throw error;
    }
  }

  /** Loaded where there is a table: it brings the client of DynamoDB. */
  private open(): Promise<HealthTable> {
    this.table ??= import('./health-table').then(
      (loaded) => new loaded.HealthTable(this.tableName, this.moduleName, this.client),
    );
    return this.table;
  }
}
