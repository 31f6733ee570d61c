import { GetFunctionConfigurationCommand, waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { requireWhole } from '../../lambda/shared/checks';
import { NotReadyError } from './errors';
import { type FunctionRef, withQualifier } from './function-ref';
import { attempt, ofFunction } from './service-errors';
import type { WaitOptions } from './types';

const DEFAULT_WAIT_SECONDS = 300;

/** A pause between tries. */
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What is waited for: a state of the function, or the end of its last update. */
export type Awaited = 'active' | 'updated';

/**
 * Waits by the waiters of the SDK.
 *
 * @throws NotReadyError when the function has failed, or the time is over
 */
export async function waitUntil(awaited: Awaited, ref: FunctionRef, { maxWaitTime = DEFAULT_WAIT_SECONDS }: WaitOptions = {}) {
  requireWhole('maxWaitTime in seconds', maxWaitTime, 1, 3_600);
  const subject = ofFunction('wait for', ref.name);
  const read = () => attempt(subject, () => ref.clients.lambda.send(new GetFunctionConfigurationCommand(withQualifier(ref))));
  // The waiters take any error for a reason to wait, so a function that is not there is found out first.
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
        remedy: failed ? 'Mend what the reason names, and update the function.' : 'Wait longer, with maxWaitTime.',
        cause,
      },
    );
  }
}
