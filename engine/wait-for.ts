import { ConstantBackoff, handleWhenResult, retry, TaskCancelledError, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import { CommandError } from './errors';

export interface WaitOptions {
  /** What the check waits for, as the error names it, such as `answer from MiniStack`. */
  readonly what: string;
  /** Longest wait, in milliseconds. */
  readonly timeoutMs: number;
  /** Pause between two checks, in milliseconds. @default 50 */
  readonly intervalMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** More to say when the time is over. */
  readonly details?: () => string | undefined;
}

/**
 * Repeats a check until it passes.
 *
 * @throws CommandError when it does not pass in time; the reason of the signal when it aborts; whatever the check throws
 */
export async function waitFor(check: () => boolean | Promise<boolean>, options: WaitOptions): Promise<void> {
  const { what, timeoutMs, intervalMs = 50, signal, details } = options;
  const policy = wrap(
    timeout(timeoutMs, TimeoutStrategy.Aggressive),
    retry(
      handleWhenResult((passed) => !passed),
      { maxAttempts: Number.POSITIVE_INFINITY, backoff: new ConstantBackoff(intervalMs) },
    ),
  );
  signal?.throwIfAborted();
  try {
    await policy.execute(check, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TaskCancelledError)) throw error;
    const more = details?.();
    throw new CommandError(`no ${what} within ${timeoutMs / 1_000} seconds${more ? `: ${more}` : ''}`, undefined, {
      cause: error,
    });
  }
  signal?.throwIfAborted();
}
