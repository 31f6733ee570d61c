import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { formatValue, ValidationError } from '../private/errors';
import { filesBelow } from './package-contents';

/** An installed package, and its place in the package of a function. */
interface PlacedPackage {
  /** Folder of the installed package. */
  readonly directory: string;
  /** Path within the package of the function. */
  readonly target: string;
}

/**
 * Files of installed npm packages and of their dependencies, as below `node_modules`: path within the package, with `/`, to path
 * on disk. Where packages depend on several versions of a package, further versions go below the packages that depend on them.
 *
 * @param from folder of the code that imports the packages
 *
 * @throws ValidationError when a package or a dependency is not installed
 *
 * @internal
 */
export function installedPackages(names: readonly string[], from: string): Map<string, string> {
  const placed = new Map<string, PlacedPackage>();
  for (const name of names) {
    const directory = findPackage(name, from);
    if (!directory)
      throw new ValidationError(
        `modules must name installed npm packages, got: ${formatValue(name)}; run the install command of your package manager`,
      );
    place(name, directory, [], placed);
  }
  const files = new Map<string, string>();
  for (const { directory, target } of placed.values()) {
    // Packages in its own node_modules are placed one by one: it may not depend on all of them.
    for (const name of filesBelow(directory, ['node_modules'])) files.set(posix.join(target, name), join(directory, name));
  }
  return files;
}

/** @param parents places of the packages that depend on it, the outermost first: Node.js looks below each of them */
function place(name: string, directory: string, parents: readonly string[], placed: Map<string, PlacedPackage>): void {
  const visible = [...parents]
    .reverse()
    .map((parent) => placed.get(posix.join(parent, 'node_modules', name)))
    .find((found) => found !== undefined);
  const top = posix.join('node_modules', name);
  const found = visible ?? placed.get(top);
  if (found?.directory === directory) return;
  const target = found ? posix.join(parents.at(-1) ?? '', 'node_modules', name) : top;
  placed.set(target, { directory, target });

  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const required = Object.keys({ ...manifest.dependencies });
  const optional = Object.keys({ ...manifest.optionalDependencies, ...manifest.peerDependencies });
  for (const dependency of new Set([...required, ...optional])) {
    const found = findPackage(dependency, directory);
    if (found) place(dependency, found, [...parents, target], placed);
    else if (required.includes(dependency) && !optional.includes(dependency)) {
      throw new ValidationError(
        `the dependencies of an npm package in modules must be installed, got: ${formatValue(name)} without ${formatValue(dependency)}; run the install command of your package manager`,
      );
    }
  }
}

/** Folder of an installed package, as Node.js finds it. `require.resolve` needs an exported package.json, which not all have. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}
