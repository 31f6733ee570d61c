import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentStore } from '../content-store';
import { filesOf, isDirectory } from '../files';
import { hashFiles } from '../hash';
import { isListOf, isObject } from '../json';
import { requirePaths } from '../package-paths';
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
 * Installed packages of the app in the working directory. They are kept between synths.
 *
 * @internal
 */
export class PythonCache {
  private readonly installed = new ContentStore(projectCache('python'), readInstalled);

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
      const files = filesOf(directory);
      requirePaths(files.keys());
      const hash = hashFiles(files);
      writeFileSync(join(partial.folder, MANIFEST), JSON.stringify({ hash, packages }));
      return partial.keep(keyOf(packages));
    } finally {
      partial.discard();
    }
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
