import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type * as esbuild from 'esbuild';
import { isDirectory } from './files';
import { isObject } from './json';
import type { TsconfigFiles } from './tsconfig-files';

/** Fields of a package.json that may name the main file of a package. */
const MAIN_FIELDS = ['module', 'main'];
/** Files in which Yarn Plug'n'Play keeps the places of packages. */
const PLUG_N_PLAY = ['.pnp.cjs', '.pnp.js', '.pnp.data.json'];

/** Options of esbuild that steer how it finds modules. */
type ResolutionOptions = Pick<esbuild.BuildOptions, 'alias' | 'mainFields' | 'nodePaths' | 'tsconfig'>;

type Input = esbuild.Metafile['inputs'][string];

/** Everything on disk that a bundle depends on. Paths are absolute. */
interface Trail {
  /** Files and folders, including missing ones. The content of a folder is the list of its names, with the targets of links. */
  readonly paths: Set<string>;
  /** Places where a symbolic link is, or would change the result. */
  readonly links: Set<string>;
}

/**
 * Finds what the modules of a bundle were resolved by. A bundle can become stale although none of its files has changed: an upgrade
 * moves a symbolic link of pnpm, or adds a version nearer to the code than the one that was found.
 *
 * One instance serves all functions of a project during a synth, because they share most of their modules.
 *
 * @internal
 */
export class ResolutionTrail {
  private readonly linksOf = new Map<string, readonly string[]>();
  private readonly manifestsOf = new Map<string, readonly string[]>();
  private readonly packages = new Map<string, Trail>();
  private readonly plugAndPlay: readonly string[];

  public constructor(
    private readonly projectRoot: string,
    private readonly tsconfigs: TsconfigFiles,
  ) {
    this.plugAndPlay = ancestorsOf(projectRoot).flatMap((folder) => PLUG_N_PLAY.map((name) => join(folder, name)));
  }

  /**
   * @param inputs inputs in the metafiles of esbuild, by their paths relative to the project
   * @param entry absolute path of the entry, as the user has written it
   */
  public of(inputs: Iterable<readonly [string, Input]>, entry: string, options: ResolutionOptions): Trail {
    const trail: Trail = { paths: new Set(this.plugAndPlay), links: new Set() };
    this.addFile(trail, entry, options);
    for (const [name, { imports }] of inputs) {
      const path = resolve(this.projectRoot, name);
      this.addFile(trail, path, options);
      for (const { original, path: found, external } of imports) {
        const target = external ? undefined : resolve(this.projectRoot, found);
        this.addImport(trail, dirname(path), original ?? found, target, options);
      }
    }
    return trail;
  }

  /** Adds a file with the settings of its folder. */
  private addFile(trail: Trail, path: string, options: ResolutionOptions): void {
    const folder = dirname(path);
    trail.paths.add(path);
    this.addFolder(trail, folder);
    for (const manifest of this.manifests(folder)) trail.paths.add(manifest);
    // esbuild reads no settings of TypeScript in installed packages.
    if (isInstalled(path)) return;
    const { files, packages } = this.settings(folder, options);
    for (const file of files) trail.paths.add(file);
    for (const { folder: from, specifier } of packages) this.addPackage(trail, from, specifier, undefined, {});
  }

  private settings(folder: string, { tsconfig }: ResolutionOptions): ReturnType<TsconfigFiles['for']> {
    return this.tsconfigs.for(folder, tsconfig && resolve(this.projectRoot, tsconfig));
  }

  private addFolder(trail: Trail, folder: string): void {
    if (trail.paths.has(folder)) return;
    trail.paths.add(folder);
    for (const link of this.links(folder)) trail.links.add(link);
  }

  private addImport(trail: Trail, from: string, name: string, found: string | undefined, options: ResolutionOptions): void {
    if (/^\.\.?([/\\]|$)/.test(name) || isAbsolute(name)) {
      this.addCandidate(trail, resolve(from, name));
      return;
    }
    // A module of Node.js, or a URL.
    if (found === undefined && (isBuiltin(name) || name.includes(':'))) return;
    if (!isInstalled(from)) for (const path of this.settings(from, options).candidates(name)) this.addCandidate(trail, path);
    const alias = Object.entries(options.alias ?? {}).find(([key]) => name === key || name.startsWith(`${key}/`));
    if (alias) {
      const [key, target] = alias;
      this.addImport(trail, this.projectRoot, `${target}${name.slice(key.length)}`, found, { ...options, alias: {} });
      return;
    }
    // A private name of a package, such as #config, may stand for another package.
    const wanted = name.startsWith('#') && found ? installedName(found) : name;
    if (wanted !== undefined) this.addPackage(trail, from, wanted, found, options);
  }

