import { createHash } from 'node:crypto';
import { constants, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashContent, isExecutable } from '../bundle-cache';

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
 * A file to copy, or one that is made.
 *
 * @internal
 */
export interface PackageContent {
  /** Where it is, unless it is made. */
  readonly path?: string;
  /** What is in it, where it is made. */
  readonly text?: string;
}

/**
 * SHA-256 over the names and the content of files, and over whether they may be run: not over their times, nor over where they are.
 *
 * @param files where each goes → what it is
 *
 * @internal
 */
export function hashOfFiles(files: ReadonlyMap<string, PackageContent>): string {
  const hash = createHash('sha256');
  for (const [name, { path, text }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mode = path !== undefined && isExecutable(path) ? 'x' : '-';
    hash.update(`${name}\0${mode}\0${hashContent(text ?? readFileSync(path as string))}\n`);
  }
  return hash.digest('hex');
}

/**
 * Writes files below a folder.
 *
 * @param files where each goes → what it is
 *
 * @internal
 */
export function writeFiles(directory: string, files: ReadonlyMap<string, PackageContent>): void {
  for (const [name, { path, text }] of files) {
    const target = join(directory, name);
    mkdirSync(dirname(target), { recursive: true });
    if (path === undefined) writeFileSync(target, text ?? '');
    else copyFileSync(path, target, constants.COPYFILE_FICLONE);
  }
}

/**
 * The files of a folder, as they are to be in a package.
 *
 * @internal
 */
export function contentOf(directory: string): Map<string, PackageContent> {
  return new Map(treeOf(directory).map((name) => [name, { path: join(directory, name) }]));
}

/**
 * Whether a path is that of a folder.
 *
 * @internal
 */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
