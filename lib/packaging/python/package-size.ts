import type { IConstruct } from 'constructs';
import { ValidationError } from '../../private/errors';
import type { InstalledPackage } from './distributions';

/** Function and layers together, unzipped. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BYTES = 250 * 1024 * 1024;
const SHOWN = 8;

/**
 * Refuses what is larger than Lambda takes, with the largest parts of it.
 *
 * @param what such as `the layer 'Pandas'`
 *
 * @internal
 */
export function requireSize(scope: IConstruct, what: string, parts: readonly Pick<InstalledPackage, 'name' | 'bytes'>[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_BYTES) return;
  const largest = [...parts].sort((a, b) => b.bytes - a.bytes);
  const others = largest.slice(SHOWN).reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = largest.slice(0, SHOWN).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`);
  if (others > 0) shown.push(`others ${megabytes(others)}`);
  throw new ValidationError(
    `${what} may have 250 MB unzipped (${MAX_BYTES} bytes), got: ${total} bytes: ${shown.join(', ')}. Keep the largest in a DependencyStore, which loads them at the start of a function`,
    scope,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
