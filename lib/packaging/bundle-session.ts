import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as esbuild from 'esbuild';
import { BundleCache } from './bundle-cache';
import { type BundleRequest, wrappersOf } from './bundle-request';
import { loadEsbuild } from './esbuild';
import { builtHandlerDirectory } from './handler-code';
import { hashFile } from './hash';
import { packageRoot } from './package-root';
import { ResolutionTrail } from './resolution-trail';
import { TsconfigFiles } from './tsconfig-files';

/**
 * A file that was built with this library, and is copied to a bundle.
 *
 * @internal
 */
export interface BuiltFile {
  /** Name within the bundle. */
  readonly name: string;
  readonly path: string;
  readonly hash: string;
}

/**
 * A project, with its bundler, its cache, and what is read once per synth.
 *
 * @internal
 */
export interface Project {
  readonly root: string;
  readonly build: typeof esbuild;
  readonly cache: BundleCache;
  readonly tsconfigs: TsconfigFiles;
  readonly trail: ResolutionTrail;
}

/**
 * Facts that are read once per synth: reading them for each function would take longer than bundling it.
 *
 * @internal
 */
export class BundleSession {
  private readonly projects = new Map<string, Project>();
  private readonly roots = new Map<string, string>();
  private ownVersion?: string;
  private readonly built = new Map<string, BuiltFile>();

  /** Files to copy to a bundle, apart from those that the user adds. */
  public builtFiles(request: BundleRequest): BuiltFile[] {
    return wrappersOf(request).map(({ handler, file }) => this.builtFile(handler, file));
  }

  /** Version of this library. */
  public get version(): string {
    this.ownVersion ??= String(JSON.parse(readFileSync(join(packageRoot(__dirname), 'package.json'), 'utf8')).version);
    return this.ownVersion;
  }

  private builtFile(handler: string, name: string): BuiltFile {
    const known = this.built.get(handler);
    if (known) return known;
    const path = join(builtHandlerDirectory(handler), 'index.js');
    const file = { name, path, hash: hashFile(path) };
    this.built.set(handler, file);
    return file;
  }

  public projectOf(folder: string): Project {
    const root = this.roots.get(folder) ?? packageRoot(folder);
    this.roots.set(folder, root);
    const project = this.projects.get(root) ?? openProject(root);
    this.projects.set(root, project);
    return project;
  }
}

function openProject(root: string): Project {
  const tsconfigs = new TsconfigFiles();
  return { root, build: loadEsbuild(root), cache: new BundleCache(root), tsconfigs, trail: new ResolutionTrail(root, tsconfigs) };
}
