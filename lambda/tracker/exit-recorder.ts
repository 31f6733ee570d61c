import { spawnSync } from 'node:child_process';
import { describe } from '../shared/describe';
import type { RunEnd, RunningAttempt } from './attempt';

/** Timeout of the process that writes the records, in milliseconds. */
const WRITE_TIMEOUT_MS = 4_000;

/** Argument that makes the tracker's own file, run as a program, record ends. */
export const RECORD_EXIT = 'katamari-record-exit';

/** One item of the standard input of that program. */
export interface ExitRecord {
  readonly running: RunningAttempt;
  readonly end: RunEnd;
}

/**
 * Records the ends of runs when their process exits: while the handler is still running, or before an end could be written. No
 * promise settles any more by then, so a second process writes the records.
 */
export class ExitRecorder {
  /** The attempts in progress, and those whose end is known but not recorded. */
  private readonly watched = new Set<{ readonly running: RunningAttempt; readonly end?: RunEnd }>();
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

  /**
   * Watches an attempt.
   *
   * @param end the end of the attempt, if it is known; by default, the exit of the process ends the attempt
   * @returns a function that ends the watch
   */
  public watch(running: RunningAttempt, end?: RunEnd): () => void {
    // An error of an earlier run did not end the process, so it is not the reason of this one.
    if (![...this.watched].some((other) => other.end === undefined)) this.uncaught = undefined;
    const watch = { running, end };
    this.watched.add(watch);
    return () => this.watched.delete(watch);
  }

  private recordAll(code: number): void {
    if (this.watched.size === 0) return;
    const records: ExitRecord[] = [...this.watched].map(({ running, end }) => ({ running, end: end ?? this.endByExit(code) }));
    spawnSync(process.execPath, [this.program, RECORD_EXIT], {
      input: JSON.stringify(records),
      timeout: WRITE_TIMEOUT_MS,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  }

  private endByExit(code: number): RunEnd {
    const reason = this.uncaught
      ? describe(this.uncaught.reason)
      : { errorType: 'Runtime.ExitError', errorMessage: `the process exited with code ${code} while the handler was running` };
    return { state: 'Failed', now: Date.now(), ...reason };
  }
}
