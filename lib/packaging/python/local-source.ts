import { resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { filesOf, isDirectory, isFile } from '../files';
import { hashFile, hashFiles } from '../hash';
import { NOT_CODE } from '../left-out';
import { packagedFiles } from '../package-contents';

/** Output of builds in the folder of a package. */
const BUILD_OUTPUT = ['/build/', '/dist/'];

/**
 * Files of a local package that its build may read: relative paths.
 *
 * @internal
 */
export function sourceFiles(folder: string): string[] {
  return packagedFiles(folder, [...NOT_CODE, ...BUILD_OUTPUT]);
}

/**
 * Hash of a local package: a folder, or a file such as a wheel.
 *
 * @internal
 */
export function hashSource(path: string): string {
  return isDirectory(path) ? hashFiles(filesOf(path, sourceFiles(path))) : hashFile(path);
}

/**
 * Absolute path of a local package that a lock names.
 *
 * @param base folder that the path is relative to
 * @throws ValidationError when it does not exist
 *
 * @internal
 */
export function localSource(base: string, path: string, name: string, lock: string): string {
  const found = resolve(base, path.replace(/^file:\/\//, ''));
  if (isDirectory(found) || isFile(found)) return found;
  throw new ValidationError(
    `the local package ${formatValue(name)} in ${lock} must be an existing folder or file, got: ${formatValue(path)}`,
  );
}
