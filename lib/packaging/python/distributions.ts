import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

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
  /** Versions of Python that it supports, such as `>=3.10,<4`. */
  readonly requiresPython?: string;
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
        requiresPython: /^Requires-Python: *(.+?)\s*$/im.exec(metadata)?.[1],
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
