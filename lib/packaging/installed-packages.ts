import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { formatValue, ValidationError } from '../private/errors';
import { isDirectory } from './files';
import { filesBelow } from './package-contents';

/**
 * Folders of package managers in `node_modules`. Any other name that starts with a dot is that of generated code: no package of a
 * registry can have it.
 */
const NOT_GENERATED = /^\.(bin|cache|pnpm|store|vite|vite-temp|yarn.*)$/;
const SCRIPT = /\.[cm]?js$/;

/** An installed package or a folder of generated code, and its place in the package of a function. */
interface PlacedPackage {
  /** Folder on disk. */
  readonly directory: string;
  /** Path within the package of the function. */
  readonly target: string;
}

/**
 * Files of installed npm packages and of what they need, as below `node_modules`: path within the package, with `/`, to path on disk.
 * They are what npm would install for the packages alone, and the code that other tools have generated for them in `node_modules`.
 * Where packages depend on several versions of a package, further versions go below the packages that depend on them.
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
    for (const name of namesIn(directory)) files.set(posix.join(target, name), join(directory, name));
  }
  return files;
}

/** Files of an installed package. Packages in its own node_modules are placed one by one: it may not depend on all of them. */
function namesIn(directory: string): string[] {
  return filesBelow(directory, ['node_modules']);
}

/** @param parents places of the packages that depend on it, the outermost first: Node.js looks below each of them */
function place(name: string, directory: string, parents: readonly string[], placed: Map<string, PlacedPackage>): void {
  const target = freePlace(name, directory, parents, placed);
  if (target === undefined) return;
  placed.set(target, { directory, target });

  const { required, optional } = dependenciesOf(directory);
  for (const dependency of new Set([...required, ...optional])) {
    const found = findPackage(dependency, directory);
    if (found) place(dependency, found, [...parents, target], placed);
    else if (required.includes(dependency) && !optional.includes(dependency)) {
      throw new ValidationError(
        `the dependencies of an npm package in modules must be installed, got: ${formatValue(name)} without ${formatValue(dependency)}; run the install command of your package manager`,
      );
    }
  }
  for (const [generated, folder] of generatedFor(directory)) {
    const free = freePlace(generated, folder, [...parents, target], placed);
    if (free !== undefined) placed.set(free, { directory: folder, target: free });
  }
}

/** Place of a package from which its dependents find it. Undefined where it has one. */
function freePlace(
  name: string,
  directory: string,
  parents: readonly string[],
  placed: ReadonlyMap<string, PlacedPackage>,
): string | undefined {
  const visible = [...parents]
    .reverse()
    .map((parent) => placed.get(posix.join(parent, 'node_modules', name)))
    .find((found) => found !== undefined);
  const top = posix.join('node_modules', name);
  const found = visible ?? placed.get(top);
  if (found?.directory === directory) return undefined;
  return found ? posix.join(parents.at(-1) ?? '', 'node_modules', name) : top;
}

/** Packages that npm installs with a package. It installs peers, apart from those that the package declares to be optional. */
function dependenciesOf(directory: string): { readonly required: readonly string[]; readonly optional: readonly string[] } {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const isOptional = (peer: string) => manifest.peerDependenciesMeta?.[peer]?.optional === true;
  const peers = Object.keys({ ...manifest.peerDependencies }).filter((peer) => !isOptional(peer));
  return {
    required: Object.keys({ ...manifest.dependencies }),
    optional: [...Object.keys({ ...manifest.optionalDependencies }), ...peers],
  };
}

/**
 * Folders of generated code that a package loads, such as `.prisma` for `@prisma/client`. Its package.json does not list them.
 *
 * @returns pairs of a name below `node_modules` and a folder
 */
function generatedFor(directory: string): [string, string][] {
  const found = new Map<string, string>();
  for (let folder = directory; dirname(folder) !== folder; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    for (const name of existsSync(modules) ? readdirSync(modules) : []) {
      if (name.startsWith('.') && !NOT_GENERATED.test(name) && !found.has(name) && isDirectory(join(modules, name))) {
        found.set(name, realpathSync(join(modules, name)));
      }
    }
  }
  // Reading a whole package takes long.
  if (found.size === 0) return [];
  const scripts = namesIn(directory).filter((name) => SCRIPT.test(name));
  const texts = scripts.map((name) => readFileSync(join(directory, name), 'utf8'));
  return [...found].filter(([name]) => texts.some((text) => text.includes(`'${name}/`) || text.includes(`"${name}/`)));
}

/** Folder of an installed package, as Node.js finds it. `require.resolve` needs an exported package.json, which not all have. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}
