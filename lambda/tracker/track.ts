import type { Context } from 'aws-lambda';
import {
  BEGIN_DEADLINE,
  DEADLINE_MARGIN_MS,
  FINISH_DEADLINE_MS,
  LATE_END_DEADLINE,
  LEASED_BEGIN_DEADLINE,
  LOCAL_DEADLINE_FACTOR,
  RESULT_MARGIN_MS,
  type WriteDeadline,
} from '../../lib/runs/constants';
import { callHandler, waitsForEmptyLoop } from '../shared/call-handler';
import { runStorage } from '../shared/current-run';
import { withDeadline } from '../shared/deadline';
import { describe } from '../shared/describe';
import { type Handler, isStreaming, likeStreaming } from '../shared/handler';
import { type Invocation, identify, untrackedEvent } from '../shared/invocation';
import { notRunPayload } from '../shared/not-run';
import type { RunEnd, RunningAttempt, RunStart, StartOutcome } from './attempt';
import { busyResponse, isHttpRequest } from './busy-response';
import { correlationIdOf } from './correlation-id';
import { LeaseContended, RetryTooEarly, TaskTimedOut } from './errors';
import type { ExitRecorder } from './exit-recorder';
import { LateEnds } from './late-ends';
import { LoadFailure } from './load-failure';
import { logLine } from './log';
import { requireReturnable } from './result';
import { REDRIVE_AFTER_MS } from './run-requests';
import type { RunStore } from './run-store';

export type { Handler };

export interface TrackerDependencies {
  readonly functionName: string;
  /** Undefined if tracking is switched off. */
  readonly store?: Pick<RunStore, 'begin' | 'finish' | 'takesSlot'>;
  readonly exits?: Pick<ExitRecorder, 'watch'>;
  readonly now: () => number;
  /** Whether the function runs in the local engine. @default false */
  readonly local?: boolean;
}

/** Wraps a handler in the run tracker. */
export function trackWith(dependencies: TrackerDependencies, handler: Handler): Handler {
  const { store } = dependencies;
  if (isStreaming(handler)) return withPlainEvents(handler, dependencies.now);
  const late = store && newLateEnds(dependencies, store);
  return async (event, context) => {
    const now = dependencies.now();
    if (!store || !late) return callHandler(handler, untrackedEvent(event, now), context);
    const invocation = identify(event, context, now);
    const correlationId = correlationIdOf(invocation.eventFor(1), context);
    return new TrackedRun(dependencies, store, late, { ...invocation, correlationId }, context, now).execute(handler);
  };
}

/** A streaming handler writes to a response stream while it runs. Its runs are not tracked, but deliveries to it have an envelope. */
function withPlainEvents(handler: Handler, now: () => number): Handler {
  return likeStreaming(handler, (event, stream, context) => handler(untrackedEvent(event, now()), stream, context));
}

function newLateEnds({ functionName, exits, local }: TrackerDependencies, store: Pick<RunStore, 'finish'>): LateEnds {
  return new LateEnds({
    store,
    exits,
    deadlineMs: FINISH_DEADLINE_MS * (local ? LOCAL_DEADLINE_FACTOR : 1),
    onWritten: ({ start, attempt }, { state }) =>
      logLine('INFO', 'the end of the run was recorded late', { ...logFields(functionName, start), state, attempt }),
  });
}

/** The fields by which log lines name a run. */
function logFields(functionName: string, { runId, trigger, requestId, correlationId }: RunStart) {
  return { function: functionName, runId, trigger, requestId, correlationId };
}

class TrackedRun {
  private readonly start: RunStart;
  /** The end of the run. Only the first one is recorded. */
  private ended?: Promise<void>;

  public constructor(
    private readonly dependencies: TrackerDependencies,
    private readonly store: Pick<RunStore, 'begin' | 'finish' | 'takesSlot'>,
    private readonly late: LateEnds,
    private readonly invocation: Invocation & Pick<RunStart, 'correlationId'>,
    private readonly context: Context,
    now: number,
  ) {
    this.start = {
      runId: invocation.runId,
      trigger: invocation.trigger,
      eventName: invocation.eventName,
      scheduledTime: invocation.scheduledTime,
      hasRecords: invocation.hasRecords,
      requestId: context.awsRequestId,
      correlationId: invocation.correlationId,
      logStream: context.logStreamName,
      now,
      deadline: now + context.getRemainingTimeInMillis(),
    };
  }

  public async execute(handler: Handler): Promise<unknown> {
    if (this.late.size > 0) await this.writeLateEnds();
    let outcome: StartOutcome | undefined;
    try {
      outcome = await this.begin();
    } catch (error) {
      // Only the caller can retry a request.
      if (error instanceof LeaseContended && this.isRequest()) return this.busy();
      throw error;
    }
    // This delivery must not run yet. It fails, so that Lambda retries it and reports it in the end.
    if (outcome && outcome.kind !== 'running' && outcome.retry) throw new RetryTooEarly(whyTooEarly(outcome, this.start));
    if (outcome?.kind === 'duplicate') {
      this.log('INFO', 'duplicate delivery of the run; the handler was not called', { state: outcome.state });
      return notRunPayload({ runId: this.start.runId, state: outcome.state }, true);
    }
    if (outcome?.kind === 'skipped') {
      this.log('INFO', 'run Skipped', { state: 'Skipped', running: outcome.running });
      return this.isRequest() ? this.busy() : notRunPayload({ runId: this.start.runId, state: 'Skipped' }, false);
    }
    return this.run(handler, { start: this.start, attempt: outcome?.attempt }, outcome?.fencingToken);
  }

