import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore } from '../content-store';
import { filesOf, isDirectory, type PackageFiles, writeFiles } from '../files';
import { hashContent, hashFiles } from '../hash';
import { isListOf, isObject } from '../json';
import { projectCache } from '../project-cache';
import type { InstalledPackage } from './distributions';

const MANIFEST = 'manifest.json';

/**
 * Installed packages. Their files are read-only.
 *
 * @internal
 */
export interface InstalledPackages {
  /** Folder with the modules. */
  readonly directory: string;
  /** Folder that holds only the modules, in a folder named `python`: the content of a layer. */
  readonly layerDirectory: string;
  /** SHA-256 over the names and the content of the files: the same on every machine. */
  readonly hash: string;
  /** Sorted by name. */
  readonly packages: readonly InstalledPackage[];
}

/**
 * Installed packages, and packages of functions that contain them, of the app in the working directory. They are kept between
 * synths.
 *
 * @internal
 */
export class PythonCache {
  private readonly installed = new ContentStore(projectCache('python'), readInstalled);
  private readonly staged = new ContentStore(projectCache('python-packages'), (folder) =>
    isDirectory(folder) ? folder : undefined,
  );

  /** Returns the packages that were stored under a key. */
  public find(key: string): InstalledPackages | undefined {
    return this.installed.find(key);
  }

  /**
   * Installs packages and stores them.
   *
   * @param install is given the folder to install to
   * @param keyOf gives the key, which may depend on the versions that were installed
   */
  public store(
    install: (directory: string) => readonly InstalledPackage[],
    keyOf: (packages: readonly InstalledPackage[]) => string,
  ): InstalledPackages {
    const partial = this.installed.open();
    try {
      const { directory } = foldersOf(partial.folder);
      mkdirSync(directory, { recursive: true });
      const packages = install(directory);
      const hash = hashFiles(filesOf(directory));
      writeFileSync(join(partial.folder, MANIFEST), JSON.stringify({ hash, packages }));
      return partial.keep(keyOf(packages));
    } finally {
      partial.discard();
    }
  }

  /** Returns a folder with files and, beside them, installed packages. The hash covers both. */
  public stage(files: PackageFiles, installed?: InstalledPackages): { readonly directory: string; readonly hash: string } {
    // The hash of the installed packages is known: reading them again would take longer than everything else.
    const hash = hashContent(JSON.stringify([hashFiles(files), installed?.hash]));
    const write = (folder: string) => {
      if (installed) writeFiles(folder, filesOf(installed.directory));
      writeFiles(folder, files);
    };
    return { directory: this.staged.find(hash) ?? this.staged.store(hash, write), hash };
  }
}

function readInstalled(entry: string): InstalledPackages | undefined {
  const folders = foldersOf(entry);
  if (!isDirectory(folders.directory)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(entry, MANIFEST), 'utf8'));
    return isManifest(manifest) ? { hash: manifest.hash, packages: manifest.packages, ...folders } : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Pick<InstalledPackages, 'hash' | 'packages'> {
  return isObject(value) && typeof value.hash === 'string' && isListOf(value.packages, isInstalledPackage);
}

function isInstalledPackage(value: unknown): boolean {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string';
}

function foldersOf(entry: string): Pick<InstalledPackages, 'directory' | 'layerDirectory'> {
  const layerDirectory = join(entry, 'layer');
  return { directory: join(layerDirectory, 'python'), layerDirectory };
}
