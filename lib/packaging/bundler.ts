import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { IConstruct } from 'constructs';
import type * as esbuild from 'esbuild';
import { formatValue, ValidationError } from '../private/errors';
import { BundleCache, type CachedBundle, isInstalled } from './bundle-cache';
import { isExecutable } from './files';
import { builtHandlerDirectory } from './handler-code';
import { SHELL_FILE, TRACKER_FILE, WRAPPER_FILE, wrapperOf } from './handler-wrapper';
import { hashContent, hashFile } from './hash';
import { packageRoot } from './package-root';
import { tsconfigFiles } from './tsconfig-files';

/** Entry that esbuild is given: it imports the user's module. */
const SHIM_FILE = 'katamari-entry.js';

/** A handler to bundle. */
interface BundleRequest {
  /** Absolute path of the user's module. */
  readonly entry: string;
  /** Name of the export that handles an invocation. */
  readonly handler: string;
  /** esbuild target, such as `node20`. */
  readonly target: string;
  readonly minify: boolean;
  readonly sourceMap: boolean;
  readonly external: readonly string[];
  readonly define: Readonly<Record<string, string>>;
  /** Whether the run tracker wraps the handler. */
  readonly wrapped: boolean;
  /** Whether the debug shell wraps the handler and the run tracker. */
  readonly debugShell: boolean;
  /** Files to copy to the package: path within the package, with `/`, to path on disk. */
  readonly added: ReadonlyMap<string, string>;
}

/** A file that was built with this library, and is copied to a bundle. */
interface BuiltFile {
  /** Name within the bundle. */
  readonly name: string;
  readonly path: string;
  readonly hash: string;
}

const IN_MEMORY = { write: false, metafile: true, logLevel: 'silent' } as const;
type MemoryResult = esbuild.BuildResult<typeof IN_MEMORY>;

/** A project, and its bundler and cache. */
interface Project {
  readonly root: string;
  readonly build: typeof esbuild;
  readonly cache: BundleCache;
}

/** Facts that are read once per synth: reading them for each function would take longer than bundling it. */
class Session {
  private readonly projects = new Map<string, Project>();
  private readonly roots = new Map<string, string>();
  private ownVersion?: string;
  private readonly built = new Map<string, BuiltFile>();

  /** Files to copy to a bundle, apart from those that the user adds. */
  public builtFiles({ wrapped, debugShell }: BundleRequest): BuiltFile[] {
    return [
      ...(wrapped ? [this.builtFile('tracker', TRACKER_FILE)] : []),
      ...(debugShell ? [this.builtFile('shell', SHELL_FILE)] : []),
    ];
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
    const project = this.projects.get(root) ?? { root, build: loadEsbuild(root), cache: new BundleCache(root) };
    this.projects.set(root, project);
    return project;
  }
}

// One per app: a later app in the same process must see changes.
const sessions = new WeakMap<IConstruct, Session>();

/**
 * Bundles a handler with esbuild in this process, or returns the bundle of an earlier synth.
 *
 * @param app root of the construct tree
 *
 * @internal
 */
export function bundleHandler(app: IConstruct, request: BundleRequest): CachedBundle {
  const session = sessions.get(app) ?? new Session();
  sessions.set(app, session);
  const project = session.projectOf(dirname(request.entry));
  const built = session.builtFiles(request);
  const key = hashContent(
    JSON.stringify({
      entry: relative(project.root, request.entry),
      options: bundleOptions(request),
      // Which of the two is used is known only after the entry is read.
      shims: [exportsHandler, exportsUnknown].map((exported) => shim(request, exported(request))),
      wrapper: wrapperOf(request),
      version: session.version,
      esbuild: project.build.version,
      beside: built.map(({ hash }) => hash),
      // Their content is compared with that of all other inputs.
      added: [...request.added].map(([target, path]) => [target, relative(project.root, path), isExecutable(path)]),
    }),
  ).slice(0, 32);
  return project.cache.find(key) ?? makeBundle(project, request, built, key);
}

function makeBundle(project: Project, request: BundleRequest, built: readonly BuiltFile[], key: string): CachedBundle {
  const { build, root: projectRoot, cache } = project;
  const optionsFor = (exported: Exports): esbuild.BuildOptions => ({
    ...bundleOptions(request),
    stdin: { contents: shim(request, exported), resolveDir: dirname(request.entry), sourcefile: SHIM_FILE },
    absWorkingDir: projectRoot,
    outfile: join(projectRoot, 'index.js'),
  });
  // Most entries export the handler by its name. Reading the exports of the others takes as long as bundling.
  const result =
    buildIfExported(build, optionsFor(exportsHandler(request)), request.entry, projectRoot) ??
    runEsbuild(build, request.entry, optionsFor(exportsOf(build, request, projectRoot)));
  const files = new Map<string, Uint8Array | string>(result.outputFiles.map((file) => [basename(file.path), file.contents]));
  for (const { name, path } of built) files.set(name, path);
  const wrapper = wrapperOf(request);
  if (wrapper !== undefined) files.set(WRAPPER_FILE, Buffer.from(wrapper));
  for (const [name, path] of request.added) {
    if (files.has(name)) {
      throw new ValidationError(
        `a file to add must not replace a file of the bundle (${[...files.keys()].join(', ')}), got: ${formatValue(name)}`,
      );
    }
    files.set(name, path);
  }
  const inputs = Object.keys(result.metafile.inputs)
    .filter((path) => basename(path) !== SHIM_FILE)
    .map((path) => resolve(projectRoot, path));
  const folders = new Set(inputs.filter((path) => !isInstalled(path)).map(dirname));
  const settings = [...tsconfigFiles(folders), ...request.added.values()];
  return cache.store(key, { files, inputs, settings, warnings: warningsOf(build, result) });
}

