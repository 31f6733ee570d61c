import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { unlessAborted } from '../../shared/deadline';
import { retry } from '../../shared/retry/retry';
import { type Answer, answerOf } from './answer';
import type { CallerLimits } from './caller-limits';
import { Abandoned, AttemptTimeout, CallFailure, NotInvoked, toCallFailure } from './failures';
import type { AdapterClient } from './lambda-clients';
import { RetryBudget } from './retry-budget';
import type { AdapterSettings } from './settings';

/** Minimum time for a retry in milliseconds, unless the request timeout is shorter. A shorter attempt has no chance to succeed. */
const RETRY_MIN_MS = 1_000;

/** Limits of a call. */
export interface CallLimits extends CallerLimits {
  /** Whether to make a single attempt, because the call probes a module that has failed. */
  readonly once: boolean;
}

interface Call extends CallLimits {
  readonly payload: Uint8Array;
  /** Failure of the last attempt. */
  failure?: CallFailure;
  /** Tokens that the last retry took from the retry budget. */
  retryCost?: number;
}

/** Invokes a function, and retries within the remaining time of the caller and the retry budget. */
export class Attempts {
  private readonly budget?: RetryBudget;
  private readonly pause: NonNullable<PauseOption>;

  public constructor(
    private readonly client: AdapterClient,
    private readonly settings: AdapterSettings,
    pauseOption?: PauseOption,
  ) {
    this.budget = settings.retryBudget ? new RetryBudget() : undefined;
    this.pause = pauseOption ?? ((ms, signal) => pause(ms, undefined, { signal }));
  }

  /** @throws CallFailure, NotInvoked, Abandoned */
  public async invoke(payload: Uint8Array, limits: CallLimits): Promise<Answer> {
    const call: Call = { ...limits, payload };
    const { maxRetries, initialRetryDelayMs, maxRetryDelayMs, jitter } = this.settings;
    const answer = await retry(() => this.attempt(call), {
      attempts: call.once ? 1 : maxRetries + 1,
      firstDelayMs: initialRetryDelayMs,
      maxDelayMs: maxRetryDelayMs,
      isRetryable: (error) => error instanceof CallFailure && error.retryable,
      random: jitter === 'full' ? Math.random : () => 1,
      sleep: (ms) => this.prepareRetry(call, Math.floor(ms)),
    });
    this.budget?.giveBack(call.retryCost);
    return answer;
  }

  /** Waits before a retry. @throws CallFailure when the retry does not fit in the remaining time or the retry budget */
  private async prepareRetry(call: Call, duration: number): Promise<void> {
    const failure = call.failure as CallFailure;
    const left = this.timeLeft(call);
    if (duration + Math.min(RETRY_MIN_MS, this.settings.requestTimeoutMs) > left) {
      throw failure.asFinal(`a retry after ${duration} ms does not fit into the remaining ${Math.max(0, Math.floor(left))} ms`);
    }
    if (this.budget) {
      const cost = this.budget.take(failure.timedOut);
      if (cost === undefined) throw failure.asFinal('the retry budget is used up');
      call.retryCost = cost;
    }
    try {
      await this.pause(duration, call.signal);
    } catch (error) {
      if (call.signal?.aborted) throw new Abandoned(call.signal.reason);
      throw error;
    }
  }

  private async attempt(call: Call): Promise<Answer> {
    const { signal } = call;
    if (signal?.aborted) throw new Abandoned(signal.reason);
    const { ms, release } = await this.enter(call);
    try {
      return answerOf(await this.send(call, ms), this.settings);
    } catch (error) {
      if (signal?.aborted) throw new Abandoned(signal.reason);
      call.failure = toCallFailure(error, this.settings.retryable, ms);
      throw call.failure;
    } finally {
      release?.();
    }
  }

  /**
   * Waits for a slot, which does not count toward the timeout of the attempt.
   *
   * @returns milliseconds for the attempt, and a function that returns the slot
   */
  private async enter(call: Call): Promise<{ readonly ms: number; readonly release?: () => void }> {
    const { slots } = this.client;
    let left = this.timeLeft(call);
    if (left > 0 && slots && !slots.take()) {
      const since = performance.now();
      const isInTime = await slots.wait(left, call.signal);
      if (call.signal?.aborted) throw new Abandoned(call.signal.reason);
      left = isInTime ? left - (performance.now() - since) : 0;
    }
    if (left <= 0) throw call.failure?.asFinal('no time is left') ?? new NotInvoked('the caller has no time left');
    return { ms: Math.min(this.settings.requestTimeoutMs, left), release: slots && (() => slots.release()) };
  }

  private async send({ payload, signal }: Call, ms: number): Promise<InvokeCommandOutput> {
    const { functionName: FunctionName, invocationType: InvocationType } = this.settings;
    const command = new InvokeCommand({ FunctionName, InvocationType, Payload: payload });
    // The timeouts of the client cover the silence of a connection, this one the time until the last byte. A request that has
    // returned is not aborted, because that would close a connection which other calls can reuse.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new AttemptTimeout()), ms);
    const abortSignal = signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal;
    try {
      return await unlessAborted(this.client.send(command, { abortSignal }), abortSignal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Milliseconds until the call must end. */
  private timeLeft({ context }: Call): number {
    return context ? context.getRemainingTimeInMillis() - this.settings.deadlineMarginMs : Number.POSITIVE_INFINITY;
  }
}

type PauseOption = ((ms: number, signal?: AbortSignal) => Promise<unknown>) | undefined;
