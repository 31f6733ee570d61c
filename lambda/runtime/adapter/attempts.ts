import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, type InvokeCommandOutput } from '@aws-sdk/client-lambda';
import {
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  type IBackoff,
  noJitterGenerator,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import type { SdkClient } from '../../shared/sdk-client';
import { Abandoned, CallFailure, NotInvoked, toCallFailure, toFunctionFailure } from './failures';
import { RetryBudget } from './retry-budget';
import type { AdapterSettings } from './settings';
import type { RemainingTime } from './types';

/** A retry must have at least so many milliseconds, or all that a try may take: one that is cut short at once helps nobody. */
const RETRY_MIN_MS = 1_000;

/** What a call must keep to. */
export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly context?: RemainingTime;
  /** Whether it is to be tried once: it probes a module that has failed. */
  readonly once: boolean;
}

interface Call extends CallLimits {
  readonly payload: Uint8Array;
  /** How its last try failed. */
  failure?: CallFailure;
  backoff?: IBackoff<unknown>;
  /** What its last retry took from the budget. */
  retryCost?: number;
}

/** Invokes a function, and again where that may help: within the time that the caller has, and the budget of retries. */
export class Attempts {
  private readonly budget?: RetryBudget;
  private readonly backoff: ExponentialBackoff<number>;
  private readonly pause: NonNullable<PauseOption>;

  public constructor(
    private readonly client: SdkClient,
    private readonly settings: AdapterSettings,
    pauseOption?: PauseOption,
  ) {
    this.budget = settings.retryBudget ? new RetryBudget() : undefined;
    this.backoff = new ExponentialBackoff({
      initialDelay: settings.initialRetryDelayMs,
      maxDelay: settings.maxRetryDelayMs,
      generator: settings.jitter === 'full' ? fullJitterGenerator : noJitterGenerator,
    });
    this.pause = pauseOption ?? ((ms, signal) => pause(ms, undefined, { signal }));
  }

  /**
   * @returns what the function returned; nothing of an event
   * @throws CallFailure, NotInvoked, Abandoned
   */
  public async invoke(payload: Uint8Array, limits: CallLimits): Promise<Uint8Array | undefined> {
    const call: Call = { ...limits, payload };
    const retries = retry(retryable, { maxAttempts: call.once ? 0 : this.settings.maxRetries });
    const answer = await retries.execute(async ({ attempt }) => {
      if (attempt > 0) await this.prepareRetry(call);
      return this.attempt(call);
    });
    this.budget?.giveBack(call.retryCost);
    return answer;
  }

  /** Pauses itself: a pause of cockatiel would go on after the signal. */
  private async prepareRetry(call: Call): Promise<void> {
    const failure = call.failure as CallFailure;
    call.backoff = call.backoff ? call.backoff.next(undefined) : this.backoff.next();
    const { duration } = call.backoff;
    const left = this.timeLeft(call);
    if (duration + Math.min(RETRY_MIN_MS, this.settings.requestTimeoutMs) > left) {
      throw failure.finally(`a retry after ${duration} ms does not fit in the ${Math.max(0, Math.floor(left))} ms that are left`);
    }
    if (this.budget) {
      const cost = this.budget.take(failure.timedOut);
      if (cost === undefined) throw failure.finally('the budget of retries is used up');
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
    if (left <= 0) throw call.failure?.finally('no time is left') ?? new NotInvoked('the caller has no time left');
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
    // The timeouts of the SDK end with the headers of the answer, this one with its last byte. What has returned is not
    // aborted: that would close a connection which others can use.
    const limit = timeout(ms, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    return limit.execute((context) => this.client.send(command, { abortSignal: context.signal }), signal);
  }

  /** Milliseconds until the call must have ended. */
  private timeLeft({ context }: Call): number {
    return context ? context.getRemainingTimeInMillis() - this.settings.deadlineMarginMs : Number.POSITIVE_INFINITY;
  }
}

type PauseOption = ((ms: number, signal?: AbortSignal) => Promise<unknown>) | undefined;

const retryable = handleWhen((error) => error instanceof CallFailure && error.retryable);
