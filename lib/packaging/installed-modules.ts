import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { formatValue, ValidationError } from '../private/errors';
import { filesBelow } from './package-contents';

/** An installed package, and where in the package of a function it goes. */
interface Placed {
  readonly directory: string;
  readonly target: string;
}

/**
 * The files of installed packages and of all that they depend on, as they would lie below `node_modules`: where each goes,
 * with `/`, to where it is. Versions that differ from the one at the top lie below the package that needs them.
 *
 * @param from folder of the module that imports them
 *
 * @throws ValidationError when a package, or one that it needs, is not installed
 *
 * @internal
 */
export function installedModules(names: readonly string[], from: string): Map<string, string> {
  const placed = new Map<string, Placed>();
  for (const name of names) {
    const directory = findPackage(name, from);
    if (!directory) throw new ValidationError(`a module to add must be an installed package, got: ${formatValue(name)}`);
    place(name, directory, [], placed);
  }
  const files = new Map<string, string>();
  for (const { directory, target } of placed.values()) {
    // Its own node_modules are placed one by one: what is there need not be what is asked for.
    for (const name of filesBelow(directory, ['node_modules'])) files.set(posix.join(target, name), join(directory, name));
  }
  return files;
}

/** @param parents places of the packages that lead here, the outermost first: Node.js looks below each of them */
function place(name: string, directory: string, parents: readonly string[], placed: Map<string, Placed>): void {
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
  const needed = Object.keys({ ...manifest.dependencies });
  const wanted = Object.keys({ ...manifest.optionalDependencies, ...manifest.peerDependencies });
  for (const dependency of new Set([...needed, ...wanted])) {
    const found = findPackage(dependency, directory);
    if (found) place(dependency, found, [...parents, target], placed);
    else if (needed.includes(dependency) && !wanted.includes(dependency)) {
      throw new ValidationError(
        `what a module needs must be installed: run your package manager's install, got: ${formatValue(dependency)}, of ${formatValue(name)}`,
      );
    }
  }
}

/** The folder of an installed package, as Node.js finds it; a package need not export its package.json. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}
