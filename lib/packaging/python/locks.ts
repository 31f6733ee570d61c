import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parse } from 'smol-toml';
import { formatValue, ValidationError } from '../../private/errors';
import { hasUv, runUv } from './host';
import { type RequirementLines, requireIndexed } from './requirements-file';

/** Of this index nothing has to be said, and a mirror of it that the user has set stays in force. */
const PYPI = /^https:\/\/pypi\.(python\.)?org\/simple\/?$/;

/**
 * The packages of a uv.lock, by uv's own export.
 *
 * @throws ValidationError when uv is not on the PATH, or can't read the lock
 *
 * @internal
 */
export function readUvLock(path: string): RequirementLines {
  if (!hasUv()) {
    throw new ValidationError(
      `${formatValue(basename(path))} needs uv on the PATH (https://docs.astral.sh/uv/getting-started/installation); without it, write a requirements.txt by 'uv export --no-dev --no-emit-project -o requirements.txt' and name that one`,
    );
  }
  const only = ['--no-dev', '--no-emit-project', '--no-header', '--no-annotate', '--format', 'requirements-txt'];
  const { succeeded, stdout, stderr } = runUv(['export', '--frozen', ...only], dirname(path));
  if (!succeeded) throw new ValidationError(`uv could not read ${path}: ${stderr.trim()}`);
  const lines = stdout.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  const requirements = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of requirements) requireIndexed(line, basename(path));
  return { requirements, constraints: [], options: [] };
}

interface PoetryPackage {
  readonly name: string;
  readonly version: string;
  readonly groups?: readonly string[];
  readonly optional?: boolean;
  readonly markers?: string | Readonly<Record<string, string>>;
  readonly files?: readonly { readonly hash: string }[];
  readonly source?: { readonly type: string; readonly url: string };
}

/**
 * The packages of a poetry.lock that are for production: those of the group `main`, and no extras.
 *
 * @see https://github.com/python-poetry/poetry-core
 * @throws ValidationError when it was written by a Poetry older than 2.1, which does not write the groups of a package
 *
 * @internal
 */
export function readPoetryLock(path: string): RequirementLines {
  const lock = readToml(path) as { package?: PoetryPackage[]; metadata?: { 'lock-version'?: string } };
  const version = lock.metadata?.['lock-version'] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 1)) {
    throw new ValidationError(
      `poetry.lock must be of lock-version 2.1 or newer, which says what is for production, got: ${formatValue(version)}: run 'poetry lock' with Poetry 2.1 or newer, or write a requirements.txt by 'poetry export'`,
    );
  }
  const options = new Set<string>();
  const requirements = (lock.package ?? [])
    .filter(({ groups, optional }) => groups?.includes('main') && !optional)
    .map((entry) => {
      if (entry.source) options.add(`--extra-index-url ${indexOf(entry.name, entry.source, 'poetry.lock')}`);
      const marker = typeof entry.markers === 'string' ? entry.markers : entry.markers?.main;
      return requirementLine(
        `${entry.name}==${entry.version}`,
        marker,
        entry.files?.map(({ hash }) => hash),
      );
    });
  return { requirements, constraints: [], options: [...options] };
}

function indexOf(name: string, source: { readonly type: string; readonly url: string }, origin: string): string {
  if (source.type === 'legacy') return source.url;
  throw new ValidationError(
    `a requirement must be a package of an index, got ${formatValue(name)} from a ${source.type} in ${origin}: add code of your own by 'modules' or 'folders'`,
  );
}

interface PipfileEntry {
  readonly version?: string;
  readonly markers?: string;
  readonly hashes?: readonly string[];
  readonly extras?: readonly string[];
}

/**
 * The packages of the section `default` of a Pipfile.lock.
 *
 * @throws ValidationError when one is no package of an index
 *
 * @internal
 */
export function readPipfileLock(path: string): RequirementLines {
  const lock: { default?: Record<string, PipfileEntry>; _meta?: { sources?: { url: string }[] } } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  const requirements = Object.entries(lock.default ?? {}).map(([name, { version, markers, hashes, extras }]) => {
    if (!version?.startsWith('==')) {
      throw new ValidationError(
        `a requirement must be a package of an index with its version, got ${formatValue(name)} in Pipfile.lock without: add code of your own by 'modules' or 'folders'`,
      );
    }
    return requirementLine(`${name}${extras?.length ? `[${extras.join(',')}]` : ''}${version}`, markers, hashes);
  });
  const urls = (lock._meta?.sources ?? []).map(({ url }) => url).filter((url) => !PYPI.test(url));
  return { requirements, constraints: [], options: urls.map((url) => `--extra-index-url ${url}`) };
}

/**
 * The dependencies that a pyproject.toml names; nothing where it is no project's.
 *
 * @throws ValidationError when they are in another place than the standard's
 *
 * @internal
 */
export function readPyproject(path: string): RequirementLines | undefined {
  const { project, tool } = readToml(path) as {
    project?: { dependencies?: string[]; dynamic?: string[] };
    tool?: { poetry?: { dependencies?: Record<string, unknown> } };
  };
  if (project?.dynamic?.includes('dependencies')) {
    throw new ValidationError(
      `the dependencies of ${formatValue(path)} must be written in it, got: dynamic. Write a lock or a requirements.txt beside it`,
    );
  }
  const ofPoetry = Object.keys(tool?.poetry?.dependencies ?? {}).filter((name) => name !== 'python');
  if (ofPoetry.length > 0 && project?.dependencies === undefined) {
    throw new ValidationError(
      `the dependencies of ${formatValue(path)} must be those of [project], or locked in a poetry.lock beside it, got: [tool.poetry.dependencies] without a poetry.lock`,
    );
  }
  if (project?.dependencies === undefined) return undefined;
  for (const line of project.dependencies) requireIndexed(line, basename(path));
  return { requirements: project.dependencies, constraints: [], options: [] };
}

function requirementLine(requirement: string, marker: string | undefined, hashes: readonly string[] = []): string {
  return [requirement, ...(marker ? [`; ${marker}`] : []), ...hashes.map((hash) => `--hash=${hash}`)].join(' ');
}

function readToml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ValidationError(`${formatValue(path)} must be TOML: ${(error as Error).message.trim()}`);
  }
}