/** Bundles an ES module that exports the handler by its name. Returns undefined for other modules, and where esbuild fails. */
function buildIfExported(
  build: typeof esbuild,
  options: esbuild.BuildOptions,
  entry: string,
  projectRoot: string,
): MemoryResult | undefined {
  // The names that `export *` takes from a CommonJS module are known only when it runs.
  if (/^\s*export\s*\*/m.test(readFileSync(entry, 'utf8'))) return undefined;
  try {
    const result = build.buildSync({ ...options, ...IN_MEMORY });
    const name = relative(projectRoot, entry).replaceAll('\\', '/');
    return result.metafile.inputs[name]?.format === 'esm' ? result : undefined;
  } catch {
    // The build that follows reports the error.
    return undefined;
  }
}

/** Options of esbuild without paths of this machine: they are part of the key. */
function bundleOptions(request: BundleRequest): esbuild.BuildOptions {
  return {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Prefers ES modules, which can be tree-shaken.
    mainFields: ['module', 'main'],
    target: request.target,
    minify: request.minify,
    keepNames: request.minify,
    treeShaking: true,
    sourcemap: request.sourceMap ? 'linked' : false,
    sourcesContent: false,
    external: [...request.external],
    define: { ...request.define },
  };
}

function warningsOf(build: typeof esbuild, { warnings }: esbuild.BuildResult): string[] {
  // Formatting is a round trip to the process of esbuild, even without warnings.
  if (warnings.length === 0) return [];
  return build.formatMessagesSync(warnings, { kind: 'warning', color: false }).map((text) => text.trim());
}

/** Source of a module that finds the user's handler. */
function shim(request: BundleRequest, exported: Exports): string {
  const from = JSON.stringify(`./${basename(request.entry)}`);
  const { handler } = request;
  if (exported.names.has(handler)) return `export { ${handler} as handler } from ${from};\n`;
  if (!exported.complete || exported.names.has('default')) {
    const name = JSON.stringify(handler);
    const message = JSON.stringify(notExported(request, exported));
    return [
      `import * as user from ${from};`,
      `const fallback = user.default ?? {};`,
      `const found = user[${name}] ?? fallback[${name}] ?? fallback.default?.[${name}] ?? fallback.default ?? fallback;`,
      // The name by which Lambda reports it.
      `if (typeof found !== 'function') throw Object.assign(new Error(${message}), { name: 'Runtime.HandlerNotFound' });`,
      'export const handler = found;',
      '',
    ].join('\n');
  }
  throw new ValidationError(notExported(request, exported));
}

function notExported(request: BundleRequest, exported: Exports): string {
  const names = [...exported.names].map(formatValue).join(', ');
  return `${basename(request.entry)} must export a function named '${request.handler}', or export one as default, got: ${names || 'no exports'}`;
}

interface Exports {
  readonly names: ReadonlySet<string>;
  /** False where the exports are known only when the module runs: CommonJS, or `export * from`. */
  readonly complete: boolean;
}

const exportsHandler = ({ handler }: BundleRequest): Exports => ({ names: new Set([handler]), complete: true });
const exportsUnknown = (): Exports => ({ names: new Set(), complete: false });

function exportsOf(build: typeof esbuild, request: BundleRequest, projectRoot: string): Exports {
  const result = runEsbuild(build, request.entry, {
    entryPoints: [request.entry],
    absWorkingDir: projectRoot,
    outfile: join(projectRoot, 'exports.mjs'),
    bundle: true,
    // Only this file is read: all imports are external.
    packages: 'external',
    external: ['./*', '../*', '/*'],
    format: 'esm',
    platform: 'node',
  });
  const [output] = Object.values(result.metafile.outputs);
  const [input] = Object.values(result.metafile.inputs);
  const text = result.outputFiles[0]?.text ?? '';
  return { names: new Set(output?.exports ?? []), complete: input?.format === 'esm' && !/^export \* from /m.test(text) };
}

/** Runs esbuild. Its messages, with file and line, become the error. */
function runEsbuild(build: typeof esbuild, entry: string, options: esbuild.BuildOptions): MemoryResult {
  try {
    return build.buildSync({ ...options, ...IN_MEMORY });
  } catch (error) {
    const errors = (error as Partial<esbuild.BuildFailure>).errors;
    if (!errors?.length) throw error;
    const text = build.formatMessagesSync(errors, { kind: 'error', color: false }).join('').trimEnd();
    throw new ValidationError(`could not bundle ${entry}:\n\n${text}\n`);
  }
}

function loadEsbuild(projectRoot: string): typeof esbuild {
  try {
    return require(require.resolve('esbuild', { paths: [__dirname, projectRoot] }));
  } catch (cause) {
    throw new ValidationError(
      `bundling a handler requires esbuild; run 'npm install --save-dev esbuild' (${(cause as Error).message.split('\n')[0]})`,
    );
  }
}
