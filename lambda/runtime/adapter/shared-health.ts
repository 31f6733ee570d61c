import { withDeadline } from '../../shared/deadline';
import type { SdkClient } from '../../shared/sdk-client';
import { counted, followedBy, type HealthCounts, NO_CALLS } from './health';
import type { HealthTable, Write } from './health-table';

/** Timeouts of a write and of a read, in milliseconds. */
const WRITE_MS = 500;
const READ_MS = 2_000;

/** Calls that wait for the next write. */
interface Batch {
  counts: HealthCounts;
  /** Resolves when the table has the calls. */
  readonly written: Promise<HealthCounts>;
}

/** Health of a module that callers share in a table. Calls that end during a write are combined in the next one. */
export class SharedHealth {
  private table?: Promise<HealthTable>;
  private waiting?: Batch;
  private writing: Promise<unknown> = Promise.resolve();
  /** Calls whose write certainly failed: they are added to the next write. */
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
   * @returns the counts in the table after the write
   * @throws when the write does not end in time
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

  /** @throws when the table does not respond in time */
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
      // When only the response was lost, the calls are in the table: another write would count them twice.
      if (!write.inDoubt) this.unwritten = counts;
      throw error;
    }
  }

  /** Imported here, so that only adapters with a health table load the DynamoDB client. */
  private open(): Promise<HealthTable> {
    this.table ??= import('./health-table').then(
      (loaded) => new loaded.HealthTable(this.tableName, this.moduleName, this.client),
    );
    return this.table;
  }
}
