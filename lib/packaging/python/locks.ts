import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { formatValue, ValidationError } from '../../private/errors';
import { hasUv, runUv } from './host';
import { type RequirementLines, requireIndexed } from './requirements-file';

/** The default index needs no option. Without one, a mirror that the user has configured is used. */
const PYPI = /^https:\/\/pypi\.(python\.)?org\/simple\/?$/;

/**
 * Packages of a uv.lock, as uv exports them.
 *
 * @throws ValidationError when uv is not on the PATH or cannot read the lock
 *
 * @internal
 */
export function readUvLock(path: string): RequirementLines {
  if (!hasUv()) {
    throw new ValidationError(
      `${formatValue(basename(path))} requires uv on the PATH; install it (https://docs.astral.sh/uv/getting-started/installation), or write a requirements.txt with 'uv export --no-dev --no-emit-project -o requirements.txt' and use that file`,
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
 * Packages of the group `main` of a poetry.lock, without extras.
 *
 * @see https://github.com/python-poetry/poetry-core
 * @throws ValidationError when it was written by Poetry 2.0 or older, which does not record the groups of packages
 *
 * @internal
 */
export function readPoetryLock(path: string): RequirementLines {
  const lock = parseFile(path, 'TOML', parseToml) as { package?: PoetryPackage[]; metadata?: { 'lock-version'?: string } };
  const version = lock.metadata?.['lock-version'] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 1)) {
    throw new ValidationError(
      `poetry.lock must have lock-version 2.1 or newer, which records the groups of packages, got: ${formatValue(version)}; run 'poetry lock' with Poetry 2.1 or newer, or write a requirements.txt with 'poetry export'`,
    );
  }
  const options = new Set<string>();
  const requirements = (lock.package ?? [])
    .filter(({ groups, optional }) => groups?.includes('main') && !optional)
    .map((entry) => {
      if (entry.source) options.add(`--extra-index-url ${indexOf(entry.name, entry.source)}`);
      const marker = typeof entry.markers === 'string' ? entry.markers : entry.markers?.main;
      return requirementLine(
        `${entry.name}==${entry.version}`,
        marker,
        entry.files?.map(({ hash }) => hash),
      );
    });
  return { requirements, constraints: [], options: [...options] };
}

function indexOf(name: string, source: { readonly type: string; readonly url: string }): string {
  if (source.type === 'legacy') return source.url;
  throw new ValidationError(
    `a requirement must be a package on a package index, got: ${formatValue(name)} from a ${source.type} in poetry.lock; add your own code with 'modules' or 'folders'`,
  );
}

interface PipfileEntry {
  readonly version?: string;
  readonly markers?: string;
  readonly hashes?: readonly string[];
  readonly extras?: readonly string[];
}

/**
 * Packages of the section `default` of a Pipfile.lock.
 *
 * @throws ValidationError when the lock is not valid JSON, or a package is not on an index
 *
 * @internal
 */
export function readPipfileLock(path: string): RequirementLines {
  const lock = parseFile(path, 'JSON', JSON.parse) as {
    default?: Record<string, PipfileEntry>;
    _meta?: { sources?: { url: string }[] };
  };
  const requirements = Object.entries(lock.default ?? {}).map(([name, { version, markers, hashes, extras }]) => {
    if (!version?.startsWith('==')) {
      throw new ValidationError(
        `a requirement must be a package on a package index, got: ${formatValue(name)} without a version in Pipfile.lock; add your own code with 'modules' or 'folders'`,
      );
    }
    return requirementLine(`${name}${extras?.length ? `[${extras.join(',')}]` : ''}${version}`, markers, hashes);
  });
  const urls = (lock._meta?.sources ?? []).map(({ url }) => url).filter((url) => !PYPI.test(url));
  return { requirements, constraints: [], options: urls.map((url) => `--extra-index-url ${url}`) };
}

/**
 * Dependencies in the section `[project]` of a pyproject.toml; undefined where it has none.
 *
 * @throws ValidationError when the dependencies are dynamic, or only in the section of Poetry
 *
 * @internal
 */
export function readPyproject(path: string): RequirementLines | undefined {
  const { project, tool } = parseFile(path, 'TOML', parseToml) as {
    project?: { dependencies?: string[]; dynamic?: string[] };
    tool?: { poetry?: { dependencies?: Record<string, unknown> } };
  };
  if (project?.dynamic?.includes('dependencies')) {
    throw new ValidationError(
      `the dependencies in ${formatValue(path)} must be static, got: dynamic; add a lock or a requirements.txt to its folder`,
    );
  }
  const ofPoetry = Object.keys(tool?.poetry?.dependencies ?? {}).filter((name) => name !== 'python');
  if (ofPoetry.length > 0 && project?.dependencies === undefined) {
    throw new ValidationError(
      `the dependencies in ${formatValue(path)} must be in [project], or in a poetry.lock in its folder, got: [tool.poetry.dependencies] without a poetry.lock`,
    );
  }
  if (project?.dependencies === undefined) return undefined;
  for (const line of project.dependencies) requireIndexed(line, basename(path));
  return { requirements: project.dependencies, constraints: [], options: [] };
}

function requirementLine(requirement: string, marker: string | undefined, hashes: readonly string[] = []): string {
  return [requirement, ...(marker ? [`; ${marker}`] : []), ...hashes.map((hash) => `--hash=${hash}`)].join(' ');
}

function parseFile(path: string, format: 'JSON' | 'TOML', parse: (text: string) => unknown): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ValidationError(`${formatValue(path)} must be valid ${format}: ${(error as Error).message.trim()}`);
  }
}
