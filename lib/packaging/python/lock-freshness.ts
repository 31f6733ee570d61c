import { basename, dirname, join, relative } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isFile } from '../files';
import { isObject } from '../json';
import { normalizedName } from './requirement-lines';
import { readObject } from './text';

/** Sources other than an index, as a uv.lock and a pyproject.toml name them. */
const SOURCE_KEYS = ['git', 'url', 'path', 'directory', 'editable', 'virtual', 'workspace'];

/** A package of a lock with the requirements that it was resolved for. */
interface LockedPackage {
  readonly name: string;
  readonly metadata?: { readonly 'requires-dist'?: readonly Readonly<Record<string, unknown>>[] };
}

/**
 * Refuses a uv.lock that was resolved for other dependencies than those in the pyproject.toml of a local package. `uv lock --check`
 * finds more, but requires the Python version of the project on this machine, and takes too long for every synth.
 *
 * @param folder folder of the local package
 *
 * @internal
 */
export function requireFreshUvLock(path: string, { name, metadata }: LockedPackage, folder: string): void {
  const file = join(folder, 'pyproject.toml');
  if (!isFile(file)) return;
  const { project, tool } = readObject(file, 'TOML');
  if (!isObject(project) || (Array.isArray(project.dynamic) && project.dynamic.includes('dependencies'))) return;
  const declared = Array.isArray(project.dependencies) ? project.dependencies.map(String) : [];
  const root = join(dirname(path), 'pyproject.toml');
  // Sources of the workspace serve members that name none themselves.
  const sources = { ...(isFile(root) && sourcesIn(readObject(root, 'TOML').tool)), ...sourcesIn(tool) };
  const wanted = new Set(declared.map((line) => declaredKey(line, sources)));
  const locked = lockedKeys((metadata?.['requires-dist'] ?? []).filter((of) => !/\bextra\s*==/.test(String(of.marker))));
  const differing = [...wanted].find((key) => !locked.has(key)) ?? [...locked].find((key) => !wanted.has(key));
  if (differing === undefined) return;
  const got = wanted.has(differing)
    ? `${formatValue(differing)} only in pyproject.toml`
    : `${formatValue(differing)} only in the lock`;
  throw new ValidationError(
    `${basename(path)} must match ${relative(process.cwd(), file)}, the pyproject.toml of ${formatValue(name)}, got: ${got}; run 'uv lock'`,
  );
}

function sourcesIn(tool: unknown): Readonly<Record<string, unknown>> {
  return isObject(tool) && isObject(tool.uv) && isObject(tool.uv.sources) ? tool.uv.sources : {};
}

/** Name, extras and versions of a requirement in a pyproject.toml; the name alone where it has a source other than an index. */
function declaredKey(line: string, sources: Readonly<Record<string, unknown>>): string {
  const [, name = '', extras = '', rest = ''] = /^\s*([\w.-]+)\s*(\[[^\]]*\])?\s*([^;]*)/.exec(line) ?? [];
  const entry = Object.entries(sources).find(([key]) => normalizedName(key) === normalizedName(name))?.[1];
  const list = (Array.isArray(entry) ? entry : [entry]).filter(isObject);
  const elsewhere = rest.startsWith('@') || list.some((source) => SOURCE_KEYS.some((key) => key in source));
  return keyOf(name, extras.slice(1, -1).split(','), elsewhere ? undefined : rest.replace(/[()]/g, ''));
}

function lockedKeys(entries: readonly Readonly<Record<string, unknown>>[]): Set<string> {
  const isElsewhere = (entry: Readonly<Record<string, unknown>>) => SOURCE_KEYS.some((key) => key in entry);
  // A package may have one source on Linux and another elsewhere.
  const elsewhere = new Set(entries.filter(isElsewhere).map(({ name }) => name));
  return new Set(
    entries.map(({ name, extras, specifier }) =>
      keyOf(
        String(name),
        Array.isArray(extras) ? extras.map(String) : [],
        elsewhere.has(name) ? undefined : String(specifier ?? ''),
      ),
    ),
  );
}

/** @param versions undefined for a package with a source other than an index */
function keyOf(name: string, extras: readonly string[], versions: string | undefined): string {
  const names = extras.map((extra) => normalizedName(extra.trim())).filter(Boolean);
  const specifiers =
    versions === undefined ? ' from a source' : versions.split(',').map(specifierKey).filter(Boolean).sort().join(',');
  return `${normalizedName(name)}${names.length > 0 ? `[${names.sort().join(',')}]` : ''}${specifiers}`;
}

/** Operator and numbers of a version: uv writes `2.0-beta.1` as `2.0b1`, and `2021.01` as `2021.1`. */
function specifierKey(text: string): string {
  const [, operator = '', release = '', rest = ''] = /^\s*([<>=!~]*)\s*v?([\d.]*)(.*)$/.exec(text) ?? [];
  const numbers = (part: string) => (part.match(/\d+|\*/g) ?? []).map((digits) => (digits === '*' ? digits : Number(digits)));
  return `${operator}${[
    numbers(release)
      .join('.')
      .replace(/(\.0)+$/, ''),
    ...numbers(rest),
  ]
    .join(' ')
    .trim()}`;
}
