import { createHash } from 'node:crypto';
import { chunksOf, isExecutable, type PackageFiles } from './files';

/**
 * SHA-256 of a text or of bytes, in hexadecimal digits.
 *
 * @internal
 */
export function hashContent(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * SHA-256 of the content of a file, which may be larger than the memory.
 *
 * @internal
 */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  for (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * SHA-256 over the names and the content of files, and over whether they are executable; not over their times or locations.
 *
 * @internal
 */
export function hashFiles(files: PackageFiles): string {
  const hash = createHash('sha256');
  for (const [name, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const onDisk = typeof source === 'string';
    const mode = onDisk && isExecutable(source) ? 'x' : '-';
    hash.update(`${name}\0${mode}\0${onDisk ? hashFile(source) : hashContent(source)}\n`);
  }
  return hash.digest('hex');
}
