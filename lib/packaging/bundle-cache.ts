import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ContentStore } from './content-store';
import { isExecutable, type PackageFiles, writeFiles } from './files';
import { hashContent, hashFile } from './hash';
import { isListOf, isObject } from './json';
import { projectCache } from './project-cache';

const MANIFEST = 'manifest.json';

/** Describes a bundle, and the files that it was made from. */
interface Manifest {
  /** Hash of the bundle. */
  readonly output: string;
  readonly warnings: readonly string[];
  /** Path relative to the project → fingerprint of the file, or of the list of names in a folder; null for a missing file. */
  readonly inputs: Readonly<Record<string, Fingerprint | null>>;
}

interface Fingerprint {
  readonly mtimeMs: number;
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
  /** Absolute paths of the files that the bundle was made from. */
  readonly inputs: readonly string[];
  /** Absolute paths of the files that configure the bundler, including missing ones that it would read. */
  readonly settings: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Bundles that are kept between synths. A bundle is found by its request. It is current as long as every file that it was made
 * from, and the list of names in every source folder, is unchanged: a new file can shadow an old one.
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
  // The run tracker goes into every bundle.
  private readonly copied = new Map<string, string>();

  public constructor(private readonly projectRoot: string) {
    this.bundles = new ContentStore(projectCache('bundles', projectRoot), (folder) =>
      existsSync(join(folder, 'index.js')) ? folder : undefined,
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
  public store(key: string, { files, inputs, settings, warnings }: BundleToStore): CachedBundle {
    const output = this.hashOf(files);
    const directory = this.bundles.find(output) ?? this.bundles.store(output, (folder) => writeFiles(folder, files));
    const fingerprints: Record<string, Fingerprint | null> = {};
    for (const path of [...withSourceFolders(inputs), ...settings]) {
      fingerprints[relative(this.projectRoot, path)] = this.fingerprint(path) ?? null;
    }
    const manifest: Manifest = { output, warnings, inputs: fingerprints };
    this.manifests.store(key, (folder) => writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest)));
    return { directory, hash: output, warnings };
  }

  private readCurrent(folder: string): Manifest | undefined {
    const manifest = readManifest(join(folder, MANIFEST));
    if (!manifest) return undefined;
    const isCurrent = Object.entries(manifest.inputs).every(
      ([path, before]) => this.fingerprint(resolve(this.projectRoot, path), before)?.hash === before?.hash,
    );
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

  private fingerprint(path: string, before?: Fingerprint | null): Fingerprint | undefined {
    if (this.seen.has(path)) return this.seen.get(path);
    const stats = statSync(path, { throwIfNoEntry: false });
    let fingerprint: Fingerprint | undefined;
    if (stats) {
      const unchanged = before && before.mtimeMs === stats.mtimeMs && before.size === stats.size;
      const hash = unchanged ? before.hash : hashInput(path, stats.isDirectory());
      fingerprint = { mtimeMs: stats.mtimeMs, size: stats.size, hash };
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
  const { output, warnings, inputs } = value;
  return (
    typeof output === 'string' &&
    isListOf(warnings, (warning) => typeof warning === 'string') &&
    isObject(inputs) &&
    Object.values(inputs).every((input) => input === null || isFingerprint(input))
  );
}

function isFingerprint(value: unknown): boolean {
  return isObject(value) && typeof value.mtimeMs === 'number' && typeof value.size === 'number' && typeof value.hash === 'string';
}

function hashInput(path: string, isFolder: boolean): string {
  return isFolder ? hashContent(readdirSync(path).sort().join('\n')) : hashFile(path);
}

/** Adds the folders of those files that are not part of installed packages. */
function withSourceFolders(files: readonly string[]): string[] {
  return [...new Set([...files, ...files.filter((file) => !isInstalled(file)).map(dirname)])];
}

/**
 * Whether a file is part of an installed package.
 *
 * @internal
 */
export function isInstalled(path: string): boolean {
  return path.includes('/node_modules/') || path.includes('\\node_modules\\');
}
