import { RESULT_MAX_BYTES } from '../../lib/limits/constants';
import { describe } from '../shared/describe';
import { ResponseTooLarge } from './errors';

/**
 * Encodes the result of a handler as the runtime of Lambda will, so that a run whose result can't be returned is not recorded as
 * Completed.
 *
 * @throws the error with which the invocation then fails
 */
export function requireReturnable(result: unknown): void {
  const text = encode(result);
  // A unit of UTF-16 takes up to 3 bytes, and counting bytes takes time.
  if (text.length * 3 <= RESULT_MAX_BYTES) return;
  if (Buffer.byteLength(text) > RESULT_MAX_BYTES) throw new ResponseTooLarge();
}

function encode(result: unknown): string {
  try {
    return JSON.stringify(result) ?? '';
  } catch (cause) {
    throw new Error(`Unable to stringify response body: ${describe(cause).errorMessage}`, { cause });
  }
}
