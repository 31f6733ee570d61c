import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { toConfiguration } from '../shared/configuration';
import { NotReadyError } from '../shared/errors';
import { poll, type WaitOptions } from '../shared/poll';
import { callAws, functionAction } from '../shared/service-errors';
import type { FunctionConfiguration } from '../shared/types';
import { type FunctionRef, withQualifier } from './function-ref';

const DEFAULT_WAIT_SECONDS = 300;
const LONGER = 'Set a longer maxWaitTime, or more maxAttempts.';
const FIX = 'Fix the reason that the message names, and update the function.';

/** A state that a function is waited for. */
interface Awaited {
  /** The state, as the message states it. */
  readonly name: string;
  /** The current state, and its reason. */
  readonly current: (configuration: FunctionConfiguration) => readonly [state: string, reason?: string];
  readonly isReached: (state: string) => boolean;
  /** How to fix a state that never becomes the awaited one; undefined for a state that may. */
  readonly remedyFor: (state: string) => string | undefined;
}

const updateStatus = ({ lastUpdateStatus, lastUpdateStatusReason }: FunctionConfiguration) =>
  [lastUpdateStatus, lastUpdateStatusReason] as const;
const functionState = ({ state, stateReason }: FunctionConfiguration) => [state, stateReason] as const;
const failed = (state: string) => (state === 'Failed' ? FIX : undefined);

/** The function can be invoked. */
export const ACTIVE: Awaited = {
  name: 'active',
  current: functionState,
  isReached: (state) => state === 'Active',
  // Lambda has reclaimed the resources of an idle function, and creates them again when it is invoked.
  remedyFor: (state) =>
    state === 'Inactive'
      ? 'Invoke the function: the invocation fails, and makes Lambda activate it. Then wait again.'
      : failed(state),
};

/** The last update has succeeded. */
export const UPDATED: Awaited = {
  name: 'updated',
  current: updateStatus,
  isReached: (state) => state === 'Successful',
  remedyFor: failed,
};

/** No update is in progress. The last one may have failed, which another update may mend. */
export const SETTLED: Awaited = {
  name: 'ready for an update',
  current: updateStatus,
  isReached: (state) => state !== 'InProgress',
  remedyFor: () => undefined,
};

/** The function is in one of these states. */
export function inState(states: readonly string[]): Awaited {
  return {
    name: states.map((state) => `'${state}'`).join(' or '),
    current: functionState,
    isReached: (state) => states.includes(state),
    remedyFor: failed,
  };
}

/**
 * Waits until a function, or the version or alias of the reference, is in a state.
 *
 * @returns the configuration that has shown it
 * @throws NotReadyError when the function can't reach the state, or the time is over
 */
export function waitUntil(
  { name, current, isReached, remedyFor }: Awaited,
  ref: FunctionRef,
  { maxWaitTime = DEFAULT_WAIT_SECONDS, ...options }: WaitOptions = {},
): Promise<FunctionConfiguration> {
  const awaited = `${ref.qualifier ? `'${ref.qualifier}' of ` : ''}function '${ref.name}' must become ${name}`;
  const action = functionAction('wait for', ref.name);
  const command = new GetFunctionConfigurationCommand(withQualifier(ref));
  return poll<FunctionConfiguration>({
    awaited,
    wait: { maxWaitTime, ...options },
    remedy: LONGER,
    read: async () => {
      const configuration = toConfiguration(await callAws(action, () => ref.clients.lambda.send(command)));
      const [state, reason] = current(configuration);
      if (isReached(state)) return { result: configuration };
      const shown = `'${state}'${reason ? `: ${reason}` : ''}`;
      const remedy = remedyFor(state);
      if (remedy === undefined) return { pending: shown };
      throw new NotReadyError(`${awaited}, got: ${shown}`, { code: state, remedy });
    },
  });
}
