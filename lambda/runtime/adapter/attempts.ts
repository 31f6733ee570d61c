import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { TimeoutStrategy, timeout } from 'cockatiel';
import { retry } from '../../shared/retry/retry';
import type { SdkClient } from '../../shared/sdk-client';
import { Abandoned, CallFailure, NotInvoked, toCallFailure, toFunctionFailure } from './failures';
import { RetryBudget } from './retry-budget';
import type { AdapterSettings } from './settings';
import type { RemainingTime } from './types';

/** Minimum time for a retry in milliseconds, unless the request timeout is shorter. A shorter attempt has no chance to succeed. */
const RETRY_MIN_MS = 1_000;

/** Limits of a call. */
export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly context?: RemainingTime;
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
    private readonly client: SdkClient,
    private readonly settings: AdapterSettings,
    pauseOption?: PauseOption,
  ) {
    this.budget = settings.retryBudget ? new RetryBudget() : undefined;
    this.pause = pauseOption ?? ((ms, signal) => pause(ms, undefined, { signal }));
  }

  /**
   * @returns the payload that the function returned; undefined for an event
   * @throws CallFailure, NotInvoked, Abandoned
   */
  public async invoke(payload: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
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

  private async attempt(call: Call): Promise<Uint8Array | undefined> {
    const { signal } = call;
    if (signal?.aborted) throw new Abandoned(signal.reason);
    const left = this.timeLeft(call);
    if (left <= 0) throw call.failure?.asFinal('no time is left') ?? new NotInvoked('the caller has no time left');
    const ms = Math.min(this.settings.requestTimeoutMs, left);
    let output: InvokeCommandOutput;
    try {
      output = await this.send(call, ms);
    } catch (error) {
      if (signal?.aborted) throw new Abandoned(signal.reason);
      call.failure = toCallFailure(error, this.settings.retryable, ms);
      throw call.failure;
    }
    if (output.FunctionError) {
      call.failure = toFunctionFailure(output.Payload, this.settings.retryFunctionErrors);
      throw call.failure;
    }
    return output.Payload;
  }

  private send({ payload, signal }: Call, ms: number): Promise<InvokeCommandOutput> {
    const { functionName: FunctionName, invocationType: InvocationType } = this.settings;
    const command = new InvokeCommand({ FunctionName, InvocationType, Payload: payload });
    // The timeouts of the SDK cover the time until the response headers, this one the time until the last byte. A request that
    // has returned is not aborted, because that would close a connection which other calls can reuse.
    const limit = timeout(ms, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    return limit.execute((context) => this.client.send(command, { abortSignal: context.signal }), signal);
  }

  /** Milliseconds until the call must end. */
  private timeLeft({ context }: Call): number {
    return context ? context.getRemainingTimeInMillis() - this.settings.deadlineMarginMs : Number.POSITIVE_INFINITY;
  }
}

type PauseOption = ((ms: number, signal?: AbortSignal) => Promise<unknown>) | undefined;
