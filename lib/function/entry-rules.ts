import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Construct } from 'constructs';
import { isDirectory, isFile } from '../packaging/files';
import { formatValue, ValidationError } from '../private/errors';
import type { SourceBindOptions } from './source-config';

/**
 * Refuses an entry that does not exist. The error names the function that asks for it.
 *
 * @param path relative to the working directory
 *
 * @internal
 */
export function requireEntry(
  scope: Construct,
  { functionName }: SourceBindOptions,
  { kind, path }: { readonly kind: 'file' | 'folder'; readonly path: string },
): void {
  const absolute = resolve(path);
  if (kind === 'file' ? isFile(absolute) : isDirectory(absolute)) return;
  const whose = functionName === undefined ? 'the entry' : `the entry of ${formatValue(functionName)}`;
  const problem = existsSync(absolute) ? `is not a ${kind}` : 'does not exist';
  throw new ValidationError(
    `${whose} ${problem}; it must be a ${kind}, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
    scope,
  );
}
