import type { Context } from 'aws-lambda';
import { DEADLINE_MARGIN_MS } from '../../lib/runs/constants';
import { runStorage } from '../shared/current-run';
import type { ExitRecorder } from './exit-recorder';
import { type Invocation, identify } from './invocation';
import { logLine } from './log';
import type { Begun, RunEnd, RunningAttempt, RunStart, RunStore } from './run-store';

/** Longest wait for the table before the handler starts without a record, in milliseconds. */
const BEGIN_BUDGET_MS = 3_000;
/** Longest wait for the table after the handler has ended, in milliseconds. */
const FINISH_BUDGET_MS = 2_000;
const ERROR_MESSAGE_MAX = 1_000;
const STREAMING_HANDLER = Symbol.for('aws.lambda.runtime.handler.streaming');

// biome-ignore lint/suspicious/noExplicitAny: a user's handler may have any signature that Lambda accepts
export type Handler = (event: any, context: Context, callback?: any) => any;

/** What the tracker works with. */
export interface TrackerParts {
  readonly functionName: string;
  /** Undefined where tracking is switched off. */
  readonly store?: RunStore;
  readonly exits?: ExitRecorder;
  readonly now: () => number;
}

/** Puts the run tracker around a handler. */
export function trackWith(parts: TrackerParts, handler: Handler): Handler {
  // A streamed response is written while the handler runs: it can't be taken apart here.
  if ((handler as { [STREAMING_HANDLER]?: unknown })[STREAMING_HANDLER]) return handler;
  const { store } = parts;
  return async (event, context) => {
    const now = parts.now();
    const invocation = identify(event, context, now);
    if (!store) return call(handler, invocation.eventFor(deliveryAttempt(event)), context);
    return new TrackedRun(parts, store, invocation, context, now).go(handler);
  };
}

class TrackedRun {
  private readonly start: RunStart;
  /** The one end that is recorded: whatever comes first. */
  private ended?: Promise<void>;

  public constructor(
    private readonly parts: TrackerParts,
    private readonly store: RunStore,
    private readonly invocation: Invocation,
    private readonly context: Context,
    now: number,
  ) {
    this.start = {
      runId: invocation.runId,
      trigger: invocation.trigger,
      eventName: invocation.eventName,
      scheduledTime: invocation.scheduledTime,
      requestId: context.awsRequestId,
      logStream: context.logStreamName,
      now,
      deadline: now + context.getRemainingTimeInMillis(),
    };
  }

  public async go(handler: Handler): Promise<unknown> {
    const begun = await this.begin();
    if (begun?.kind === 'duplicate') {
      this.log('INFO', 'run was delivered again: not run twice', { state: begun.state });
      return { katamari: { runId: this.start.runId, state: begun.state, duplicate: true } };
    }
    if (begun?.kind === 'skipped') {
      this.log('INFO', 'run Skipped', { state: 'Skipped', running: begun.running });
      return { katamari: { runId: this.start.runId, state: 'Skipped' } };
    }
    return this.run(handler, { start: this.start, attempt: begun?.attempt, fencingToken: begun?.fencingToken });
  }

  private async run(handler: Handler, running: RunningAttempt): Promise<unknown> {
    const attempt = running.attempt ?? 1;
    const current = {
      function: this.parts.functionName,
      runId: this.start.runId,
      attempt,
      scheduledTime: this.start.scheduledTime,
      fencingToken: running.fencingToken,
    };
    const forget = this.parts.exits?.watch(running);
    let timedOut: Error | undefined;
    const timer = setTimeout(() => {
      timedOut = new TaskTimedOut(this.start.deadline - this.start.now);
      void this.finish(running, 'Failed', timedOut);
    }, this.timeUntilMargin());
    try {
      const result = await runStorage().run(current, () => call(handler, this.invocation.eventFor(attempt), this.context));
      // The run is recorded as Failed, so the invocation must fail as well.
      if (timedOut) throw timedOut;
      await this.finish(running, 'Completed');
      return result;
    } catch (error) {
      await this.finish(running, 'Failed', error);
      throw error;
    } finally {
      clearTimeout(timer);
      forget?.();
    }
  }

  private async begin(): Promise<Begun | undefined> {
    try {
      return await this.store.begin(this.start, AbortSignal.timeout(BEGIN_BUDGET_MS));
    } catch (error) {
      this.log('ERROR', 'the start of the run could not be recorded: the handler runs all the same', describe(error));
      return undefined;
    }
  }

  private finish(running: RunningAttempt, state: RunEnd['state'], error?: unknown): Promise<void> {
    this.ended ??= this.record(running, state, error);
    return this.ended;
  }

  private async record(running: RunningAttempt, state: RunEnd['state'], error?: unknown): Promise<void> {
    const now = this.parts.now();
    const reason = state === 'Failed' ? describe(error) : {};
    this.log(state === 'Failed' ? 'ERROR' : 'INFO', `run ${state}`, {
      state,
      attempt: running.attempt,
      durationMs: now - this.start.now,
      ...reason,
    });
    try {
      await this.store.finish(running, { state, now, ...reason }, AbortSignal.timeout(FINISH_BUDGET_MS));
    } catch (cause) {
      this.log('ERROR', 'the end of the run could not be recorded', describe(cause));
    }
  }

  private timeUntilMargin(): number {
    const timeout = this.start.deadline - this.start.now;
    const margin = Math.min(DEADLINE_MARGIN_MS, timeout / 10);
    return Math.max(0, this.start.deadline - margin - this.parts.now());
  }

  private log(level: 'INFO' | 'ERROR', message: string, fields: Record<string, unknown>): void {
    logLine(level, message, {
      function: this.parts.functionName,
      runId: this.start.runId,
      trigger: this.start.trigger,
      requestId: this.start.requestId,
      ...fields,
    });
  }
}

class TaskTimedOut extends Error {
  public constructor(timeoutMs: number) {
    super(`Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    this.name = 'Sandbox.Timedout';
  }
}

/** Calls a handler of either kind: one that returns, a promise or not, or one that takes a callback. */
function call(handler: Handler, event: unknown, context: Context): Promise<unknown> {
  if (handler.length < 3) return Promise.resolve().then(() => handler(event, context));
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)));
    if (typeof result?.then === 'function') result.then(resolve, reject);
  });
}

function describe(error: unknown): { errorType: string; errorMessage: string } {
  const known = error instanceof Error || (typeof error === 'object' && error !== null);
  const { name, message } = known ? (error as Partial<Error>) : { name: typeof error, message: String(error) };
  return { errorType: String(name ?? 'Error').slice(0, 200), errorMessage: String(message ?? '').slice(0, ERROR_MESSAGE_MAX) };
}

/** What the scheduler says of the attempt; 1 where it says nothing that is a number. */
function deliveryAttempt(event: unknown): number {
  const attempt = Number((event as { attempt?: unknown } | null)?.attempt);
  return Number.isInteger(attempt) && attempt > 0 ? attempt : 1;
}