  /** Adds the places where esbuild looks for a path without its ending, or for the main file of a folder. */
  private addCandidate(trail: Trail, path: string): void {
    this.addFolder(trail, dirname(path));
    if (!isDirectory(path)) return;
    this.addFolder(trail, path);
    trail.paths.add(join(path, 'package.json'));
  }

  private addPackage(trail: Trail, from: string, specifier: string, found: string | undefined, options: ResolutionOptions): void {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    const { mainFields = MAIN_FIELDS } = options;
    const nodePaths = (options.nodePaths ?? []).map((path) => resolve(this.projectRoot, path));
    // The imports of one folder lead to the same place, whatever file of the package they name.
    const key = JSON.stringify([from, name, found && packageFolderOf(found, name), mainFields, nodePaths]);
    const known = this.packages.get(key) ?? this.lookUp(from, name, found, mainFields, nodePaths);
    this.packages.set(key, known);
    for (const path of known.paths) trail.paths.add(path);
    for (const link of known.links) trail.links.add(link);
    const inside = specifier.slice(name.length + 1);
    const place = inside !== '' && found ? packageFolderOf(found, name) : undefined;
    if (place !== undefined && isDirectory(dirname(join(place, inside)))) this.addCandidate(trail, join(place, inside));
  }

  /** Looks for a package as esbuild does: in the node_modules of each folder above, then in `nodePaths`. */
  private lookUp(
    from: string,
    name: string,
    found: string | undefined,
    mainFields: readonly string[],
    nodePaths: readonly string[],
  ): Trail {
    const trail: Trail = { paths: new Set(), links: new Set() };
    const places = [...ancestorsOf(from).map((folder) => join(folder, 'node_modules')), ...nodePaths];
    for (const place of places) {
      if (!isDirectory(place)) {
        trail.paths.add(place);
        continue;
      }
      const candidate = join(place, name);
      for (const link of this.links(place)) trail.links.add(link);
      if (!isDirectory(candidate)) {
        trail.paths.add(candidate);
        // In nodePaths, and for a package of one file.
        if (found && dirname(found) === place) this.addCandidate(trail, candidate);
        continue;
      }
      this.addPackageFolder(trail, candidate, mainFields);
      if (found === undefined || isBelow(found, realpathSync(candidate))) break;
    }
    return trail;
  }

  private addPackageFolder(trail: Trail, folder: string, mainFields: readonly string[]): void {
    // Also where there is no link: a link in its place would lead to other dependencies.
    trail.links.add(folder);
    for (const link of this.links(folder)) trail.links.add(link);
    const manifest = join(folder, 'package.json');
    trail.paths.add(manifest);
    const fields = readManifest(manifest);
    for (const field of mainFields) {
      const main = fields[field];
      if (typeof main === 'string') this.addCandidate(trail, join(folder, main));
    }
  }

  /** Paths of package.json from a folder upwards, up to the first that exists. */
  private manifests(folder: string): readonly string[] {
    const known = this.manifestsOf.get(folder);
    if (known) return known;
    const path = join(folder, 'package.json');
    const above = exists(path) || dirname(folder) === folder ? [] : this.manifests(dirname(folder));
    const manifests = [path, ...above];
    this.manifestsOf.set(folder, manifests);
    return manifests;
  }

  /** Symbolic links that a path leads over, apart from those to the project itself. */
  private links(path: string): readonly string[] {
    const known = this.linksOf.get(path);
    if (known) return known;
    const parent = dirname(path);
    if (parent === path || isBelow(this.projectRoot, path)) return [];
    // Set first: links can lead to each other in a circle.
    this.linksOf.set(path, []);
    const links = [...this.links(parent)];
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      links.push(path, ...this.links(resolve(parent, readlinkSync(path))));
    }
    this.linksOf.set(path, links);
    return links;
  }
}

/**
 * Whether a file is part of an installed package.
 *
 * @internal
 */
export function isInstalled(path: string): boolean {
  return path.includes('/node_modules/') || path.includes('\\node_modules\\');
}

/** Name of the package that an installed file belongs to. */
function installedName(path: string): string | undefined {
  return /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(path)?.[1]?.replaceAll('\\', '/');
}

/** Folder of an installed package that contains a file. Undefined where a link leads to a folder of another name. */
function packageFolderOf(path: string, name: string): string | undefined {
  const marker = `${sep}node_modules${sep}${name.replaceAll('/', sep)}${sep}`;
  const index = path.lastIndexOf(marker);
  return index < 0 ? undefined : path.slice(0, index + marker.length - 1);
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** A folder and all folders above it. */
function ancestorsOf(folder: string): string[] {
  const parent = dirname(folder);
  const above = parent === folder ? [] : ancestorsOf(parent);
  return basename(folder) === 'node_modules' ? above : [folder, ...above];
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readManifest(path: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isObject(manifest) ? manifest : {};
  } catch {
    return {};
  }
}
