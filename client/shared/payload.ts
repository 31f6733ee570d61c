import { PayloadTooLargeError } from './errors';

/** @throws PayloadTooLargeError when there are more bytes than Lambda takes */
export function requireBytes(what: string, bytes: number, max: number, remedy: string): void {
  if (bytes <= max) return;
  throw new PayloadTooLargeError(`${what} must have at most ${max} bytes, got: ${bytes}`, {
    code: 'PayloadTooLargeError',
    remedy,
  });
}
