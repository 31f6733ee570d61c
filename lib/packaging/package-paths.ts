import { formatValue, ValidationError } from '../private/errors';

/** Control characters, and the character that stands for bytes that are no text. */
const NOT_TEXT = /[\p{Cc}\ufffd]/u;

/**
 * Describes the first path that cannot be unpacked from a zip: a backslash separates folders on some machines, and
 * unpackers remove what is in front of a colon, which they read as the name of a drive.
 *
 * @param paths paths within a package, with `/`
 *
 * @internal
 */
export function pathError(paths: Iterable<string>): string | undefined {
  for (const path of paths) {
    if (!path.includes('\\') && !NOT_TEXT.test(path) && !(path.split('/')[0] ?? '').includes(':')) continue;
    return `a path in a package must have no backslash, no control character and no colon in its first part, because it could not be unpacked, got: ${quoted(path)}; rename the file`;
  }
  return undefined;
}

/**
 * Describes the first path in a zip that cannot be unpacked.
 *
 * @internal
 */
export function zipPathError(paths: Iterable<string>): string | undefined {
  for (const path of paths) {
    const leaves = path.startsWith('/') || path.split('/').includes('..');
    if (!path.includes('\\') && !NOT_TEXT.test(path) && !leaves) continue;
    return `a path in a zip must be relative, and have no '..', no backslash and no control character, because it could not be unpacked, got: ${quoted(path)}`;
  }
  return undefined;
}

/** Shows control characters. */
function quoted(path: string): string {
  return formatValue(JSON.stringify(path).slice(1, -1));
}

/**
 * Refuses paths that cannot be unpacked from a zip.
 *
 * @internal
 */
export function requirePaths(paths: Iterable<string>): void {
  const error = pathError(paths);
  if (error !== undefined) throw new ValidationError(error);
}
