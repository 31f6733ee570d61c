import { invalid } from '../../lambda/shared/checks';
import { wellFormed } from '../../lambda/shared/text';
import { IDEMPOTENCY_KEY_MAX_LENGTH } from '../../lib/limits/constants';
import { DELIVERY_KEY, type Delivery, ENV_FUNCTION, ENV_RUN_TABLE } from '../../lib/runs/constants';
import { readConfiguration } from './deployment';
import type { FunctionRef } from './function-ref';

/** Whether the runs of a function are tracked, by the reference of its client. */
const tracked = new WeakMap<FunctionRef, boolean>();

/**
 * Puts an event into the envelope by which the run tracker identifies a run with an idempotency key.
 *
 * @throws InvalidParameterError when the key is invalid, or the runs of the function are not tracked
 */
export async function withIdempotencyKey(ref: FunctionRef, event: unknown, idempotencyKey: string): Promise<Delivery> {
  requireKey(idempotencyKey);
  if (!(await isTracked(ref))) {
    throw invalid(
      'idempotencyKey requires a function whose runs are tracked',
      ref.name,
      'Leave out idempotencyKey, or add the function to a FunctionGroup with trackRuns.',
    );
  }
  return { [DELIVERY_KEY]: 'invoke', idempotencyKey, event: event === undefined ? {} : event };
}

function requireKey(key: unknown): void {
  const isValid = typeof key === 'string' && key !== '' && key.length <= IDEMPOTENCY_KEY_MAX_LENGTH && wellFormed(key) === key;
  if (!isValid) throw invalid(`idempotencyKey must have 1 to ${IDEMPOTENCY_KEY_MAX_LENGTH} characters`, key);
}

async function isTracked(ref: FunctionRef): Promise<boolean> {
  const known = tracked.get(ref);
  if (known !== undefined) return known;
  const { environment } = await readConfiguration(ref);
  const found = environment[ENV_FUNCTION] !== undefined && environment[ENV_RUN_TABLE] !== undefined;
  tracked.set(ref, found);
  return found;
}
