import { spawnSync } from 'node:child_process';
import { describe } from '../shared/describe';
import type { RunEnd, RunningAttempt } from './attempt';

/** Longest that the end of a process waits for its record, in milliseconds. */
const WRITE_BUDGET_MS = 4_000;

/** The argument by which the tracker's own file, run as a program, knows that it is to record an end. */
export const RECORD_EXIT = 'katamari-record-exit';

/** What the program reads from its standard input. */
export interface ExitRecord {
  readonly running: RunningAttempt;
  readonly end: RunEnd;
}

/**
 * Records the end of a run whose process ends while its handler is still going. No promise settles any more by then, so a
 * second process does the writing.
 */
export class ExitRecorder {
  private readonly running = new Set<RunningAttempt>();
  /** What was thrown where nothing could catch it. */
  private uncaught?: { readonly reason: unknown };

  public constructor(private readonly program: string) {
    process.on('uncaughtExceptionMonitor', (reason) => {
      this.uncaught = { reason };
    });
    process.prependListener('unhandledRejection', (reason) => {
      this.uncaught = { reason };
      // Lambda's runtime has a listener that ends the process. Without one Node.js does, unless somebody listens.
      if (process.listenerCount('unhandledRejection') === 1) throw reason;
    });
    process.on('exit', (code) => this.recordAll(code));
  }

  /** Minds an attempt until the function that is returned is called. */
  public watch(running: RunningAttempt): () => void {
    // What somebody caught in an earlier run after all is not the reason of this one.
    if (this.running.size === 0) this.uncaught = undefined;
    this.running.add(running);
    return () => this.running.delete(running);
  }

  private recordAll(code: number): void {
    for (const running of this.running) {
      const end: RunEnd = {
        state: 'Failed',
        now: Date.now(),
        ...(this.uncaught
          ? describe(this.uncaught.reason)
          : {
              errorType: 'Runtime.ExitError',
              errorMessage: `the process exited with code ${code} while the handler was running`,
            }),
      };
      const record: ExitRecord = { running, end };
      spawnSync(process.execPath, [this.program, RECORD_EXIT], {
        input: JSON.stringify(record),
        timeout: WRITE_BUDGET_MS,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    }
  }
}
