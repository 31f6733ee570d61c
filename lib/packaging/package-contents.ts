import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, normalize, posix, resolve } from 'node:path';
import { IgnoreStrategy } from 'aws-cdk-lib';
import { formatValue, ValidationError } from '../private/errors';
import { isDirectory, isFile } from './files';
import { CREDENTIALS, VIRTUAL_ENVIRONMENT } from './left-out';
import type { PackageFile, PackageFolder } from './package-options';

/**
 * Files to add to the package of a function: path within the package, with `/`, to path on disk.
 *
 * @throws ValidationError when a file does not exist, two map to one path, or one maps to a path outside the package
 *
 * @internal
 */
export function contentsOf(files: readonly PackageFile[], folders: readonly PackageFolder[]): Map<string, string> {
  const contents = new Map<string, string>();
  const add = (target: string, source: string) => {
    const before = contents.get(target);
    if (before !== undefined && before !== source) {
      throw new ValidationError(
        `${formatValue(before)} and ${formatValue(source)} both map to the package path ${formatValue(target)}`,
      );
    }
    contents.set(target, source);
  };
  for (const file of files) {
    const source = resolve(file.path);
    if (!isFile(source)) {
      throw new ValidationError(
        `a file to add must exist, relative to the working directory ${process.cwd()}, got: ${formatValue(file.path)}`,
      );
    }
    add(posix.join(targetFolder(file.folder), basename(source)), source);
  }
  for (const folder of folders) {
    const source = resolve(folder.path);
    if (!isDirectory(source)) {
      throw new ValidationError(
        `a folder to add must exist, relative to the working directory ${process.cwd()}, got: ${formatValue(folder.path)}`,
      );
    }
    const target = targetFolder(folder.folder ?? basename(source));
    for (const name of packagedFiles(source, folder.ignore ?? [])) add(posix.join(target, name), join(source, name));
  }
  return contents;
}

/**
 * Paths of the files of a folder to package: those that match no pattern, without credentials and virtual environments. Sorted,
 * relative, with `/`.
 *
 * @param ignore patterns as in a .gitignore; one that starts with `!` includes credentials of that name
 *
 * @internal
 */
export function packagedFiles(directory: string, ignore: readonly string[]): string[] {
  return filesBelow(directory, [...CREDENTIALS, ...ignore]);
}

/**
 * Pattern of a .gitignore that matches exactly one path.
 *
 * @internal
 */
export function escapePattern(path: string): string {
  return path.replace(/[*?[\]\\ ]/g, '\\$&');
}

/**
 * Paths of all files below a folder that match no pattern: sorted, relative, with `/`. Links are followed, except for those to a
 * folder that contains them. Virtual environments in the folder are left out.
 *
 * @param ignore patterns as in a .gitignore
 *
 * @internal
 */
export function filesBelow(directory: string, ignore: readonly string[]): string[] {
  const strategy = IgnoreStrategy.git(directory, [...ignore]);
  const found: string[] = [];
  const walk = (folder: string, within: readonly string[]) => {
    const real = realpathSync(join(directory, folder));
    if (within.includes(real)) return;
    const entries = readdirSync(join(directory, folder));
    if (folder !== '' && entries.includes(VIRTUAL_ENVIRONMENT)) return;
    for (const entry of entries) {
      const name = posix.join(folder, entry);
      const path = join(directory, name);
      // Undefined for a broken link.
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() && !strategy.ignores(path)) found.push(name);
      // Ignored folders are often large: they are not read.
      if (stats?.isDirectory() && !strategy.completelyIgnores(path)) walk(name, [...within, real]);
    }
  };
  walk('', []);
  return found.sort();
}

function targetFolder(folder = '.'): string {
  const path = posix.normalize(folder.replaceAll('\\', '/'));
  if (isAbsolute(normalize(folder)) || path === '..' || path.startsWith('../')) {
    throw new ValidationError(
      `the folder within a package must be a relative path inside the package, got: ${formatValue(folder)}`,
    );
  }
  return path;
}
