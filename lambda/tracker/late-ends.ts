import { withDeadline } from '../shared/deadline';
import type { RunEnd, RunningAttempt } from './attempt';
import type { ExitRecorder } from './exit-recorder';
import type { RunStore } from './run-store';

/** Maximum number of ends to keep. The oldest are dropped first, and their runs count as killed. */
const MAX_ENDS = 100;
/** Delay before the first write in the background, in milliseconds. It doubles with each failure. */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;

interface LateEnd {
  readonly running: RunningAttempt;
  readonly end: RunEnd;
  readonly unwatch?: () => void;
}

interface LateEndsDependencies {
  readonly store: Pick<RunStore, 'finish'>;
  /** Writes the ends that are left when the process exits. */
  readonly exits?: Pick<ExitRecorder, 'watch'>;
  /** Deadline of one write, in milliseconds. */
  readonly deadlineMs: number;
  /** Called with each run whose end has been recorded. */
  readonly onWritten: (running: RunningAttempt, end: RunEnd) => void;
}

/**
 * Ends of runs that could not be recorded in time. The process keeps them, and writes them in the background, before the start of
 * the next run, or when it exits. On AWS the background stands still between two runs.
 */
export class LateEnds {
  private ends: readonly LateEnd[] = [];
  private writing?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private failures = 0;

  public constructor(private readonly dependencies: LateEndsDependencies) {}

  /** Number of ends to write. */
  public get size(): number {
    return this.ends.length;
  }

  public add(running: RunningAttempt, end: RunEnd): void {
    const dropped = this.ends.slice(0, Math.max(0, this.ends.length + 1 - MAX_ENDS));
    for (const { unwatch } of dropped) unwatch?.();
    const unwatch = this.dependencies.exits?.watch(running, end);
    this.ends = [...this.ends.slice(dropped.length), { running, end, unwatch }];
    this.writeLater();
  }

  /** Writes the ends, the oldest first, until one write fails. It never throws. */
  public write(): Promise<void> {
    if (this.ends.length === 0) return Promise.resolve();
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
      this.writeLater();
    });
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    const { store, deadlineMs, onWritten } = this.dependencies;
    try {
      for (let late = this.ends[0]; late; late = this.ends[0]) {
        const { running, end, unwatch } = late;
        await withDeadline(deadlineMs, 'the run table', (signal) => store.finish(running, end, signal));
        this.ends = this.ends.filter((other) => other !== late);
        this.failures = 0;
        unwatch?.();
        onWritten(running, end);
      }
    } catch {
      // The reason is that of the first attempt, which was logged.
      this.failures += 1;
    }
  }

  private writeLater(): void {
    if (this.ends.length === 0 || this.writing) return;
    clearTimeout(this.timer);
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    this.timer = setTimeout(() => void this.write(), delay);
    // A process that has nothing else to do may exit, and writes the ends then.
    this.timer.unref();
  }
}
