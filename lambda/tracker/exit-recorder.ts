import { spawnSync } from 'node:child_process';
import type { RunEnd, RunningAttempt } from './run-store';

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
  private uncaught?: Error;

  public constructor(private readonly program: string) {
    process.on('uncaughtExceptionMonitor', (error) => {
      this.uncaught = error;
    });
    process.on('exit', (code) => this.recordAll(code));
  }

  /** Minds an attempt until the function that is returned is called. */
  public watch(running: RunningAttempt): () => void {
    this.running.add(running);
    return () => this.running.delete(running);
  }

  private recordAll(code: number): void {
    for (const running of this.running) {
      const end: RunEnd = {
        state: 'Failed',
        now: Date.now(),
        errorType: this.uncaught?.name ?? 'Runtime.ExitError',
        errorMessage: this.uncaught?.message ?? `the process exited with code ${code} while the handler was running`,
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
