import { NotReadyError } from '../../client';
import { CommandError } from '../../engine/errors';
import type { CommandContext, FunctionOptions } from '../shared/command-context';
import { clientOf, findFunction } from '../shared/deployed-functions';
import { formatDuration } from '../shared/format';
import { writeJson } from '../shared/output';

export interface WaitOptions extends FunctionOptions {
  /** Whether to wait until the last update has ended, instead of until the function can be invoked. */
  readonly updated?: boolean;
  /** Longest wait, in seconds. */
  readonly timeout: number;
}

/**
 * Waits until a function can be invoked, or until its last update has ended.
 *
 * @throws CommandError when the function failed, or the time is over
 */
export async function waitForFunction(
  { target, output }: CommandContext,
  { name, group, updated, timeout: maxWaitTime, json }: WaitOptions,
): Promise<void> {
  const fn = await findFunction(target, name, group);
  const client = clientOf(fn, target);
  const started = Date.now();
  const wait = updated ? client.waitUntilUpdated({ maxWaitTime }) : client.waitUntilActive({ maxWaitTime });
  const configuration = await wait.catch((error: unknown) => {
    if (!(error instanceof NotReadyError) || error.code === 'Failed') throw error;
    throw new CommandError(error.message, 'Pass a longer --timeout.', { cause: error });
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
