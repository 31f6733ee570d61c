import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatValue, ValidationError } from '../../private/errors';
import { isDirectory, isFile } from '../files';
import { isListOf, isObject } from '../json';
import { hasUv, runUv } from './host';
import { localSource } from './local-source';
import { requireFreshUvLock } from './lock-freshness';
import { LockedLines } from './locked-lines';
import { type GitSource, isHashed, normalizedName, type PackageIndex, type RequirementLines } from './requirement-lines';
import { checkedPart, readObject } from './text';

/**
 * A package of a uv.lock.
 *
 * @internal
 */
export interface UvPackage {
  readonly name: string;
  readonly version?: string;
  /** One of `registry`, `editable`, `directory`, `virtual`, `path`, `git` and `url`, with the place. */
  readonly source: Readonly<Record<string, string>>;
  readonly dependencies?: readonly { readonly name: string }[];
  readonly 'optional-dependencies'?: Readonly<Record<string, readonly { readonly name: string }[]>>;
  readonly sdist?: { readonly hash?: string };
  readonly wheels?: readonly { readonly hash?: string }[];
  readonly metadata?: { readonly 'requires-dist'?: readonly Readonly<Record<string, unknown>>[] };
}

/**
 * A uv.lock, and the project in it whose packages are installed.
 *
 * @internal
 */
export interface UvLock {
  readonly path: string;
  /** Folder of the project: that of the lock, or a member of its workspace. */
  readonly project: string;
  readonly packages: readonly UvPackage[];
}

/**
 * Reads a uv.lock.
 *
 * @throws ValidationError when it is broken, or older than the pyproject.toml of the project
 *
 * @internal
 */
export function readUvLock(path: string, project = dirname(path)): UvLock {
  const lock = { path, project, packages: packagesIn(path) };
  for (const { package: of, path: folder } of reachable(lock)) {
    if (folder !== undefined && isDirectory(folder)) requireFreshUvLock(path, of, folder);
  }
  return lock;
}

function packagesIn(path: string): readonly UvPackage[] {
  const { package: packages = [] } = readObject(path, 'TOML');
  return checkedPart(path, 'package', packages, (value) => isListOf(value, isPackage), 'a list of packages');
}

/**
 * Looks for the uv.lock of the workspace that a project is a member of.
 *
 * @param project folder of the project
 *
 * @internal
 */
export function findWorkspaceLock(project: string): string | undefined {
  for (let folder = dirname(project); ; folder = dirname(folder)) {
    const path = join(folder, 'uv.lock');
    if (isFile(path) && projectIn({ path, project, packages: packagesIn(path) })) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Absolute paths of the local packages that the project needs, besides itself.
 *
 * @internal
 */
export function localsOfUvLock(lock: UvLock): string[] {
  const project = projectIn(lock);
  // A virtual package has no files: uv installs its dependencies alone.
  const locals = reachable(lock).filter(({ package: of }) => of !== project && of.source.virtual === undefined);
  return locals.flatMap(({ path }) => (path === undefined ? [] : [path]));
}

/**
 * Groups of dependencies that are installed by default, as the pyproject.toml of the project says; empty where it says nothing.
 *
 * @internal
 */
export function groupsOfUvLock({ project }: UvLock): string {
  const file = join(project, 'pyproject.toml');
  const { tool } = isFile(file) ? readObject(file, 'TOML') : {};
  const groups = isObject(tool) && isObject(tool.uv) ? tool.uv['default-groups'] : undefined;
  return groups === undefined ? '' : JSON.stringify(groups);
}

/**
 * Packages of a lock as uv exports them.
 *
 * @throws ValidationError when uv is not on the PATH or cannot read the lock
 *
 * @internal
 */
export function linesOfUvLock(lock: UvLock): RequirementLines {
  const { path, project } = lock;
  if (!hasUv()) {
    throw new ValidationError(
      `${formatValue(basename(path))} requires uv on the PATH; install it (https://docs.astral.sh/uv/getting-started/installation), or write a requirements.txt with 'uv export --no-dev --no-emit-project --no-emit-local -o requirements.txt' and use that file, with your local packages in 'modules' or 'folders'`,
    );
  }
  const only = ['--no-dev', '--no-emit-project', '--no-header', '--no-annotate', '--format', 'requirements-txt'];
  // Settings of this machine must not change what it says. Those of the project that count are read from its pyproject.toml.
  const { succeeded, stdout, stderr } = runUv(['export', '--frozen', '--no-config', ...only], project);
  if (!succeeded) throw new ValidationError(`uv could not read ${path}: ${stderr.trim()}`);
  const lines = stdout.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  const exported = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const found = new LockedLines();
  for (const line of exported) addLine(line, lock, found);
  return found.lines((url) => indexOf(url, lock));
}

/** Adds a line of an export: a package of an index, a URL, a commit of a repository, or a local package. */
function addLine(line: string, lock: UvLock, to: LockedLines): void {
  const [, requirement = '', marker, hashes = ''] = /^(.*?)(?:\s+;\s+(.*?))?((?:\s+--hash=\S+)*)$/.exec(line) ?? [];
  const tail = `${marker ? ` ; ${marker}` : ''}${hashes.replace(/\s+/g, ' ')}`;
  const [, name, , git] = /^([\w.-]+)(\[[^\]]*\])? @ git\+(\S+)$/.exec(requirement) ?? [];
  if (name !== undefined && git !== undefined) {
    to.addSource({ name, version: packageOf(lock, name)?.version, marker, git: gitSource(git, name) });
  } else if (/^[\w.-]+(\[[^\]]*\])?(==| @ )/.test(requirement)) {
    const [index] = registriesOf(lock, requirement, hashes);
    to.addFromIndex(index, `${requirement}${tail}`);
  } else {
    const text = requirement.replace(/^-e\s+/, '').replace(/^"(.*)"$/, '$1');
    const local = text.startsWith('file:') ? fileURLToPath(text) : resolve(dirname(lock.path), text);
    const found = reachable(lock).find(({ path }) => path === local)?.package;
    if (found === undefined) {
      throw new ValidationError(
        `a line that uv exports must be a package of ${basename(lock.path)}, got: ${formatValue(line)} in ${formatValue(lock.path)}`,
      );
    }
    const path = localSource(dirname(lock.path), local, found.name, basename(lock.path));
    to.addLocal({ name: found.name, version: found.version, marker, path }, (given) => `${given}${tail}`);
  }
}