  private async run(handler: Handler, running: RunningAttempt, fencingToken: number | undefined): Promise<unknown> {
    const attempt = running.attempt ?? this.invocation.deliveryAttempt;
    const current = {
      function: this.dependencies.functionName,
      runId: this.start.runId,
      attempt,
      scheduledTime: this.start.scheduledTime,
      correlationId: this.start.correlationId,
      fencingToken,
    };
    const unwatch = this.dependencies.exits?.watch(running);
    const end = (state: RunEnd['state'], error?: unknown) => {
      this.ended ??= this.record(running, state, error).finally(unwatch);
      return this.ended;
    };
    let timedOut: Error | undefined;
    const timer = setTimeout(() => {
      timedOut = this.timeoutError();
      void end('Failed', timedOut);
    }, this.msUntilTimeout());
    // The timer must not keep a runtime waiting that ends an invocation when the event loop is empty.
    if (waitsForEmptyLoop()) timer.unref();
    try {
      const result = await runStorage().run(current, () => callHandler(handler, this.invocation.eventFor(attempt), this.context));
      requireReturnable(result);
      // A run that is recorded as Failed must fail. A handler that blocks the event loop delays the timer, hence the second check.
      timedOut ??= this.dependencies.now() >= this.start.deadline ? this.timeoutError() : undefined;
      if (timedOut) throw timedOut;
      await end('Completed');
      return result;
    } catch (error) {
      await end('Failed', error);
      throw reasonOf(error);
    } finally {
      clearTimeout(timer);
    }
  }

  private isRequest(): boolean {
    return isHttpRequest(this.invocation.eventFor(this.invocation.deliveryAttempt));
  }

  private busy(): unknown {
    return busyResponse(this.dependencies.functionName);
  }

  private async begin(): Promise<StartOutcome | undefined> {
    try {
      const timeout = this.beforeHandler(this.store.takesSlot(this.start) ? LEASED_BEGIN_DEADLINE : BEGIN_DEADLINE);
      return await withDeadline(timeout, 'the run table', (signal) => this.store.begin(this.start, signal));
    } catch (error) {
      if (error instanceof LeaseContended) {
        // The start may have taken a slot, which must be released.
        if (error.unsure) await this.record({ start: this.start }, 'Failed', error);
        throw error;
      }
      this.log('ERROR', 'could not record the start of the run; the handler runs anyway', describe(error));
      return undefined;
    }
  }

  /** The write goes on after its deadline. */
  private async writeLateEnds(): Promise<void> {
    await withDeadline(this.beforeHandler(LATE_END_DEADLINE), 'the run table', () => this.late.write()).catch(() => undefined);
  }

  private async record(running: RunningAttempt, state: RunEnd['state'], error?: unknown): Promise<void> {
    const now = this.dependencies.now();
    const reason = state === 'Failed' ? describeEnd(error) : {};
    this.log(state === 'Failed' ? 'ERROR' : 'INFO', `run ${state}`, {
      state,
      attempt: running.attempt,
      durationMs: now - this.start.now,
      ...reason,
    });
    const ended: RunEnd = { state, now, ...reason };
    try {
      const left = this.start.deadline - now - RESULT_MARGIN_MS;
      const timeout = Math.max(RESULT_MARGIN_MS, Math.min(this.tableDeadline(FINISH_DEADLINE_MS), left));
      await withDeadline(timeout, 'the run table', (signal) => this.store.finish(running, ended, signal));
    } catch (cause) {
      this.log('ERROR', 'could not record the end of the run', describe(cause));
      this.late.add(running, ended);
    }
  }

  /** The deadline of a write before the handler is called, in milliseconds. */
  private beforeHandler({ ms, fraction }: WriteDeadline): number {
    return Math.min(this.tableDeadline(ms), (this.start.deadline - this.start.now) * fraction);
  }

  private tableDeadline(ms: number): number {
    return this.dependencies.local ? ms * LOCAL_DEADLINE_FACTOR : ms;
  }

  private timeoutError(): Error {
    return new TaskTimedOut(this.start.deadline - this.start.now);
  }

  private msUntilTimeout(): number {
    const timeout = this.start.deadline - this.start.now;
    const margin = Math.min(DEADLINE_MARGIN_MS, timeout / 10);
    return Math.max(0, this.start.deadline - margin - this.dependencies.now());
  }

  private log(level: 'INFO' | 'ERROR', message: string, fields: Record<string, unknown>): void {
    logLine(level, message, { ...logFields(this.dependencies.functionName, this.start), ...fields });
  }
}

/** The error that Lambda reports and logs: a module that fails to load fails the invocation with its own error. */
function reasonOf(error: unknown): unknown {
  return error instanceof LoadFailure ? error.reason : error;
}

function describeEnd(error: unknown) {
  return error instanceof LoadFailure ? error.describe() : describe(error);
}

function whyTooEarly(outcome: Exclude<StartOutcome, { kind: 'running' }>, { hasRecords }: RunStart): string {
  if (outcome.kind === 'skipped') {
    const what = hasRecords ? 'for records, which their source delivers again' : 'to retry the failed run';
    return `no slot is free ${what}; running: ${outcome.running}`;
  }
  return outcome.state === 'Failed'
    ? `a failed run can be started again ${REDRIVE_AFTER_MS / 60_000} minutes after its last attempt started; this delivery came earlier`
    : 'the run was delivered again before its end was recorded; it is still running, or its process was killed';
}
