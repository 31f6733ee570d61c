import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { readPipfileLock, readPoetryLock, readPyproject, readUvLock } from './locks';
import { type RequirementLines, readRequirementsFile, requireIndexed, requireNoUrl } from './requirements-file';

/**
 * What a folder may say of its requirements, the surest first: a lock says each version, and the file beside it does not.
 *
 * @internal
 */
export const REQUIREMENTS_FILES = ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'requirements.txt', 'pyproject.toml'];

/**
 * Which Python packages are wanted.
 *
 * @internal
 */
export interface PythonRequirements {
  /** Names them in messages. */
  readonly label: string;
  /** All that decides which packages come, without any path of this machine. */
  readonly content: string;
  /** Whether it says the version of every package. */
  readonly locked: boolean;
  /** Folder in which the tool runs, so that it finds the settings beside the file. */
  readonly directory: string;
  /** What the tool is given. For a uv.lock this runs uv. */
  readonly lines: () => RequirementLines;
}

/**
 * Packages that are named one by one, such as `pandas`, `requests>=2.32` or `aws-lambda-powertools[tracer]`.
 *
 * @throws ValidationError when one is no name of a package, or there is none
 *
 * @internal
 */
export function listedRequirements(packages: readonly string[]): PythonRequirements {
  if (packages.length === 0) throw new ValidationError('packages must name one package or more, got: none');
  for (const name of packages) {
    requireIndexed(name.trim(), 'packages');
    requireNoUrl(name.trim(), 'packages');
    if (!/^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\])?\s*(?:[<>=!~(;].*)?$/.test(name.trim())) {
      throw new ValidationError(
        `a package must be a name, with or without extras and versions, such as 'pandas' or 'pandas>=2,<3', got: ${formatValue(name)}`,
      );
    }
  }
  // The same packages in another order are the same list.
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
 * The packages of a uv.lock, poetry.lock, Pipfile.lock or pyproject.toml, or of a file in the form of a requirements.txt.
 *
 * @throws ValidationError when it is not there or can't be used
 *
 * @internal
 */
export function requirementsOfFile(path: string): PythonRequirements {
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new ValidationError(
      `the requirements must be a file below the working directory ${process.cwd()}, got: ${formatValue(path)}`,
    );
  }
  const found = read(file);
  if (!found) throw new ValidationError(`a pyproject.toml must have [project] with dependencies, got: ${formatValue(path)}`);
  return found;
}

/**
 * The packages that a folder asks for: by the first that is there of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and
 * pyproject.toml.
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
  // pip itself asks for the hash of every package as soon as one has a hash.
  const hashed = lines.requirements.every((line) => line.includes('--hash='));
  if (!hashed) for (const line of [...lines.requirements, ...lines.constraints]) requireNoUrl(line, common.label);
  return { ...common, content: JSON.stringify(lines), locked: hashed, lines: () => lines };
}
