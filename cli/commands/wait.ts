import { NotReadyError } from '../../client';
import { CommandError } from '../../engine/errors';
import type { CommandContext, FunctionOptions } from '../shared/command-context';
import { clientOf, findFunction } from '../shared/deployed-functions';
import { formatDuration } from '../shared/format';
import { writeJson } from '../shared/output';

export interface WaitOptions extends FunctionOptions {
  /** Whether to wait until the last update has ended, instead of until the function can be invoked. */
  readonly updated?: boolean;
  /** State to wait for, instead of until the function can be invoked. */
  readonly state?: string;
  /** Longest wait, in seconds. */
  readonly timeout: number;
  /** Seconds between two attempts to read the state. */
  readonly interval: number;
  /** Maximum number of attempts. @default - as many as the timeout allows */
  readonly attempts?: number;
}

/**
 * Waits until a function can be invoked, until its last update has ended, or until it is in a state.
 *
 * @throws CommandError when the function failed, or the time is over
 */
export async function waitForFunction(
  { target, output }: CommandContext,
  { name, group, updated, state: awaited, timeout: maxWaitTime, interval, attempts: maxAttempts, json }: WaitOptions,
): Promise<void> {
  const fn = await findFunction(target, name, group);
  const client = clientOf(fn, target);
  const started = Date.now();
  const limits = { maxWaitTime, interval, maxAttempts };
  const waiting =
    awaited !== undefined
      ? client.waitUntilState(awaited, limits)
      : updated
        ? client.waitUntilUpdated(limits)
        : client.waitUntilActive(limits);
  const configuration = await waiting.catch((error: unknown) => {
    if (!(error instanceof NotReadyError) || error.code !== 'TimeoutError') throw error;
    throw new CommandError(error.message, 'Pass a longer --timeout, or more --attempts.', { cause: error });
  });
  const { state, lastUpdateStatus, codeSha256 } = configuration;
  if (json) {
    writeJson(output, { function: fn.name, state, lastUpdateStatus, codeSha256 });
    return;
  }
  const { colors } = output;
  const took = colors.dim(`after ${formatDuration(Date.now() - started)}`);
  output.line(`${colors.bold(fn.name)} is ${colors.green(updated ? 'updated' : state.toLowerCase())} ${took}`);
}
