import { unlessAborted } from '../deadline';

/** How often and when work is tried again. */
export interface RetryOptions {
  /** Maximum number of attempts, the first included. `Infinity` retries until the signal aborts. */
  readonly attempts: number;
  /** Maximum delay before the second attempt, in milliseconds. It doubles with each attempt. */
  readonly firstDelayMs: number;
  /** Upper limit of each delay, in milliseconds. @default Infinity */
  readonly maxDelayMs?: number;
  /** Whether another attempt may succeed after this error. */
  readonly isRetryable: (error: unknown) => boolean;
  /** Aborts the attempt in progress, and the delay: the retry then throws the reason of the signal. */
  readonly signal?: AbortSignal;
  /**
   * Jitter: each delay is multiplied by this number, from 0 to 1. Full jitter keeps concurrent callers apart; `() => 1`
   * switches it off.
   *
   * @default Math.random
   */
  readonly random?: () => number;
  /** Waits for a delay, in milliseconds. What it throws ends the retry. @default - a timer that the signal ends */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Called before each delay, with the error and the number of the attempt that failed, from 1. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

/**
 * Retries work with exponential backoff.
 *
 * @param work gets the number of the attempt, from 1
 * @throws the error of the last attempt, an error that is not retryable, the reason of the signal, or what `sleep` throws
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, firstDelayMs, maxDelayMs = Number.POSITIVE_INFINITY, signal, random = Math.random } = options;
  const sleep = options.sleep ?? ((ms: number) => delay(ms, signal));
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await unlessAborted(work(attempt), signal);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !options.isRetryable(error)) throw error;
      options.onRetry?.(error, attempt);
      await sleep(random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1)));
    }
  }
}

/** Ends early when the signal aborts: the caller checks it. */
function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
