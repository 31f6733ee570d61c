import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { treeOf } from '../files';
import type { Distribution } from './distributions';
import { importedModules } from './imports';

/** Records of the installer. They differ between installers, machines and days, and functions do not read them. */
const RECORDS = [
  ...['RECORD', 'RECORD.jws', 'RECORD.p7s', 'INSTALLER', 'REQUESTED'],
  ...['direct_url.json', 'uv_build.json', 'uv_cache.json'],
];
/**
 * Folders of commands, which start with the path of an interpreter of this machine, and of C headers, which uv and pip put into
 * different folders.
 */
const OUTSIDE_OF_MODULES = ['bin', 'Scripts', 'include'];

/**
 * Deletes files that functions do not need: compiled files that have a source, commands, C headers, records of the installer, and
 * folders named `tests` that nothing imports.
 *
 * @internal
 */
export function strip(directory: string, distributions: readonly Distribution[]): void {
  const remove = (path: string) => rmSync(join(directory, path), { recursive: true, force: true });
  remove('.lock');
  for (const name of OUTSIDE_OF_MODULES) if (!existsSync(join(directory, name, '__init__.py'))) remove(name);
  const files = treeOf(directory);
  const known = new Set(files);
  const kept = keptTests(directory, files, distributions);
  for (const file of files) {
    const [top = '', name = ''] = [file.split('/')[0], file.split('/').at(-1)];
    const record = top.endsWith('.dist-info') && RECORDS.includes(name);
    // A package named `bin` or `include` keeps its modules.
    const outside = OUTSIDE_OF_MODULES.includes(top) && !file.endsWith('.py');
    const tests = testsFolderOf(file);
    if (record || outside || isRecompiled(file, known) || (tests !== undefined && !kept.has(tests))) remove(file);
  }
  removeEmptyFolders(directory);
}

/** Whether Python writes a compiled file again, or never reads it. A module without a source is read from a `.pyc` beside it. */
function isRecompiled(file: string, known: ReadonlySet<string>): boolean {
  if (/(^|\/)__pycache__\/|\.pyo$/.test(file)) return true;
  return file.endsWith('.pyc') && known.has(file.slice(0, -1));
}

/** Folders named `tests` to keep: those that hold all modules of a distribution, and those that a kept module imports. */
function keptTests(directory: string, files: readonly string[], distributions: readonly Distribution[]): Set<string> {
  const kept = new Set<string>();
  for (const { files: own } of distributions) {
    const content = own.filter((file) => !/^\.\.\/|^[^/]+\.(dist-info|data)\//.test(file));
    const modules = content.filter(isModule);
    const tests = (modules.length > 0 ? modules : content).map(testsFolderOf);
    if (tests.length > 0 && !tests.includes(undefined)) for (const folder of tests) kept.add(folder as string);
  }
  const folders = new Set(files.map(testsFolderOf));
  const scan = (belongs: (file: string) => boolean): string[] => {
    const sources = files.filter(
      (file) => belongs(file) && (file.endsWith('.py') || file.endsWith('.dist-info/entry_points.txt')),
    );
    const imported = sources.flatMap((file) => modulesIn(directory, file));
    return [...new Set(imported.map((path) => testsFolderOf(`${path}/`)))].filter(
      (folder) => folder !== undefined && folders.has(folder) && !kept.has(folder),
    ) as string[];
  };
  // A tests folder that is imported may import others.
  let found = [...kept, ...scan((file) => testsFolderOf(file) === undefined)];
  while (found.length > 0) {
    const added = new Set(found);
    for (const folder of added) kept.add(folder);
    found = scan((file) => added.has(testsFolderOf(file) as string));
  }
  return kept;
}

/** Modules that a file imports or names as entry points: paths such as `package/tests/helper`. */
function modulesIn(directory: string, file: string): string[] {
  const text = readFileSync(join(directory, file), 'utf8');
  // Most files name no such folder: they are not parsed.
  if (!/\btests\b/.test(text)) return [];
  if (file.endsWith('.txt')) return [...text.matchAll(/=\s*([\w.]+)/g)].map(([, name = '']) => name.replaceAll('.', '/'));
  return importedModules(text, posix.dirname(file));
}

/** Path up to the first folder named `tests`; undefined for a file in none. */
function testsFolderOf(file: string): string | undefined {
  const folders = file.split('/').slice(0, -1);
  const index = folders.indexOf('tests');
  return index < 0 ? undefined : folders.slice(0, index + 1).join('/');
}

function isModule(file: string): boolean {
  return /\.(py|pyc|so|pyd)$/.test(file) && !file.includes('__pycache__/');
}

function removeEmptyFolders(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    removeEmptyFolders(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}
