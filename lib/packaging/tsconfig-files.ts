import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isFile } from './files';

/**
 * TypeScript settings that esbuild reads for source files: the nearest tsconfig.json of each folder, and the files that it extends.
 * The list includes paths of missing files that esbuild would read instead if they existed.
 *
 * @param folders absolute paths of the folders of the source files
 *
 * @internal
 */
export function tsconfigFiles(folders: Iterable<string>): string[] {
  const files = new Set<string>();
  const seen = new Set<string>();
  for (const folder of folders) addNearest(folder, files, seen);
  return [...files];
}

function addNearest(from: string, files: Set<string>, seen: Set<string>): void {
  for (let folder = from; !seen.has(folder); folder = dirname(folder)) {
    seen.add(folder);
    // esbuild reads the second where the first does not exist.
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const path = join(folder, name);
      if (isFile(path)) {
        addWithBases(path, files);
        return;
      }
      files.add(path);
    }
  }
}

function addWithBases(path: string, files: Set<string>): void {
  if (files.has(path)) return;
  files.add(path);
  for (const base of basesOf(path)) {
    if (isFile(base)) addWithBases(base, files);
    else files.add(base);
  }
}

/** Paths that `extends` may refer to. One path too many only means that a bundle may be made again without need. */
function basesOf(path: string): string[] {
  const { extends: bases } = readSettings(path);
  const names = (Array.isArray(bases) ? bases : [bases]).filter((name): name is string => typeof name === 'string');
  return names.flatMap((name) => {
    if (!/^\.\.?([/\\]|$)/.test(name) && !isAbsolute(name)) return basesInPackage(name, path);
    const base = resolve(dirname(path), name);
    return base.endsWith('.json') ? [base] : [base, `${base}.json`];
  });
}

/** A base in an installed package: a file of the package, or the one that its package.json names as `tsconfig`. */
function basesInPackage(name: string, from: string): string[] {
  const { resolve: find } = createRequire(from);
  const found: string[] = [];
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`, `${name}/package.json`]) {
    try {
      found.push(find(candidate));
    } catch {
      // The file does not exist, or the package does not export it.
    }
  }
  for (const manifest of found.filter((path) => path.endsWith('package.json'))) {
    const { tsconfig } = readSettings(manifest);
    if (typeof tsconfig === 'string') found.push(resolve(dirname(manifest), tsconfig));
  }
  return found.filter((path) => path.endsWith('.json'));
}

/** Reads JSON with comments and trailing commas, as TypeScript does. Returns nothing for broken JSON, which esbuild reports. */
function readSettings(path: string): Record<string, unknown> {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const withoutComments = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string) => string ?? ' ');
  const strict = withoutComments.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? '');
  try {
    return Object(JSON.parse(strict));
  } catch {
    return {};
  }
}
