import type { Context } from 'aws-lambda';
import { DEADLINE_MARGIN_MS } from '../../lib/runs/constants';
import { runStorage } from '../shared/current-run';
import { withDeadline } from '../shared/deadline';
import { describe } from '../shared/describe';
import { callHandler, type Handler, isStreaming } from '../shared/handler';
import type { RunEnd, RunningAttempt, RunStart, StartOutcome } from './attempt';
import { LeaseContended, RetryTooEarly, TaskTimedOut } from './errors';
import type { ExitRecorder } from './exit-recorder';
import { type Invocation, identify } from './invocation';
import { logLine } from './log';
import { REDRIVE_AFTER_MS } from './run-requests';
import type { RunStore } from './run-store';

/** Longest wait for the table before the handler starts without a record, in milliseconds, and as a part of the timeout. */
const BEGIN_BUDGET_MS = 3_000;
const BEGIN_BUDGET_PART = 1 / 3;
/** The same where starts compete for slots, which takes its time with many of them: one that gives up has to come again. */
const LEASED_BEGIN_BUDGET_MS = 10_000;
const LEASED_BEGIN_BUDGET_PART = 2 / 3;
/** Longest wait for the table after the handler has ended, in milliseconds. */
const FINISH_BUDGET_MS = 2_000;
/** What is left of the timeout when a result is handed to Lambda at the latest, in milliseconds. */
const ANSWER_MARGIN_MS = 50;

export type { Handler };

/** What the tracker works with. */
export interface TrackerDependencies {
  readonly functionName: string;
  /** Undefined where tracking is switched off. */
  readonly store?: Pick<RunStore, 'begin' | 'finish' | 'takesSlot'>;
  readonly exits?: Pick<ExitRecorder, 'watch'>;
  readonly now: () => number;
}

/** Puts the run tracker around a handler. */
export function trackWith(parts: TrackerDependencies, handler: Handler): Handler {
  // A streamed response is written while the handler runs: it can't be taken apart here.
  if (isStreaming(handler)) return handler;
  const { store } = parts;
  return async (event, context) => {
    const now = parts.now();
    const invocation = identify(event, context, now);
    if (!store) return callHandler(handler, invocation.eventFor(invocation.deliveryAttempt), context);
    return new TrackedRun(parts, store, invocation, context, now).go(handler);
  };
}

class TrackedRun {
  private readonly start: RunStart;
  /** The one end that is recorded: whatever comes first. */
  private ended?: Promise<void>;

  public constructor(
    private readonly parts: TrackerDependencies,
    private readonly store: Pick<RunStore, 'begin' | 'finish' | 'takesSlot'>,
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
    // It must not run now, and nobody else may do it: Lambda is to try again, and to report it in the end.
    if (begun && begun.kind !== 'running' && begun.retry) throw new RetryTooEarly(whyTooEarly(begun));
    if (begun?.kind === 'duplicate') {
      this.log('INFO', 'run was delivered again: not run twice', { state: begun.state });
      return { katamari: { runId: this.start.runId, state: begun.state, duplicate: true } };
    }
    if (begun?.kind === 'skipped') {
      this.log('INFO', 'run Skipped', { state: 'Skipped', running: begun.running });
      return { katamari: { runId: this.start.runId, state: 'Skipped' } };
    }
    return this.run(handler, { start: this.start, attempt: begun?.attempt }, begun?.fencingToken);
  }

  private async run(handler: Handler, running: RunningAttempt, fencingToken: number | undefined): Promise<unknown> {
    const attempt = running.attempt ?? this.invocation.deliveryAttempt;
    const current = {
      function: this.parts.functionName,
      runId: this.start.runId,
      attempt,
      scheduledTime: this.start.scheduledTime,
      fencingToken,
    };
    const forget = this.parts.exits?.watch(running);
    const end = (state: RunEnd['state'], error?: unknown) => {
      this.ended ??= this.record(running, state, error).finally(forget);
      return this.ended;
    };
    let timedOut: Error | undefined;
    const timer = setTimeout(() => {
      timedOut = this.timeout();
      void end('Failed', timedOut);
    }, this.timeUntilMargin());
    try {
      const result = await runStorage().run(current, () => callHandler(handler, this.invocation.eventFor(attempt), this.context));
      // The run is recorded as Failed, so the invocation must fail as well; a handler that blocks keeps the timer from it.
      timedOut ??= this.parts.now() >= this.start.deadline ? this.timeout() : undefined;
      if (timedOut) throw timedOut;
      await end('Completed');
      return result;
    } catch (error) {
      await end('Failed', error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private async begin(): Promise<StartOutcome | undefined> {
    try {
      const [longest, part] = this.store.takesSlot(this.start)
        ? [LEASED_BEGIN_BUDGET_MS, LEASED_BEGIN_BUDGET_PART]
        : [BEGIN_BUDGET_MS, BEGIN_BUDGET_PART];
      const budget = Math.min(longest, (this.start.deadline - this.start.now) * part);
      return await withDeadline(budget, 'the run table', (signal) => this.store.begin(this.start, signal));
    } catch (error) {
      if (error instanceof LeaseContended) {
        // A slot that it has without knowing must not stay taken.
        if (error.unsure) await this.record({ start: this.start }, 'Failed', error);
        throw error;
      }
      this.log('ERROR', 'the start of the run could not be recorded: the handler runs all the same', describe(error));
      return undefined;
    }
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
      const left = this.start.deadline - now - ANSWER_MARGIN_MS;
      const budget = Math.max(ANSWER_MARGIN_MS, Math.min(FINISH_BUDGET_MS, left));
      await withDeadline(budget, 'the run table', (signal) => this.store.finish(running, { state, now, ...reason }, signal));
    } catch (cause) {
      this.log('ERROR', 'the end of the run could not be recorded', describe(cause));
    }
  }

  private timeout(): Error {
    return new TaskTimedOut(this.start.deadline - this.start.now);
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

function whyTooEarly(begun: Exclude<StartOutcome, { kind: 'running' }>): string {
  if (begun.kind === 'skipped') return `no slot is free for the retry of a run that failed, running: ${begun.running}`;
  return begun.state === 'Failed'
    ? `another delivery of a run that failed may run it again ${REDRIVE_AFTER_MS / 60_000} minutes after that attempt started: this one came earlier`
    : 'the run was delivered again, and no end of it is recorded yet: it goes on, or its process was killed';
}
