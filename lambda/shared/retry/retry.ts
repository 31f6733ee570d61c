import { ConstantBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
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
  /** Called before each delay, with the error and the number of the attempt that failed, from 1. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
}

/**
 * Retries work with exponential backoff.
 *
 * @param work gets the number of the attempt, from 1
 * @throws the error of the last attempt, an error that is not retryable, or the reason of the signal
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, firstDelayMs, maxDelayMs = Number.POSITIVE_INFINITY, signal, random = Math.random } = options;
  // The policy's own backoff can't be aborted: its timer would keep the process alive after the deadline.
  const policy = retryPolicy(handleWhen(options.isRetryable), { maxAttempts: attempts - 1, backoff: new ConstantBackoff(0) });
  let failure: unknown;
  return policy.execute(async ({ attempt: retries }) => {
    if (retries > 0) {
      options.onRetry?.(failure, retries);
      await delay(random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (retries - 1)), signal);
    }
    signal?.throwIfAborted();
    try {
      return await unlessAborted(work(retries + 1), signal);
    } catch (error) {
      failure = error;
      throw error;
    }
  }, signal);
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
