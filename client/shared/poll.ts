import type { FunctionClientError } from '../../lambda/shared/errors';
import { NotReadyError } from './errors';

const INTERVAL_MS = 1_000;

/** State of a poll. */
type PollState<T> =
  | { readonly result: T }
  /** Not reached yet: the current state, and the error that showed it. */
  | { readonly pending: string; readonly cause?: FunctionClientError };

/** Options of a poll. */
interface PollOptions<T> {
  /** Awaited state, as the message states it, such as `role 'x' must be usable`. */
  readonly awaited: string;
  readonly maxWaitSeconds: number;
  /** What to do when the time is over. */
  readonly remedy: string;
  /** Reads the current state. What it throws ends the poll. */
  readonly read: () => Promise<PollState<T>>;
}

/**
 * Reads a state once a second until it is reached. For states that the SDK has a waiter for, use the waiter.
 *
 * @throws NotReadyError when the time is over, or what `read` throws
 */
export async function poll<T>({ awaited, maxWaitSeconds, remedy, read }: PollOptions<T>): Promise<T> {
  const deadline = Date.now() + maxWaitSeconds * 1_000;
  for (;;) {
    const state = await read();
    if ('result' in state) return state.result;
    if (Date.now() + INTERVAL_MS > deadline) {
      const { pending, cause } = state;
      throw new NotReadyError(`${awaited} within ${maxWaitSeconds} seconds, got: ${pending}`, {
        code: cause?.code ?? 'TimeoutError',
        remedy,
        cause,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
