import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hashContent } from '../bundle-cache';
import { projectCache } from '../project-cache';
import type { InstalledPackage } from './distributions';
import { contentOf, hashOfFiles, type PackageContent, writeFiles } from './tree';

/** What no synth has used for so long goes: each change of a lock leaves a folder of up to 250 MB behind. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** What an interrupted synth has left. */
const ABANDONED_MS = 3_600_000;

/**
 * Installed packages. Their files must not be changed.
 *
 * @internal
 */
export interface InstalledPackages {
  /** Folder with the modules. */
  readonly directory: string;
  /** Folder that holds the other one alone, under the name `python`: what a layer is made of. */
  readonly layerDirectory: string;
  /** SHA-256 over the names and the content of its files: of the same files the same on every machine. */
  readonly hash: string;
  /** Sorted by name. */
  readonly packages: readonly InstalledPackage[];
}

/**
 * Installed packages kept between synths, below `node_modules/.cache`.
 *
 * @internal
 */
export class PythonCache {
  /** The cache of the project whose app runs in the working directory. */
  public static ofProject(): PythonCache {
    return new PythonCache(projectCache('python'));
  }

  private constructor(private readonly directory: string) {}

  /** What was stored for `key`. */
  public find(key: string): InstalledPackages | undefined {
    const entry = join(this.directory, key);
    try {
      const stored = JSON.parse(readFileSync(join(entry, 'manifest.json'), 'utf8'));
      const folders = foldersOf(entry);
      if (!existsSync(folders.directory)) return undefined;
      utimesSync(entry, new Date(), new Date());
      return { ...stored, ...folders };
    } catch {
      return undefined;
    }
  }

  /** Installs into a folder of its own, which is then kept under the key that its packages give it. */
  public store(
    install: (directory: string) => readonly InstalledPackage[],
    keyOf: (packages: readonly InstalledPackage[]) => string,
  ): InstalledPackages {
    mkdirSync(this.directory, { recursive: true });
    this.removeUnused();
    const partial = mkdtempSync(join(this.directory, '.partial-'));
    try {
      const { directory } = foldersOf(partial);
      mkdirSync(directory, { recursive: true });
      const packages = install(directory);
      const hash = hashOfFiles(contentOf(directory));
      writeFileSync(join(partial, 'manifest.json'), JSON.stringify({ hash, packages }));
      const entry = join(this.directory, keyOf(packages));
      this.putInPlace(partial, entry);
      return { ...foldersOf(entry), hash, packages };
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }

  /** A folder with these files, and with installed packages beside them; its hash is that of all of it. */
  public stage(
    files: ReadonlyMap<string, PackageContent>,
    installed?: InstalledPackages,
  ): { readonly directory: string; readonly hash: string } {
    // The hash of what is installed is known: to read it again would take longer than all the rest.
    const hash = hashContent(JSON.stringify([hashOfFiles(files), installed?.hash]));
    const directory = join(this.directory, hash);
    if (existsSync(directory)) {
      utimesSync(directory, new Date(), new Date());
      return { directory, hash };
    }
    mkdirSync(this.directory, { recursive: true });
    this.removeUnused();
    const partial = mkdtempSync(join(this.directory, '.partial-'));
    try {
      if (installed) writeFiles(partial, contentOf(installed.directory));
      writeFiles(partial, files);
      this.putInPlace(partial, directory);
      return { directory, hash };
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }

  private putInPlace(partial: string, entry: string): void {
    try {
      renameSync(partial, entry);
    } catch (error) {
      // Another synth was first: its folder serves.
      if (!existsSync(entry)) throw error;
    }
  }

  private removeUnused(): void {
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (name.startsWith('.partial-')) {
        if (age > ABANDONED_MS) rmSync(path, { recursive: true, force: true });
      } else if (age > KEPT_MS) {
        this.removeEntry(name);
      }
    }
  }

  /** Takes the name away first: an entry that is deleted in part would pass for a whole one. */
  private removeEntry(name: string): void {
    const partial = join(this.directory, `.partial-${name}-${process.pid}`);
    try {
      renameSync(join(this.directory, name), partial);
    } catch {
      // Another synth was first, or a file in it is in use: the next one tries again.
      return;
    }
    rmSync(partial, { recursive: true, force: true });
  }
}

function foldersOf(entry: string): Pick<InstalledPackages, 'directory' | 'layerDirectory'> {
  const layerDirectory = join(entry, 'layer');
  return { directory: join(layerDirectory, 'python'), layerDirectory };
}
