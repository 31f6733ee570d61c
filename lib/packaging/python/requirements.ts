import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isFile } from '../files';
import { hashSource } from './local-source';
import { linesOfPipfileLock, localsOfPipfileLock, readPipfileLock, requirePipfileLock } from './pipfile-lock';
import { linesOfPoetryLock, localsOfPoetryLock, readPoetryLock } from './poetry-lock';
import { readPyproject } from './pyproject';
import type { RequirementLines } from './requirement-lines';
import { readRequirementsFile, requireIndexed, requireNoUrl, unhashed } from './requirements-file';
import { readText } from './text';
import { findWorkspaceLock, groupsOfUvLock, linesOfUvLock, localsOfUvLock, readUvLock } from './uv-lock';

/**
 * Files of requirements in a folder, in the order of preference: locks contain all versions, and come first.
 *
 * @internal
 */
export const REQUIREMENTS_FILES = ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'requirements.txt', 'pyproject.toml'];

/** Locks of other tools, with the commands that write a requirements.txt from them. */
const OTHER_LOCKS: Readonly<Record<string, string>> = {
  'pdm.lock': 'pdm export --prod -o requirements.txt',
  'pylock.toml': 'uv pip compile pyproject.toml --generate-hashes -o requirements.txt',
};

/**
 * Python packages to install.
 *
 * @internal
 */
export interface PythonRequirements {
  /** Name in messages. */
  readonly label: string;
  /** Place in messages: a path relative to the working directory. */
  readonly origin: string;
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
    origin: 'packages',
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
  const folder = resolve(directory);
  for (const name of REQUIREMENTS_FILES) {
    if (name === 'pyproject.toml') requireReadable(folder);
    const file = join(folder, name);
    const requirements = existsSync(file) ? read(file) : undefined;
    if (requirements) return requirements;
  }
  return undefined;
}

/** Refuses a folder whose packages are listed only in a file that is not read: none of them would be installed. */
function requireReadable(folder: string): void {
  for (const [name, command] of Object.entries(OTHER_LOCKS)) {
    if (!existsSync(join(folder, name))) continue;
    const got = relative(process.cwd(), join(folder, name));
    throw new ValidationError(
      `the lock of a folder must be one of uv.lock, poetry.lock and Pipfile.lock, got: ${formatValue(got)}; run '${command}'`,
    );
  }
  const pipfile = join(folder, 'Pipfile');
  if (existsSync(pipfile)) requirePipfileLock(pipfile);
}

function read(file: string): PythonRequirements | undefined {
  const common = { label: basename(file), origin: relative(process.cwd(), file), directory: dirname(file) };
  const { label } = common;
  if (label === 'uv.lock') return ofUvLock(file, dirname(file));
  if (label === 'poetry.lock') {
    const lock = readPoetryLock(file);
    return { ...common, content: contentOf(file, localsOfPoetryLock(lock)), locked: true, lines: () => linesOfPoetryLock(lock) };
  }
  if (label === 'Pipfile.lock') {
    const lock = readPipfileLock(file);
    return {
      ...common,
      content: contentOf(file, localsOfPipfileLock(lock)),
      locked: true,
      lines: () => linesOfPipfileLock(lock),
    };
  }
  if (label === 'Pipfile') {
    requirePipfileLock(file);
    return { ...common, content: '', locked: true, lines: () => ({ requirements: [], constraints: [], options: [] }) };
  }
  if (label === 'pyproject.toml') {
    const lock = findWorkspaceLock(dirname(file));
    if (lock !== undefined) return ofUvLock(lock, dirname(file));
  }
  const lines = label === 'pyproject.toml' ? readPyproject(file) : readRequirementsFile(file);
  if (!lines || lines.requirements.length === 0) return lines && { ...common, content: '', locked: true, lines: () => lines };
  // pip requires hashes of all packages, dependencies included, where one has a hash: then nothing is left to resolve.
  const hashed = lines.requireHashes === true && unhashed(lines) === undefined;
  if (!hashed) for (const line of [...lines.requirements, ...lines.constraints]) requireNoUrl(line, label);
  return { ...common, content: JSON.stringify(lines), locked: hashed, lines: () => lines };
}

/** @param project folder of the project whose packages are installed */
function ofUvLock(file: string, project: string): PythonRequirements {
  const lock = readUvLock(file, project);
  const member = relative(dirname(file), project).replaceAll('\\', '/');
  return {
    label: basename(file),
    origin: relative(process.cwd(), file),
    content: contentOf(file, localsOfUvLock(lock), [member, groupsOfUvLock(lock)].join('')),
    locked: true,
    directory: dirname(file),
    lines: () => linesOfUvLock(lock),
  };
}

/**
 * Content of a lock, and of the local packages that it names.
 *
 * @param choice what is installed of the lock
 */
function contentOf(file: string, locals: readonly string[], choice = ''): string {
  const text = readText(file);
  if (locals.length === 0 && choice === '') return text;
  return JSON.stringify([text, choice, [...new Set(locals)].sort().map((path) => hashSource(path))]);
}
