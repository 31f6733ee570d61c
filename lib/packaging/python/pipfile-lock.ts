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

interface PipfileEntry {
  readonly version?: string;
  readonly markers?: string;
  readonly hashes?: readonly string[];
  readonly extras?: readonly string[];
  /** Name of a source. */
  readonly index?: string;
  readonly path?: string;
  /** Path or URL of a file. */
  readonly file?: string;
  readonly git?: string;
  readonly ref?: string;
  readonly subdirectory?: string;
}

/**
 * A Pipfile.lock.
 *
 * @internal
 */
export interface PipfileLock {
  readonly path: string;
  /** The section `default`. */
  readonly entries: readonly (readonly [string, PipfileEntry])[];
  readonly sources: readonly { readonly name?: string; readonly url: string }[];
}

/**
 * Reads a Pipfile.lock.
 *
 * @throws ValidationError when it is broken, or older than its Pipfile
 *
 * @internal
 */
export function readPipfileLock(path: string): PipfileLock {
  const lock = readObject(path, 'JSON');
  const meta = isObject(lock._meta) ? lock._meta : {};
  const entries = checkedPart<Record<string, PipfileEntry>>(
    path,
    'default',
    lock.default ?? {},
    (value) => isObject(value) && Object.values(value).every(isEntry),
    'an object of packages',
  );
  const sources = checkedPart<PipfileLock['sources']>(
    path,
    '_meta.sources',
    meta.sources ?? [],
    (value) => isListOf(value, (source) => isObject(source) && typeof source.url === 'string'),
    'a list of indexes',
  );
  requireFresh(path, isObject(meta.hash) ? meta.hash.sha256 : undefined);
  return { path, entries: Object.entries(entries), sources };
}

/**
 * Absolute paths of the local packages of a lock.
 *
 * @internal
 */
export function localsOfPipfileLock({ path, entries }: PipfileLock): string[] {
  return entries.flatMap(([name, entry]) => {
    const local = localPath(entry);
    return local === undefined ? [] : [localSource(dirname(path), local, name, basename(path))];
  });
}

/**
 * Packages of a lock as the tools read them.
 *
 * @internal
 */
export function linesOfPipfileLock({ path, entries, sources: indexes }: PipfileLock): RequirementLines {
  const found = new LockedLines();
  for (const [name, entry] of entries) {
    const { version, markers: marker, hashes, extras, index, file, git, ref, subdirectory } = entry;
    const line = (requirement: string) => requirementLine(requirement, marker, hashes);
    const local = localPath(entry);
    if (git !== undefined && ref !== undefined) {
      found.addSource({ name, marker, git: { url: git, commit: ref, subdirectory } });
    } else if (local !== undefined) {
      found.addLocal({ name, marker, path: localSource(dirname(path), local, name, basename(path)) }, line);
    } else if (file !== undefined) found.add(line(`${name} @ ${file}`));
    else if (version?.startsWith('==')) {
      // Pipenv looks for a package without an index in the first source alone.
      const source = index === undefined ? indexes[0] : indexes.find((of) => of.name === index);
      if (index !== undefined && source === undefined) {
        throw new ValidationError(
          `the index of a package in Pipfile.lock must be one of its sources, got: ${formatValue(index)} for ${formatValue(name)}`,
        );
      }
      found.addFromIndex(source?.url, line(`${name}${extras?.length ? `[${extras.join(',')}]` : ''}${version}`));
    } else {
      throw new ValidationError(
        `a package in Pipfile.lock must have a version, a path, a file, or a commit of a Git repository, got: ${formatValue(name)} without one`,
      );
    }
  }
  return found.lines();
}

function localPath({ path, file }: PipfileEntry): string | undefined {
  return path ?? (file !== undefined && !/^https?:/.test(file) ? file : undefined);
}

function isEntry(value: unknown): boolean {
  if (!isObject(value)) return false;
  const texts = ['version', 'markers', 'index', 'path', 'file', 'git', 'ref', 'subdirectory'];
  const isText = (item: unknown) => typeof item === 'string';
  return (
    texts.every((key) => value[key] === undefined || isText(value[key])) &&
    ['hashes', 'extras'].every((key) => isListOf(value[key] ?? [], isText))
  );
}

/**
 * Refuses a Pipfile whose packages no lock names: nothing would be installed.
 *
 * @internal
 */
export function requirePipfileLock(path: string): void {
  const { packages } = readObject(path, 'TOML');
  if (!isObject(packages) || Object.keys(packages).length === 0) return;
  throw new ValidationError(
    `a Pipfile must have a Pipfile.lock beside it, got: ${formatValue(path)} with the packages ${Object.keys(packages).map(formatValue).join(', ')} and no lock; run 'pipenv lock'`,
  );
}

/** Index of a Pipfile that names none. */
const DEFAULT_SOURCE = [{ url: 'https://pypi.org/simple', verify_ssl: true, name: 'pypi' }];
/** Sections that Pipenv hashes under another name, or not at all. */
const NAMED_SECTIONS = ['source', 'packages', 'dev-packages', 'requires', 'scripts', 'pipfile', 'pipenv', 'default', 'develop'];

/** Refuses a lock that is older than the Pipfile beside it, as `pipenv install --deploy` does. */
function requireFresh(path: string, expected: unknown): void {
  const file = join(dirname(path), 'Pipfile');
  if (typeof expected !== 'string' || !isFile(file)) return;
  const pipfile = readObject(file, 'TOML');
  if (contentHash(pipfile) === expected) return;
  throw new ValidationError(
    "Pipfile.lock must match the Pipfile beside it, got: a lock of other dependencies; run 'pipenv lock'",
  );
}

/** @see https://github.com/sarugaku/plette/blob/master/src/plette/pipfiles.py */
function contentHash(pipfile: Readonly<Record<string, unknown>>): string {
  const categories = Object.entries(pipfile).filter(([name]) => !NAMED_SECTIONS.includes(name));
  const hashed = {
    _meta: { sources: pipfile.source ?? DEFAULT_SOURCE, requires: pipfile.requires ?? {} },
    default: pipfile.packages ?? {},
    develop: pipfile['dev-packages'] ?? {},
    ...Object.fromEntries(categories),
  };
  return hashContent(pythonJson(hashed, { items: ',', key: ':' }));
}
