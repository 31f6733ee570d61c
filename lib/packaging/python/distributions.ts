import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { treeOf } from '../files';

/** What an installer writes of its own doing: it differs between installers, machines and days, and nothing reads it later. */
const NOTES = ['RECORD', 'RECORD.jws', 'RECORD.p7s', 'INSTALLER', 'REQUESTED', 'direct_url.json', 'uv_cache.json'];
/** Commands, with the interpreter of this machine in their first lines. */
const COMMANDS = ['bin', 'Scripts'];

/**
 * A package as it is installed.
 *
 * @internal
 */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Size of its files, unzipped. */
  readonly bytes: number;
  /** What it was built for, such as `cp313-cp313-manylinux_2_28_aarch64`. */
  readonly tags: readonly string[];
}

/**
 * A package with what its `.dist-info` says of it.
 *
 * @internal
 */
export interface Distribution {
  readonly name: string;
  readonly version: string;
  /** What it was built for, such as `cp313-cp313-manylinux_2_28_aarch64`. */
  readonly tags: readonly string[];
  /** Paths of its files, relative, with `/`. */
  readonly files: readonly string[];
}

/**
 * The packages in a folder as the installer has left it.
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

/** The first column of a line of comma-separated values. */
function pathOfRecord(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)?.[1];
  return (quoted?.replaceAll('""', '"') ?? line.split(',')[0] ?? '').replaceAll('\\', '/');
}

/**
 * The packages with the sizes of those of their files that are there.
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
 * Deletes what no function needs: compiled files, which are of another interpreter; commands; the installer's notes; and folders
 * named `tests`, unless the package they are in imports them itself.
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
    const note = top.endsWith('.dist-info') && NOTES.includes(name);
    if (note || isCompiled(file) || (isTest(file) && !importers.has(top))) remove(file);
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
