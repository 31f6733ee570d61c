import { basename, dirname, join } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isFile } from '../files';
import { hashContent } from '../hash';
import { isListOf, isObject } from '../json';
import { localSource } from './local-source';
import { LockedLines } from './locked-lines';
import { pythonJson } from './python-json';
import { type RequirementLines, requirementLine } from './requirement-lines';
import { checkedPart, readObject } from './text';

interface PoetryPackage {
  readonly name: string;
  readonly version: string;
  readonly groups?: readonly string[];
  readonly optional?: boolean;
  readonly markers?: string | Readonly<Record<string, string>>;
  readonly files?: readonly { readonly hash: string }[];
  readonly source?: PoetrySource;
}

interface PoetrySource {
  readonly type: string;
  readonly url: string;
  readonly resolved_reference?: string;
  readonly subdirectory?: string;
}

/**
 * A poetry.lock.
 *
 * @internal
 */
export interface PoetryLock {
  readonly path: string;
  /** Packages of the group `main`, without extras. */
  readonly packages: readonly PoetryPackage[];
}

/**
 * Reads a poetry.lock.
 *
 * @see https://github.com/python-poetry/poetry-core
 * @throws ValidationError when it is broken, older than its pyproject.toml, or was written by Poetry 2.0 or older, which does not
 * record the groups of packages
 *
 * @internal
 */
export function readPoetryLock(path: string): PoetryLock {
  const lock = readObject(path, 'TOML');
  const metadata = isObject(lock.metadata) ? lock.metadata : {};
  const version = String(metadata['lock-version'] ?? '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 1)) {
    throw new ValidationError(
      `poetry.lock must have lock-version 2.1 or newer, which records the groups of packages, got: ${formatValue(version)}; run 'poetry lock' with Poetry 2.1 or newer, or write a requirements.txt with 'poetry export'`,
    );
  }
  const packages = checkedPart<readonly PoetryPackage[]>(
    path,
    'package',
    lock.package ?? [],
    (value) => isListOf(value, isPackage),
    'a list of packages',
  );
  requireFresh(path, metadata['content-hash']);
  return { path, packages: packages.filter(({ groups, optional }) => groups?.includes('main') && !optional) };
}

/**
 * Absolute paths of the local packages of a lock.
 *
 * @internal
 */
export function localsOfPoetryLock({ path, packages }: PoetryLock): string[] {
  return packages.flatMap(({ name, source }) =>
    source?.type === 'directory' || source?.type === 'file' ? [localSource(dirname(path), source.url, name, basename(path))] : [],
  );
}

/**
 * Packages of a lock as the tools read them.
 *
 * @internal
 */
export function linesOfPoetryLock({ path, packages }: PoetryLock): RequirementLines {
  const found = new LockedLines();
  for (const { name, version, markers, files, source } of packages) {
    const marker = typeof markers === 'string' ? markers : markers?.main;
    const line = (requirement: string) =>
      requirementLine(
        requirement,
        marker,
        files?.map(({ hash }) => hash),
      );
    const common = { name, version, marker };
    if (source === undefined) found.add(line(`${name}==${version}`));
    else if (source.type === 'legacy') found.bindTo(source.url, line(`${name}==${version}`));
    else if (source.type === 'url') found.add(line(`${name} @ ${source.url}`));
    else if (source.type === 'git' && source.resolved_reference) {
      const { url, resolved_reference: commit, subdirectory } = source;
      found.addSource({ ...common, git: { url, commit, subdirectory } });
    } else if (source.type === 'directory' || source.type === 'file') {
      found.addLocal({ ...common, path: localSource(dirname(path), source.url, name, basename(path)) }, line);
    } else {
      throw new ValidationError(
        `a package in poetry.lock must come from an index, a folder, a file, a URL or a commit of a Git repository, got: ${formatValue(name)} from ${formatValue(source.type)}`,
      );
    }
  }
  return found.lines();
}

function isPackage(value: unknown): boolean {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.version !== 'string') return false;
  const { files = [], groups = [], source } = value;
  return (
    isListOf(files, (file) => isObject(file) && typeof file.hash === 'string') &&
    isListOf(groups, (group) => typeof group === 'string') &&
    (source === undefined || (isObject(source) && typeof source.type === 'string' && typeof source.url === 'string'))
  );
}

const PROJECT_KEYS = ['requires-python', 'dependencies', 'optional-dependencies'];
/** Keys that Poetry hashes even if they are missing, where there is nothing else to hash. */
const POETRY_KEYS = ['dependencies', 'source', 'extras', 'dev-dependencies'];

/** Refuses a lock that is older than the pyproject.toml beside it, as `poetry install` does. */
function requireFresh(path: string, expected: unknown): void {
  const file = join(dirname(path), 'pyproject.toml');
  if (typeof expected !== 'string' || !isFile(file)) return;
  const project = readObject(file, 'TOML');
  // Poetry 2.1 ignores dependency groups.
  if ([true, false].some((withGroups) => contentHash(project, withGroups) === expected)) return;
  throw new ValidationError(
    "poetry.lock must match the pyproject.toml beside it, got: a lock of other dependencies; run 'poetry lock'",
  );
}

/** @see https://github.com/python-poetry/poetry/blob/main/src/poetry/packages/locker.py */
function contentHash(
  { project, tool, 'dependency-groups': groups }: Readonly<Record<string, unknown>>,
  withGroups: boolean,
): string {
  const part = (value: unknown) => (isObject(value) ? value : {});
  const ofProject = Object.fromEntries(
    PROJECT_KEYS.map((key) => [key, part(project)[key]]).filter(([, value]) => value !== undefined),
  );
  const relevant = {
    ...(Object.keys(ofProject).length > 0 && { project: ofProject }),
    ...(withGroups && Object.keys(part(groups)).length > 0 && { 'dependency-groups': groups }),
  };
  const isEmpty = Object.keys(relevant).length === 0;
  const settings = part(part(tool).poetry);
  const ofPoetry = Object.fromEntries(
    [...POETRY_KEYS, 'group']
      .map((key) => [key, settings[key] ?? null] as const)
      .filter(([key, value]) => value !== null || (isEmpty && POETRY_KEYS.includes(key))),
  );
  return hashContent(pythonJson(isEmpty ? ofPoetry : { ...relevant, tool: { poetry: ofPoetry } }, { items: ', ', key: ': ' }));
}
