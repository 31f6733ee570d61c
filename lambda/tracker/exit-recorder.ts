import { spawnSync } from 'node:child_process';
import { describe } from '../shared/describe';
import type { RunEnd, RunningAttempt } from './attempt';

/** Timeout of the process that writes the record, in milliseconds. */
const WRITE_TIMEOUT_MS = 4_000;

/** Argument that makes the tracker's own file, run as a program, record an end. */
export const RECORD_EXIT = 'katamari-record-exit';

/** Standard input of that program. */
export interface ExitRecord {
  readonly running: RunningAttempt;
  readonly end: RunEnd;
}

/**
 * Records the end of a run whose process exits while the handler is still running. No promise settles any more by then, so
 * a second process writes the record.
 */
export class ExitRecorder {
  private readonly running = new Set<RunningAttempt>();
  /** The error that ends the process. */
  private uncaught?: { readonly reason: unknown };

  public constructor(private readonly program: string) {
    process.on('uncaughtExceptionMonitor', (reason) => {
      this.uncaught = { reason };
    });
    process.prependListener('unhandledRejection', (reason) => {
      this.uncaught = { reason };
      // This listener keeps Node.js from ending the process. Lambda's runtime has one that ends it; without one, throw.
      if (process.listenerCount('unhandledRejection') === 1) throw reason;
    });
    process.on('exit', (code) => this.recordAll(code));
  }

  /** Watches an attempt. @returns a function that ends the watch */
  public watch(running: RunningAttempt): () => void {
    // An error of an earlier run did not end the process, so it is not the reason of this one.
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
        timeout: WRITE_TIMEOUT_MS,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
    }
  }
}
