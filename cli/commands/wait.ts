import { NotReadyError } from '../../client';
import { CommandError } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { formatDuration } from '../shared/format';
import { clientOf, findOperated } from '../shared/operated-functions';

export interface WaitOptions extends CommonOptions {
  /** Whether to wait for the end of the last update, and not until the function can be invoked. */
  readonly updated?: boolean;
  /** Longest wait, in seconds. */
  readonly timeout: number;
}

/**
 * Waits until a function can be invoked, or until its last update has ended.
 *
 * @throws CommandError when it has failed, or the time is over
 */
export async function waitForFunction({ target, output }: CommandContext, name: string, options: WaitOptions): Promise<void> {
  const fn = await findOperated(target, name, options.group);
  const client = clientOf(fn, target);
  const started = Date.now();
  const maxWaitTime = options.timeout;
  const wait = options.updated ? client.waitUntilUpdated({ maxWaitTime }) : client.waitUntilActive({ maxWaitTime });
  const configuration = await wait.catch((error: unknown) => {
    if (!(error instanceof NotReadyError) || error.code === 'Failed') throw error;
    throw new CommandError(error.message, 'Wait longer, with --timeout.', { cause: error });
  });
  const { state, lastUpdateStatus, codeSha256 } = configuration;
  if (options.json) {
    output.line(JSON.stringify({ function: fn.name, state, lastUpdateStatus, codeSha256 }, undefined, 2));
    return;
  }
  const { colors } = output;
  const took = colors.dim(`after ${formatDuration(Date.now() - started)}`);
  output.line(`${colors.bold(fn.name)} is ${colors.green(options.updated ? 'updated' : state.toLowerCase())} ${took}`);
}
