import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isFile } from './files';
import { isObject } from './json';

/** Settings of TypeScript that apply to a source file. */
interface Tsconfig {
  /** Files that the settings are read from, including paths of missing files that would be read instead if they existed. */
  readonly files: ReadonlySet<string>;
  /** Installed packages that contain a file of the settings: the name in `extends`, and the folder of the file with it. */
  readonly packages: readonly { readonly folder: string; readonly specifier: string }[];
  /** Whether decorators are to emit the types of what they decorate. */
  readonly emitsDecoratorMetadata: boolean;
  /** Paths that an import may stand for, because of `paths` and `baseUrl`. */
  candidates(specifier: string): string[];
}

/** A tsconfig.json and what it extends. */
interface Chain {
  readonly files: Set<string>;
  /** The file itself first, then those that it extends. */
  readonly settings: { readonly folder: string; readonly options: Readonly<Record<string, unknown>> }[];
  readonly packages: { readonly folder: string; readonly specifier: string }[];
}

/**
 * Reads the TypeScript settings that esbuild reads for source files: the nearest tsconfig.json of each folder, and the files that it
 * extends. Files are read once per instance.
 *
 * @internal
 */
export class TsconfigFiles {
  private readonly byFolder = new Map<string, Tsconfig>();
  private readonly byPath = new Map<string, Tsconfig>();

  /**
   * @param folder folder of source files
   * @param path file that is read instead of the nearest one
   */
  public for(folder: string, path?: string): Tsconfig {
    return path === undefined ? this.near(folder) : this.of(path);
  }

  private near(folder: string): Tsconfig {
    const known = this.byFolder.get(folder) ?? this.find(folder);
    this.byFolder.set(folder, known);
    return known;
  }

  private of(path: string): Tsconfig {
    const known = this.byPath.get(path) ?? read(path);
    this.byPath.set(path, known);
    return known;
  }

  private find(folder: string): Tsconfig {
    const missing: string[] = [];
    // esbuild reads the second where the first does not exist.
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const path = join(folder, name);
      if (isFile(path)) return withFiles(this.of(path), missing);
      missing.push(path);
    }
    const parent = dirname(folder);
    return parent === folder ? withFiles(NO_SETTINGS, missing) : withFiles(this.near(parent), missing);
  }
}

const NO_SETTINGS: Tsconfig = { files: new Set(), packages: [], emitsDecoratorMetadata: false, candidates: () => [] };

function withFiles(settings: Tsconfig, files: readonly string[]): Tsconfig {
  return files.length === 0 ? settings : { ...settings, files: new Set([...settings.files, ...files]) };
}

function read(path: string): Tsconfig {
  const { files, settings, packages } = chainOf(path, { files: new Set(), settings: [], packages: [] });
  const emits = settings.find(({ options }) => options.emitDecoratorMetadata !== undefined)?.options.emitDecoratorMetadata;
  // All files of the chain count, although one replaces the `paths` of another: a candidate too many only means that a bundle may be
  // made again without need.
  const candidates = (specifier: string) =>
    settings.flatMap(({ folder, options: { paths, baseUrl } }) => {
      const inProject = (text: string) => text.replace(/\$\{configDir\}/g, () => dirname(path));
      const base = typeof baseUrl === 'string' ? resolve(folder, inProject(baseUrl)) : undefined;
      const targets = isObject(paths) ? Object.entries(paths).flatMap((entry) => targetsOf(entry, specifier)) : [];
      return [
        ...targets.map((target) => resolve(base ?? folder, inProject(target))),
        ...(base === undefined ? [] : [resolve(base, specifier)]),
      ];
    });
  return { files, packages, emitsDecoratorMetadata: emits === true, candidates };
}

/** Targets of a pattern of `paths` for an import. */
function targetsOf([pattern, targets]: [string, unknown], specifier: string): string[] {
  const [prefix = '', suffix] = pattern.split('*');
  const matches =
    suffix === undefined
      ? specifier === pattern
      : specifier.startsWith(prefix) && specifier.endsWith(suffix) && specifier.length >= prefix.length + suffix.length;
  if (!matches || !Array.isArray(targets)) return [];
  const matched = specifier.slice(prefix.length, specifier.length - (suffix?.length ?? 0));
  return targets.filter((target) => typeof target === 'string').map((target: string) => target.replace('*', () => matched));
}

function chainOf(path: string, chain: Chain): Chain {
  if (chain.files.has(path)) return chain;
  chain.files.add(path);
  if (!isFile(path)) return chain;
  const { compilerOptions, extends: bases } = readSettings(path);
  chain.settings.push({ folder: dirname(path), options: isObject(compilerOptions) ? compilerOptions : {} });
  for (const name of namesOf(bases)) {
    if (isInPackage(name)) chain.packages.push({ folder: dirname(path), specifier: name });
    for (const base of basesOf(path, name)) chainOf(base, chain);
  }
  return chain;
}

/** Names in `extends`, the one that takes precedence first. */
function namesOf(bases: unknown): string[] {
  return (Array.isArray(bases) ? bases : [bases]).filter((name): name is string => typeof name === 'string').reverse();
}

function isInPackage(name: string): boolean {
  return !/^\.\.?([/\\]|$)/.test(name) && !isAbsolute(name);
}

/** Paths that a name in `extends` may refer to. One path too many only means that a bundle may be made again without need. */
function basesOf(path: string, name: string): string[] {
  if (isInPackage(name)) return basesInPackage(name, path);
  const base = resolve(dirname(path), name);
  return base.endsWith('.json') ? [base] : [base, `${base}.json`];
}

/** A base in an installed package: a file of the package, or the one that its package.json names as `tsconfig`. */
function basesInPackage(name: string, from: string): string[] {
  const { resolve: find } = createRequire(from);
  const found: string[] = [];
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`, `${name}/package.json`]) {
    try {
      found.push(find(candidate));
    } catch {
      // The file does not exist, or the package does not export it.
    }
  }
  for (const manifest of found.filter((path) => path.endsWith('package.json'))) {
    const { tsconfig } = readSettings(manifest);
    if (typeof tsconfig === 'string') found.push(resolve(dirname(manifest), tsconfig));
  }
  return found.filter((path) => path.endsWith('.json'));
}

/** Reads JSON with comments and trailing commas, as TypeScript does. Returns nothing for broken JSON, which esbuild reports. */
function readSettings(path: string): Record<string, unknown> {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  const withoutComments = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string) => string ?? ' ');
  const strict = withoutComments.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? '');
  try {
    return Object(JSON.parse(strict));
  } catch {
    return {};
  }
}
