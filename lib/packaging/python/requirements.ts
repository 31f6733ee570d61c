import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isFile } from '../files';
import { readPipfileLock, readPoetryLock, readPyproject, readUvLock } from './locks';
import { type RequirementLines, readRequirementsFile, requireIndexed, requireNoUrl } from './requirements-file';

/**
 * Files of requirements in a folder, in the order of preference: locks contain all versions, and come first.
 *
 * @internal
 */
export const REQUIREMENTS_FILES = ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'requirements.txt', 'pyproject.toml'];

/**
 * Python packages to install.
 *
 * @internal
 */
export interface PythonRequirements {
  /** Name in messages. */
  readonly label: string;
  /** Everything that decides which packages are installed, without paths of this machine. Empty for no packages. */
  readonly content: string;
  /** Whether the version of every package is given. */
  readonly locked: boolean;
  /** Folder in which the tool runs, so that it finds settings beside the file. */
  readonly directory: string;
  /** Lines for the tool. Runs uv for a uv.lock. */
  readonly lines: () => RequirementLines;
}

/**
 * Requirements from a list such as `pandas`, `requests>=2.32` or `aws-lambda-powertools[tracer]`.
 *
 * @throws ValidationError when the list is empty, or an element is not a package
 *
 * @internal
 */
export function listedRequirements(packages: readonly string[]): PythonRequirements {
  if (packages.length === 0) throw new ValidationError('packages must name at least one package, got: none');
  for (const name of packages) {
    requireIndexed(name.trim(), 'packages');
    requireNoUrl(name.trim(), 'packages');
    if (!/^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\])?\s*(?:[<>=!~(;].*)?$/.test(name.trim())) {
      throw new ValidationError(
        `a package must be a name with optional extras and versions, such as 'pandas' or 'pandas>=2,<3', got: ${formatValue(name)}`,
      );
    }
  }
  // The order does not matter.
  const requirements = [...new Set(packages.map((name) => name.trim()))].sort();
  return {
    label: requirements.join(', '),
    content: requirements.join('\n'),
    locked: false,
    directory: process.cwd(),
    lines: () => ({ requirements, constraints: [], options: [] }),
  };
}

/**
 * Requirements from a uv.lock, poetry.lock, Pipfile.lock or pyproject.toml, or from a file in the format of requirements.txt.
 *
 * @throws ValidationError when the file does not exist or cannot be used
 *
 * @internal
 */
export function requirementsOfFile(path: string): PythonRequirements {
  const file = resolve(path);
  if (!isFile(file)) {
    throw new ValidationError(
      `requirements must be an existing file, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
    );
  }
  const found = read(file);
  if (!found)
    throw new ValidationError(`a pyproject.toml must have dependencies in [project], got: none in ${formatValue(path)}`);
  return found;
}

/**
 * Requirements from the first of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and pyproject.toml that a folder has.
 *
 * @internal
 */
export function requirementsBelow(directory: string): PythonRequirements | undefined {
  for (const name of REQUIREMENTS_FILES) {
    const file = join(resolve(directory), name);
    const requirements = existsSync(file) ? read(file) : undefined;
    if (requirements) return requirements;
  }
  return undefined;
}

function read(file: string): PythonRequirements | undefined {
  const common = { label: basename(file), directory: dirname(file) };
  const locked = (lines: () => RequirementLines): PythonRequirements => {
    return { ...common, content: readFileSync(file, 'utf8'), locked: true, lines };
  };
  if (common.label === 'uv.lock') return locked(() => readUvLock(file));
  if (common.label === 'poetry.lock') return locked(() => readPoetryLock(file));
  if (common.label === 'Pipfile.lock') return locked(() => readPipfileLock(file));
  const lines = common.label === 'pyproject.toml' ? readPyproject(file) : readRequirementsFile(file);
  if (!lines || lines.requirements.length === 0) return lines && { ...common, content: '', locked: true, lines: () => lines };
  // pip requires hashes of all packages, dependencies included, where one has a hash: then nothing is left to resolve.
  const hashed = lines.requirements.every((line) => line.includes('--hash='));
  if (!hashed) for (const line of [...lines.requirements, ...lines.constraints]) requireNoUrl(line, common.label);
  return { ...common, content: JSON.stringify(lines), locked: hashed, lines: () => lines };
}
