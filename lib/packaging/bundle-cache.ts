import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ContentStore } from './content-store';
import { isExecutable, type PackageFiles, writeFiles } from './files';
import { hashContent, hashFile } from './hash';
import { isListOf, isObject } from './json';
import { projectCache } from './project-cache';

const MANIFEST = 'manifest.json';

/** Describes a bundle, and everything on disk that it depends on. Paths are relative to the project. */
interface Manifest {
  /** Hash of the bundle. */
  readonly output: string;
  readonly warnings: readonly string[];
  /** Path → fingerprint of the file, or of the list of names in a folder; null for a missing file. */
  readonly inputs: Readonly<Record<string, Fingerprint | null>>;
  /** Path → target of the symbolic link; null where there is no link. */
  readonly links: Readonly<Record<string, string | null>>;
}

interface Fingerprint {
  readonly isFolder: boolean;
  readonly mtimeMs: number;
  /** Package managers set the time of modification of the files that they install: an upgrade may keep it, and the size. */
  readonly ctimeMs: number;
  readonly size: number;
  readonly hash: string;
}

/**
 * A finished bundle: a folder with the code, and the hash of its content.
 *
 * @internal
 */
export interface CachedBundle {
  readonly directory: string;
  readonly hash: string;
  readonly warnings: readonly string[];
}

/** Data that is stored with a bundle. */
interface BundleToStore {
  readonly files: PackageFiles;
  /** Absolute paths of the files and folders that the bundle depends on, including missing ones. */
  readonly paths: Iterable<string>;
  /** Absolute paths of the symbolic links that it depends on. */
  readonly links: Iterable<string>;
  /** Time in epoch milliseconds at which the first of them was read. */
  readonly startedAt: number;
  readonly warnings: readonly string[];
}

/**
 * Bundles that are kept between synths. A bundle is found by its request. It is current as long as everything that it depends on is
 * unchanged.
 *
 * Bundles are stored by their content, apart from the manifests: a synth that replaces a manifest must not take the bundle from
 * a synth that is copying it.
 *
 * @internal
 */
export class BundleCache {
  private readonly bundles: ContentStore<string>;
  private readonly manifests: ContentStore<Manifest>;
  // One synth bundles many functions that share most of their inputs.
  private readonly seen = new Map<string, Fingerprint | undefined>();
  private readonly seenLinks = new Map<string, string | null>();
  // The run tracker goes into every bundle.
  private readonly copied = new Map<string, string>();

  public constructor(private readonly projectRoot: string) {
    this.bundles = new ContentStore(projectCache('bundles', projectRoot), (folder) =>
      ['index.js', 'index.mjs'].some((name) => existsSync(join(folder, name))) ? folder : undefined,
    );
    this.manifests = new ContentStore(projectCache('bundle-manifests', projectRoot), (folder) => this.readCurrent(folder));
  }

  /** Returns the bundle that was stored under a key, if it is current. */
  public find(key: string): CachedBundle | undefined {
    const manifest = this.manifests.find(key);
    if (!manifest) return undefined;
    const directory = this.bundles.find(manifest.output);
    return directory === undefined ? undefined : { directory, hash: manifest.output, warnings: manifest.warnings };
  }

  /** Stores a bundle under a key. */
  public store(key: string, { files, paths, links, startedAt, warnings }: BundleToStore): CachedBundle {
    const output = this.hashOf(files);
    const directory = this.bundles.find(output) ?? this.bundles.store(output, (folder) => writeFiles(folder, files));
    const inputs: Record<string, Fingerprint | null> = {};
    for (const path of paths) inputs[relative(this.projectRoot, path)] = this.fingerprint(path) ?? null;
    const targets = Object.fromEntries([...links].map((path) => [relative(this.projectRoot, path), this.link(path)]));
    const manifest: Manifest = { output, warnings, inputs, links: targets };
    // A file that was saved while esbuild ran may be newer than the bundle. Without a manifest, the next synth bundles it again.
    const isCurrent = Object.values(inputs).every((input) => !input || input.isFolder || input.ctimeMs < startedAt + 1);
    if (isCurrent) this.manifests.store(key, (folder) => writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest)));
    return { directory, hash: output, warnings };
  }

  private readCurrent(folder: string): Manifest | undefined {
    const manifest = readManifest(join(folder, MANIFEST));
    if (!manifest) return undefined;
    const path = (name: string) => resolve(this.projectRoot, name);
    const isCurrent =
      Object.entries(manifest.inputs).every(([name, before]) => this.fingerprint(path(name), before)?.hash === before?.hash) &&
      Object.entries(manifest.links).every(([name, before]) => this.link(path(name)) === before);
    return isCurrent ? manifest : undefined;
  }

  private hashOf(files: PackageFiles): string {
    const hash = createHash('sha256');
    for (const [name, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(name).update(typeof source === 'string' ? this.hashOfCopied(source) : hashContent(source));
      if (typeof source === 'string' && isExecutable(source)) hash.update('executable');
    }
    return hash.digest('hex');
  }

  private hashOfCopied(path: string): string {
    const hash = this.copied.get(path) ?? hashFile(path);
    this.copied.set(path, hash);
    return hash;
  }

  private link(path: string): string | null {
    if (!this.seenLinks.has(path)) this.seenLinks.set(path, targetOf(path));
    return this.seenLinks.get(path) ?? null;
  }

  private fingerprint(path: string, before?: Fingerprint | null): Fingerprint | undefined {
    if (this.seen.has(path)) return this.seen.get(path);
    const stats = statsOf(path);
    let fingerprint: Fingerprint | undefined;
    if (stats) {
      const { mtimeMs, ctimeMs, size } = stats;
      const unchanged = before && before.mtimeMs === mtimeMs && before.ctimeMs === ctimeMs && before.size === size;
      const isFolder = stats.isDirectory();
      const hash = unchanged ? before.hash : hashInput(path, isFolder);
      fingerprint = { mtimeMs, ctimeMs, size, hash, isFolder };
    }
    this.seen.set(path, fingerprint);
    return fingerprint;
  }
}

/** Reads a manifest. Returns undefined when it is missing or broken, in which case the bundle is made again. */
function readManifest(path: string): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isManifest(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value)) return false;
  const { output, warnings, inputs, links } = value;
  return (
    typeof output === 'string' &&
    isListOf(warnings, (warning) => typeof warning === 'string') &&
    isObject(inputs) &&
    Object.values(inputs).every((input) => input === null || isFingerprint(input)) &&
    isObject(links)
  );
}

function isFingerprint(value: unknown): boolean {
  return (
    isObject(value) &&
    ['mtimeMs', 'ctimeMs', 'size'].every((name) => typeof value[name] === 'number') &&
    typeof value.hash === 'string'
  );
}

function hashInput(path: string, isFolder: boolean): string {
  return isFolder ? hashContent(listOf(path).join('\n')) : hashFile(path);
}

/** Names in a folder, with the targets of symbolic links. */
function listOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isSymbolicLink() ? `${entry.name} -> ${targetOf(join(folder, entry.name))}` : entry.name))
    .sort();
}

/** Target of a symbolic link; null where there is no link. */
function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** Undefined for a missing file. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // It does not exist, or a file has taken the place of its folder.
    return undefined;
  }
}
