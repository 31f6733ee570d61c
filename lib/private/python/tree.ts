import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashContent } from '../bundle-cache';

/**
 * Every file below a folder: sorted, relative, with `/`.
 *
 * @internal
 */
export function treeOf(directory: string): string[] {
  const files: string[] = [];
  const walk = (prefix: string) => {
    for (const entry of readdirSync(join(directory, prefix), { withFileTypes: true })) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  walk('');
  return files.sort();
}

/**
 * SHA-256 over the names and the content of files: not over their times, nor over where they are.
 *
 * @param files where each goes → where it is
 *
 * @internal
 */
export function hashOfFiles(files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [name, path] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${hashContent(readFileSync(path))}\n`);
  }
  return hash.digest('hex');
}
