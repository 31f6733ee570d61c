import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOCAL_KEYS = ['path', 'directory', 'editable', 'virtual'];
const SOURCE_KEYS = ['git', 'url', 'workspace', ...LOCAL_KEYS];

/**
 * Whether a source of a pyproject.toml or a uv.lock is a place other than an index.
 *
 * @internal
 */
export function isElsewhere(source: Readonly<Record<string, unknown>>): boolean {
  return SOURCE_KEYS.some((key) => key in source);
}

/**
 * Place of a package: a folder, an archive, a URL, or a revision of a repository. It is the same for a source in a pyproject.toml
 * and for the one that uv writes to the lock.
 *
 * @param base folder that paths are relative to
 * @param root folder of the lock
 * @returns undefined where the source alone does not tell, as that of a member of the workspace
 *
 * @internal
 */
export function sourceKey(source: Readonly<Record<string, unknown>>, base: string, root: string): string | undefined {
  if (typeof source.git === 'string') return gitKey(source.git, source);
  if (typeof source.url === 'string') return withoutUser(source.url.replace(/#.*$/s, ''));
  const place = LOCAL_KEYS.map((key) => source[key]).find((value) => typeof value === 'string');
  return typeof place === 'string' ? pathKey(resolve(base, place), root) : undefined;
}

/**
 * Place of a package after the `@` of a requirement.
 *
 * @internal
 */
export function directKey(url: string, root: string): string | undefined {
  // uv fills in variables of the environment.
  if (url.includes('${')) return undefined;
  const [place = '', fragment = ''] = url.split('#');
  if (place.startsWith('file:')) return pathKey(fileURLToPath(place), root);
  if (!place.startsWith('git+')) return withoutUser(place);
  const [, repository = '', rev] = /^([^@]*)@?(.*)$/s.exec(withoutUser(place.slice('git+'.length))) ?? [];
  return gitKey(repository, { rev, subdirectory: new URLSearchParams(fragment).get('subdirectory') });
}

function gitKey(url: string, settings: Readonly<Record<string, unknown>>): string {
  const [repository = '', query = ''] = url.split('?');
  // The lock has the settings in the query.
  const all: Readonly<Record<string, unknown>> = { ...settings, ...Object.fromEntries(new URLSearchParams(query)) };
  const named = ['rev', 'tag', 'branch', 'subdirectory'].filter((key) => all[key]).map((key) => `${key} ${all[key]}`);
  return [withoutUser(repository.replace(/^git\+/, '')).replace(/(\.git)?\/*$/, ''), ...named].join(', ');
}

function pathKey(path: string, root: string): string {
  return relative(realPath(root), realPath(path)) || '.';
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** uv leaves credentials out of the lock. */
function withoutUser(url: string): string {
  return url.replace(/^([\w+.-]+:\/\/)[^/@]*@/, '$1');
}
