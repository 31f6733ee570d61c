import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * SHA-256 over the content of files, in the order given, without their paths.
 *
 * @internal
 */
export function hashFiles(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(hashContent(readFileSync(file)));
  return hash.digest('hex');
}

/** @internal */
export function hashContent(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What a bundle was made from: changed when any of it has changed. */
interface Manifest {
  readonly output: string;
  readonly warnings: readonly string[];
  /** Path relative to the project → fingerprint of the file, or of a folder's list of names; null where there was nothing. */
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

/**
 * Bundles kept between synths, below `node_modules/.cache`. A bundle is found by what was asked for, and is good as long as
 * every file it was made from, and the list of names in every source folder (a new file can shadow an old one), is unchanged.
 *
 * @internal
 */
export class BundleCache {
  private readonly directory: string;
  // One synth bundles many functions that share most of their inputs.
  private readonly seen = new Map<string, Fingerprint | undefined>();
  // The run tracker goes into every bundle.
  private readonly copied = new Map<string, string>();

  public constructor(private readonly projectRoot: string) {
    const modules = join(projectRoot, 'node_modules');
    this.directory = existsSync(modules)
      ? join(modules, '.cache', 'cdk-katamari', 'bundles')
      : join(tmpdir(), 'cdk-katamari', hashContent(projectRoot).slice(0, 16));
  }

  /** The bundle that was made for `key`, where nothing that went into it has changed. */
  public find(key: string): CachedBundle | undefined {
    let manifest: Manifest;
    try {
      manifest = JSON.parse(readFileSync(this.manifestPath(key), 'utf8'));
    } catch {
      return undefined;
    }
    const directory = join(this.directory, key, manifest.output);
    if (!existsSync(directory)) return undefined;
    for (const [path, before] of Object.entries(manifest.inputs)) {
      const now = this.fingerprint(resolve(this.projectRoot, path), before);
      if (now?.hash !== before?.hash) return undefined;
    }
    return { directory, hash: manifest.output, warnings: manifest.warnings };
  }

  /**
   * Keeps a bundle.
   *
   * @param files name within the bundle → its content, or the path of a file to copy
   * @param inputs absolute paths of the files it was made from
   * @param settings absolute paths of the files that say how, and of those that would, were they there
   */
  public store(
    key: string,
    files: ReadonlyMap<string, Uint8Array | string>,
    inputs: readonly string[],
    settings: readonly string[],
    warnings: readonly string[],
  ): CachedBundle {
    const parent = join(this.directory, key);
    mkdirSync(parent, { recursive: true });
    const partial = mkdtempSync(join(parent, '.partial-'));
    const hash = createHash('sha256');
    for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const target = join(partial, name);
      mkdirSync(dirname(target), { recursive: true });
      if (typeof content === 'string') copyFileSync(content, target);
      else writeFileSync(target, content);
      hash.update(name).update(typeof content === 'string' ? this.hashOfCopied(content) : hashContent(content));
      // A copy is as executable as what it is a copy of.
      if (typeof content === 'string' && isExecutable(content)) hash.update('executable');
    }
    const output = hash.digest('hex');
    const directory = join(parent, output);
    // Another synth may have stored the same content meanwhile: then its folder serves.
    if (existsSync(directory)) rmSync(partial, { recursive: true });
    else renameSync(partial, directory);
    this.removeOthers(parent, output);

    const fingerprints: Record<string, Fingerprint | null> = {};
    for (const path of [...withSourceFolders(inputs), ...settings]) {
      fingerprints[relative(this.projectRoot, path)] = this.fingerprint(path) ?? null;
    }
    const manifest: Manifest = { output, warnings, inputs: fingerprints };
    const temporary = `${this.manifestPath(key)}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(manifest));
    renameSync(temporary, this.manifestPath(key));
    return { directory, hash: output, warnings };
  }

  private hashOfCopied(path: string): string {
    const hash = this.copied.get(path) ?? hashContent(readFileSync(path));
    this.copied.set(path, hash);
    return hash;
  }

  private manifestPath(key: string): string {
    return join(this.directory, key, 'manifest.json');
  }

  private fingerprint(path: string, before?: Fingerprint | null): Fingerprint | undefined {
    if (this.seen.has(path)) return this.seen.get(path);
    const stats = statSync(path, { throwIfNoEntry: false });
    let fingerprint: Fingerprint | undefined;
    if (stats) {
      const unchanged = before && before.mtimeMs === stats.mtimeMs && before.size === stats.size;
      const hash = unchanged
        ? before.hash
        : hashContent(stats.isDirectory() ? readdirSync(path).sort().join('\n') : readFileSync(path));
      fingerprint = { mtimeMs: stats.mtimeMs, size: stats.size, hash };
    }
    this.seen.set(path, fingerprint);
    return fingerprint;
  }

  /** Deletes what older versions of the same function left, except what a synth in progress may still be copying. */
  private removeOthers(parent: string, output: string): void {
    const anHourAgo = Date.now() - 3_600_000;
    for (const name of readdirSync(parent)) {
      if (name === output || name === 'manifest.json') continue;
      const path = join(parent, name);
      if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) < anHourAgo) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  }
}

/**
 * Whether a file may be run as a program.
 *
 * @internal
 */
export function isExecutable(path: string): boolean {
  return (statSync(path).mode & 0o100) !== 0;
}

/** The files, and the folders that hold those of them that are not installed packages. */
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