/** Indexes that a pinned package may come from. Forks of a lock may take the same version from several: their hashes tell which. */
function registriesOf({ packages }: UvLock, requirement: string, hashes: string): string[] {
  const [, name = '', version] = /^([\w.-]+)(?:\[[^\]]*\])?==(\S+)$/.exec(requirement) ?? [];
  const found = packages.filter((of) => of.name === normalizedName(name) && of.version === version);
  const exact = found.filter(({ sdist, wheels = [] }) => {
    const known = [sdist, ...wheels].map((file) => file?.hash).filter((hash) => hash !== undefined);
    return isHashed(hashes) ? known.some((hash) => hashes.includes(hash)) : known.length === 0;
  });
  return (exact.length > 0 ? exact : found).map(({ source }) => source.registry).filter((url) => url !== undefined);
}

function gitSource(text: string, name: string): GitSource {
  const [place = '', fragment = ''] = text.split('#');
  const [, url, commit] = /^(.*)@([0-9a-f]{40,64})$/.exec(place) ?? [];
  if (url === undefined || commit === undefined) {
    throw new ValidationError(
      `a package from a Git repository must be locked to a commit, got: ${formatValue(text)} for ${formatValue(name)}`,
    );
  }
  return { url, commit, subdirectory: new URLSearchParams(fragment).get('subdirectory') ?? undefined };
}

/** An index of a lock, with the name and the format that the settings beside it give. */
function indexOf(url: string, { path, project }: UvLock): PackageIndex {
  const base = dirname(path);
  const known = [project, base].flatMap((folder) => {
    const file = join(folder, 'pyproject.toml');
    const { tool } = isFile(file) ? readObject(file, 'TOML') : {};
    const settings = isObject(tool) && isObject(tool.uv) ? tool.uv.index : undefined;
    return Array.isArray(settings) ? settings.filter(isObject) : [];
  });
  const trimmed = (text: unknown) => String(text).replace(/\/$/, '');
  const setting = known.find((index) => trimmed(index.url) === trimmed(url));
  const name = typeof setting?.name === 'string' ? { name: setting.name } : {};
  if (/^[a-z][a-z+]*:\/\//.test(url)) return { url, ...name, ...(setting?.format === 'flat' && { flat: true }) };
  // A path is that of a folder with files, or of an index in the format of simple repositories.
  const folder = resolve(base, url);
  const flat = !isDirectory(folder) || setting?.format !== 'simple';
  return { url: flat ? folder : String(pathToFileURL(folder)), ...name, ...(flat && { flat }) };
}

/** The package that is the project itself. */
function projectIn({ path, project, packages }: UvLock): UvPackage | undefined {
  return packages.find((of) => {
    const place = localPlace(of);
    return place !== undefined && resolve(dirname(path), place) === resolve(project);
  });
}

interface Reachable {
  readonly package: UvPackage;
  /** Absolute path of a local package. */
  readonly path?: string;
}

/** The project and the packages that it depends on. All packages where the lock has no project, as that of a virtual workspace. */
function reachable(lock: UvLock): Reachable[] {
  const start = projectIn(lock);
  const found = new Set<UvPackage>(start ? [start] : lock.packages);
  // A set also visits what is added on the way.
  for (const { dependencies = [], 'optional-dependencies': optional = {} } of found) {
    for (const { name } of [...dependencies, ...Object.values(optional).flat()]) {
      for (const of of lock.packages) if (of.name === name) found.add(of);
    }
  }
  return [...found].map((of) => {
    const place = localPlace(of);
    return place === undefined ? { package: of } : { package: of, path: resolve(dirname(lock.path), place) };
  });
}

function localPlace({ source }: UvPackage): string | undefined {
  return source.editable ?? source.directory ?? source.virtual ?? source.path;
}

function packageOf({ packages }: UvLock, name: string): UvPackage | undefined {
  return packages.find((of) => of.name === normalizedName(name));
}

function isPackage(value: unknown): boolean {
  if (!isObject(value) || typeof value.name !== 'string' || !isObject(value.source)) return false;
  const isNamed = (item: unknown) => isObject(item) && typeof item.name === 'string';
  const optional = value['optional-dependencies'] ?? {};
  return (
    Object.values(value.source).every((place) => typeof place === 'string') &&
    [value.dependencies ?? [], ...Object.values(optional)].every((list) => isListOf(list, isNamed))
  );
}
