import { invalid, requireWhole } from '../../lambda/shared/checks';
import type { FunctionClientError } from '../../lambda/shared/errors';
import { NotReadyError, ThrottledError } from './errors';

const DEFAULT_INTERVAL_SECONDS = 1;
const MAX_WAIT_SECONDS = { min: 1, max: 3_600 } as const;
const INTERVAL_SECONDS = { min: 0.1, max: 300 } as const;
const ATTEMPTS = { min: 1, max: 10_000 } as const;

/** Options of methods that wait. */
export interface WaitOptions {
  /**
   * Maximum time to wait, in seconds: a whole number from 1 to 3,600.
   *
   * @default 300; 120 for an event source
   */
  readonly maxWaitTime?: number;
  /** Seconds between two attempts to read the state: 0.1 to 300. @default 1 */
  readonly interval?: number;
  /** Maximum number of attempts to read the state: a whole number from 1 to 10,000. @default - as many as `maxWaitTime` allows */
  readonly maxAttempts?: number;
}

/** State of a poll. */
type PollState<T> =
  | { readonly result: T }
  /** Not reached yet: the current state, and the error that showed it. */
  | { readonly pending: string; readonly cause?: FunctionClientError };

/** Options of a poll. */
interface PollOptions<T> {
  /** Awaited state, as the message states it, such as `role 'x' must be usable`. */
  readonly awaited: string;
  readonly wait: WaitOptions & { readonly maxWaitTime: number };
  /** How to fix that the time is over. */
  readonly remedy: string;
  /** Reads the current state. An error ends the poll, except for throttling. */
  readonly read: () => Promise<PollState<T>>;
}

/**
 * Reads a state until it is reached. The waiters of the SDK go on waiting after errors such as a missing permission.
 *
 * @throws NotReadyError when the time or the attempts are over, InvalidParameterError, or the error of `read`
 */
export async function poll<T>({ awaited, wait, remedy, read }: PollOptions<T>): Promise<T> {
  const { maxWaitTime, interval = DEFAULT_INTERVAL_SECONDS, maxAttempts } = wait;
  requireWhole('maxWaitTime in seconds', maxWaitTime, MAX_WAIT_SECONDS.min, MAX_WAIT_SECONDS.max);
  requireWhole('maxAttempts', maxAttempts, ATTEMPTS.min, ATTEMPTS.max);
  if (!(interval >= INTERVAL_SECONDS.min && interval <= INTERVAL_SECONDS.max)) {
    throw invalid(`interval in seconds must be between ${INTERVAL_SECONDS.min} and ${INTERVAL_SECONDS.max}`, interval);
  }
  const deadline = performance.now() + maxWaitTime * 1_000;
  for (let attempt = 1; ; attempt++) {
    const state = await read().catch(pendingIfThrottled);
    if ('result' in state) return state.result;
    const isLast = attempt === maxAttempts;
    if (isLast || performance.now() + interval * 1_000 > deadline) {
      const { pending, cause } = state;
      const limit = isLast ? `${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}` : `${maxWaitTime} seconds`;
      throw new NotReadyError(`${awaited} within ${limit}, got: ${pending}`, {
        code: cause?.code ?? 'TimeoutError',
        remedy,
        cause,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, interval * 1_000));
  }
}

function pendingIfThrottled(error: unknown): PollState<never> {
  if (error instanceof ThrottledError) return { pending: error.message, cause: error };
  throw error;
}
