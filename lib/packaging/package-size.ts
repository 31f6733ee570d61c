import type { IConstruct } from 'constructs';
import { UNZIPPED_MAX_BYTES } from '../limits/constants';
import { ValidationError } from '../private/errors';

/** A file or an installed package. */
interface Part {
  readonly name: string;
  /** Size in bytes, unzipped. */
  readonly bytes: number;
}

/** Number of parts that an error lists. */
const LISTED = 8;

/**
 * Refuses a package or a layer that is larger than the limit of Lambda. The error lists its largest parts.
 *
 * @param what name in the error, such as `the layer 'Pandas'`
 *
 * @internal
 */
export function requireSize(scope: IConstruct, what: string, parts: readonly Part[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > UNZIPPED_MAX_BYTES) throw new ValidationError(sizeError(what, parts), scope);
}

/**
 * Error for parts that are too large together. It lists the largest.
 *
 * @internal
 */
export function sizeError(what: string, parts: readonly Part[]): string {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = [...parts].sort((a, b) => b.bytes - a.bytes);
  const others = largest.slice(LISTED).reduce((sum, { bytes }) => sum + bytes, 0);
  const listed = largest.slice(0, LISTED).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`);
  if (others > 0) listed.push(`others ${megabytes(others)}`);
  return `${what} must be at most ${UNZIPPED_MAX_BYTES} bytes (250 MB) unzipped, got: ${total} (${listed.join(', ')}); move the largest to a DependencyStore, which loads them when the function starts`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
