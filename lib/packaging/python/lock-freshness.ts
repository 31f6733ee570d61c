import { basename, dirname, join, relative } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import { isFile } from '../files';
import { isObject } from '../json';
import { markerKey } from './marker-key';
import { normalizedName } from './requirement-lines';
import { directKey, isElsewhere, sourceKey } from './source-key';
import { readObject } from './text';

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
  const root = dirname(path);
  const shared = join(root, 'pyproject.toml');
  // Sources of the workspace serve members that name none themselves.
  const sources = [...sourcesIn(tool, folder), ...(isFile(shared) ? sourcesIn(readObject(shared, 'TOML').tool, root) : [])];
  const entries = (metadata?.['requires-dist'] ?? []).filter((of) => !/\bextra\s*==/.test(String(of.marker)));
  const [wanted, locked] = keysOf(
    declared.map((line) => declaredRequirement(line, sources, root)),
    entries.map((entry) => lockedRequirement(entry, root)),
  );
  const differing = [...wanted].find((key) => !locked.has(key)) ?? [...locked].find((key) => !wanted.has(key));
  if (differing === undefined) return;
  const got = wanted.has(differing)
    ? `${formatValue(differing)} only in pyproject.toml`
    : `${formatValue(differing)} only in the lock`;
  throw new ValidationError(
    `${basename(path)} must match ${relative(process.cwd(), file)}, the pyproject.toml of ${formatValue(name)}, got: ${got}; run 'uv lock'`,
  );
}

/** A requirement. Parts that can't be compared are undefined. */
interface Requirement {
  readonly name: string;
  readonly extras: readonly string[];
  readonly versions: string;
  /** Environment marker; empty where there is none. */
  readonly marker: string | undefined;
  /** Place other than an index; empty for an index. */
  readonly source: string | undefined;
  /** Whether the place depends on the environment: the lock has an entry for each. */
  readonly isSplit?: boolean;
}

/** A source in a pyproject.toml, for one environment or all. */
interface DeclaredSource {
  readonly name: string;
  readonly list: readonly Readonly<Record<string, unknown>>[];
  /** Folder that its paths are relative to. */
  readonly base: string;
}

function sourcesIn(tool: unknown, base: string): DeclaredSource[] {
  const sources = isObject(tool) && isObject(tool.uv) && isObject(tool.uv.sources) ? tool.uv.sources : {};
  return Object.entries(sources).map(([name, entry]) => ({
    name: normalizedName(name),
    list: (Array.isArray(entry) ? entry : [entry]).filter(isObject),
    base,
  }));
}

function declaredRequirement(line: string, sources: readonly DeclaredSource[], root: string): Requirement {
  const [, declared = '', extras = '', rest = ''] = /^\s*([\w.-]+)\s*(\[[^\]]*\])?\s*(.*)$/s.exec(line) ?? [];
  // A URL may have a semicolon: its marker follows a space.
  const [, versions = '', marker = ''] =
    (rest.startsWith('@') ? /^@\s*(\S*)(?:\s+;(.*))?/s : /^([^;]*);?(.*)$/s).exec(rest) ?? [];
  const name = normalizedName(declared);
  const common = { name, extras: extras.slice(1, -1).split(','), marker: markerKey(marker) };
  if (rest.startsWith('@')) return { ...common, versions: '', source: directKey(versions, root) };
  const { list = [], base = root } = sources.find((source) => source.name === name) ?? {};
  const [only] = list;
  const isSplit = list.length > 1 || (only !== undefined && ['marker', 'extra', 'group'].some((key) => key in only));
  const source = only && isElsewhere(only) ? sourceKey(only, base, root) : '';
  return {
    ...common,
    versions: versions.replace(/[()]/g, ''),
    source: list.some(isElsewhere) && isSplit ? undefined : source,
    isSplit,
  };
}

function lockedRequirement(entry: Readonly<Record<string, unknown>>, root: string): Requirement {
  const { name, extras, specifier, marker } = entry;
  return {
    name: normalizedName(String(name)),
    extras: Array.isArray(extras) ? extras.map(String) : [],
    versions: String(specifier ?? ''),
    marker: markerKey(String(marker ?? '')),
    source: isElsewhere(entry) ? sourceKey(entry, root, root) : '',
  };
}

/** Texts by which declared and locked requirements are compared. A part that either side can't compare is left out on both. */
function keysOf(...sides: readonly (readonly Requirement[])[]): Set<string>[] {
  const all = sides.flat();
  const namesWhere = (matches: (of: Requirement) => boolean) => new Set(all.filter(matches).map(({ name }) => name));
  const split = namesWhere(({ isSplit }) => isSplit === true);
  const rewritten = namesWhere(({ marker }) => marker === undefined);
  const placeless = namesWhere(({ source }) => source === undefined);
  const keyOf = ({ name, extras, versions, marker, source }: Requirement) => {
    const names = extras.map((extra) => normalizedName(extra.trim())).filter(Boolean);
    const specifiers = versions.split(',').map(specifierKey).filter(Boolean).sort().join(',');
    const place = placeless.has(name) ? ' from a source' : source && ` from ${source}`;
    const environment = rewritten.has(name) && marker !== '' ? 'a marker' : marker;
    return [
      `${name}${names.length > 0 ? `[${names.sort().join(',')}]` : ''}${place || specifiers}`,
      ...(environment && !split.has(name) ? [environment] : []),
    ].join(' ; ');
  };
  return sides.map((requirements) => new Set(requirements.map(keyOf)));
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
