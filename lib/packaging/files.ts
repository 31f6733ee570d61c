import { closeSync, constants, copyFileSync, mkdirSync, openSync, readdirSync, readSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requirePaths } from './package-paths';

/**
 * Files of a package: the path within the package, with `/`, to the path of a file to copy, or to the bytes of a generated file.
 *
 * @internal
 */
export type PackageFiles = ReadonlyMap<string, string | Uint8Array>;

/** Shared by all files: allocating it takes longer than reading most of them. */
const BUFFER = Buffer.allocUnsafeSlow(1024 * 1024);

/**
 * Paths of all files below a folder: sorted, relative, with `/`. Links are not followed.
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
 * Files of a folder as files of a package: the path within the folder to the path on disk.
 *
 * @internal
 */
export function filesOf(directory: string, names: readonly string[] = treeOf(directory)): Map<string, string> {
  return new Map(names.map((name) => [name, join(directory, name)]));
}

/**
 * Writes the files of a package to a folder.
 *
 * @throws ValidationError when the path of a file cannot be unpacked
 *
 * @internal
 */
export function writeFiles(directory: string, files: PackageFiles): void {
  requirePaths(files.keys());
  for (const [name, source] of files) {
    const target = join(directory, name);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof source === 'string') copyFileSync(source, target, constants.COPYFILE_FICLONE);
    else writeFileSync(target, source);
  }
}

/**
 * Content of a file in chunks. Each chunk is valid only until the next one is read.
 *
 * @internal
 */
export function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, BUFFER); read > 0; read = readSync(file, BUFFER)) yield BUFFER.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

/**
 * Size of a file in bytes; 0 for a broken link.
 *
 * @internal
 */
export function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @internal */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** @internal */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Whether everybody may read a file, as the user that runs functions on Lambda must.
 *
 * @internal
 */
export function isReadable(path: string): boolean {
  return (statSync(path).mode & 0o444) === 0o444;
}

/**
 * Whether the owner of a file may execute it.
 *
 * @internal
 */
export function isExecutable(path: string): boolean {
  return (statSync(path).mode & 0o100) !== 0;
}
