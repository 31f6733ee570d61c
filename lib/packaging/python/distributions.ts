import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { treeOf } from '../files';

/** Records of the installer. They differ between installers, machines and days, and functions do not read them. */
const RECORDS = ['RECORD', 'RECORD.jws', 'RECORD.p7s', 'INSTALLER', 'REQUESTED', 'direct_url.json', 'uv_cache.json'];
/** Folders of commands, which start with the path of an interpreter of this machine. */
const COMMANDS = ['bin', 'Scripts'];

/**
 * An installed package.
 *
 * @internal
 */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Size of its files in bytes, unzipped. */
  readonly bytes: number;
  /** Compatibility tags, such as `cp313-cp313-manylinux_2_28_aarch64`. */
  readonly tags: readonly string[];
}

/**
 * An installed package as its `.dist-info` describes it.
 *
 * @internal
 */
export interface Distribution {
  readonly name: string;
  readonly version: string;
  /** Compatibility tags, such as `cp313-cp313-manylinux_2_28_aarch64`. */
  readonly tags: readonly string[];
  /** Paths of its files, relative, with `/`. */
  readonly files: readonly string[];
}

/**
 * Reads the packages in a folder of an installer.
 *
 * @see https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 *
 * @internal
 */
export function readDistributions(directory: string): Distribution[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => {
      const read = (file: string) => {
        const path = join(directory, name, file);
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      };
      const metadata = read('METADATA').split(/\r?\n\r?\n/)[0] ?? '';
      return {
        name: /^Name: *(.+?)\s*$/im.exec(metadata)?.[1] ?? '',
        version: /^Version: *(.+?)\s*$/im.exec(metadata)?.[1] ?? '',
        tags: [...read('WHEEL').matchAll(/^Tag: *(.+?)\s*$/gm)].map(([, tag = '']) => tag),
        files: read('RECORD').split(/\r?\n/).filter(Boolean).map(pathOfRecord),
      };
    })
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

/** First column of a line of comma-separated values. */
function pathOfRecord(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)?.[1];
  return (quoted?.replaceAll('""', '"') ?? line.split(',')[0] ?? '').replaceAll('\\', '/');
}

/**
 * Adds the sizes of the packages. Files that do not exist any more have no size.
 *
 * @internal
 */
export function withSizes(directory: string, distributions: readonly Distribution[]): InstalledPackage[] {
  const size = (file: string) => {
    const inside = !file.startsWith('../') && !file.startsWith('/');
    return inside ? (statSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0) : 0;
  };
  return distributions.map(({ name, version, files, tags }) => ({
    name,
    version,
    tags,
    bytes: files.reduce((sum, file) => sum + size(file), 0),
  }));
}

/**
 * Deletes files that functions do not need: compiled files, which are for another interpreter; commands; records of the installer;
 * and folders named `tests`, unless their package imports them.
 *
 * @internal
 */
export function strip(directory: string): void {
  const remove = (path: string) => rmSync(join(directory, path), { recursive: true, force: true });
  for (const name of [...COMMANDS, '.lock']) remove(name);
  const files = treeOf(directory);
  const importers = new Set<string>();
  for (const file of files) {
    if (isTest(file) || !file.endsWith('.py') || importers.has(topOf(file))) continue;
    if (IMPORTS_TESTS.test(readFileSync(join(directory, file), 'utf8'))) importers.add(topOf(file));
  }
  for (const file of files) {
    const [top = '', name = ''] = [topOf(file), file.split('/').at(-1)];
    const record = top.endsWith('.dist-info') && RECORDS.includes(name);
    if (record || isCompiled(file) || (isTest(file) && !importers.has(top))) remove(file);
  }
  removeEmptyFolders(directory);
}

/** Such as `from .tests.helper import …`, `import package.tests` and `from . import tests`. */
const IMPORTS_TESTS = /^[ \t]*(?:(?:from|import)[ \t]+[\w.]*\btests\b|from[ \t]+[\w.]+[ \t]+import[ \t][^#\n]*\btests\b)/m;

function topOf(file: string): string {
  return file.split('/')[0] as string;
}

function isTest(file: string): boolean {
  return file.split('/').slice(0, -1).includes('tests');
}

function isCompiled(file: string): boolean {
  return /(^|\/)__pycache__\/|\.py[co]$/.test(file);
}

function removeEmptyFolders(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    removeEmptyFolders(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}
