import { GetFunctionConfigurationCommand, waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { requireWhole } from '../../lambda/shared/checks';
import { NotReadyError } from '../shared/errors';
import { callAws, functionAction } from '../shared/service-errors';
import { type FunctionRef, withQualifier } from './function-ref';
import type { WaitOptions } from './types';

const DEFAULT_WAIT_SECONDS = 300;
export const MAX_WAIT_SECONDS = { min: 1, max: 3_600 } as const;

/**
 * Waits until the function is active, or until its last update has ended.
 *
 * @throws NotReadyError when the function or its update failed, or the time is over
 */
export async function waitUntil(
  awaited: 'active' | 'updated',
  ref: FunctionRef,
  { maxWaitTime = DEFAULT_WAIT_SECONDS }: WaitOptions = {},
): Promise<void> {
  requireWhole('maxWaitTime in seconds', maxWaitTime, MAX_WAIT_SECONDS.min, MAX_WAIT_SECONDS.max);
  const action = functionAction('wait for', ref.name);
  const read = () => callAws(action, () => ref.clients.lambda.send(new GetFunctionConfigurationCommand(withQualifier(ref))));
  // The waiters of the SDK go on waiting after any error: report a function that does not exist at once.
  await read();
  const wait = awaited === 'active' ? waitUntilFunctionActiveV2 : waitUntilFunctionUpdatedV2;
  try {
    await wait({ client: ref.clients.lambda, maxWaitTime, minDelay: 1, maxDelay: 5 }, withQualifier(ref));
  } catch (cause) {
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = await read();
    const [state, reason] = awaited === 'active' ? [State, StateReason] : [LastUpdateStatus, LastUpdateStatusReason];
    const failed = state === 'Failed';
    throw new NotReadyError(
      `function '${ref.name}' must become ${awaited}${failed ? '' : ` within ${maxWaitTime} seconds`}, got: '${state}'${reason ? `: ${reason}` : ''}`,
      {
        code: failed ? 'Failed' : 'TimeoutError',
        remedy: failed ? 'Fix the reason that the message names, and update the function.' : 'Set a longer maxWaitTime.',
        cause,
      },
    );
  }
}
