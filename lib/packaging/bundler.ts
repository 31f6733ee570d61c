import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { IConstruct } from 'constructs';
import type * as esbuild from 'esbuild';
import { formatValue, ValidationError } from '../private/errors';
import type { CachedBundle } from './bundle-cache';
import { BundleFormat } from './bundle-format';
import { preludeOf, shiftSourceMap } from './bundle-prelude';
import { type BundleRequest, bundleOptions, MAIN_FIRST, MODULE_FIRST, type Variant } from './bundle-request';
import { type BuiltFile, BundleSession, type Project } from './bundle-session';
import { decoratorWarnings } from './decorator-check';
import { buildInMemory, type MemoryResult, requireSyntax, runEsbuild, TOP_LEVEL_AWAIT, warningsOf } from './esbuild';
import { isExecutable } from './files';
import { wrapperOf } from './handler-wrapper';
import { hashContent } from './hash';

/** Entry that esbuild is given: it imports the user's module. */
const SHIM_FILE = 'katamari-entry.js';

// One per app: a later app in the same process must see changes.
const sessions = new WeakMap<IConstruct, BundleSession>();

/**
 * Bundles a handler with esbuild in this process, or returns the bundle of an earlier synth.
 *
 * @param app root of the construct tree
 *
 * @internal
 */
export function bundleHandler(app: IConstruct, request: BundleRequest): CachedBundle {
  const session = sessions.get(app) ?? new BundleSession();
  sessions.set(app, session);
  const project = session.projectOf(dirname(request.entry));
  const built = session.builtFiles(request);
  const { format = BundleFormat.CJS, mainFields = MODULE_FIRST } = request;
  const key = hashContent(
    JSON.stringify({
      entry: relative(project.root, request.entry),
      options: bundleOptions(request, { format, mainFields }, project.root),
      // Without them, they depend on the code.
      chosen: [request.format, request.mainFields],
      // Which of the two is used is known only after the entry is read.
      shims: [exportsHandler, exportsUnknown].map((exported) => shim(request, exported(request))),
      wrappers: [BundleFormat.CJS, BundleFormat.ESM].map((each) => wrapperOf(request, each)),
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
  const { build, root, cache, tsconfigs, trail } = project;
  const startedAt = Date.now();
  const { result, variant, inputs } = buildVariant(project, request);
  const files = outputOf(project, request, result, variant);
  for (const { name, path } of built) files.set(name, path);
  const wrapper = wrapperOf(request, variant.format);
  if (wrapper) files.set(wrapper.name, Buffer.from(wrapper.source));
  for (const [name, path] of request.added) {
    if (files.has(name)) {
      throw new ValidationError(
        `a file to add must not replace a file of the bundle (${[...files.keys()].join(', ')}), got: ${formatValue(name)}`,
      );
    }
    files.set(name, path);
  }
  const { paths, links } = trail.of(inputs, request.entry, bundleOptions(request, variant, root));
  const sources = inputs.map(([path]) => resolve(root, path));
  return cache.store(key, {
    files,
    paths: new Set([...paths, ...request.added.values()]),
    links,
    startedAt,
    warnings: [...warningsOf(build, result), ...decoratorWarnings(sources, tsconfigs, root, request.tsconfig)],
  });
}

interface Built {
  readonly result: MemoryResult;
  readonly variant: Variant;
  /** Inputs of this build, and of those that led to it. */
  readonly inputs: [string, esbuild.Metafile['inputs'][string]][];
}

/** Bundles a handler in the module format that its code requires. */
function buildVariant(project: Project, request: BundleRequest): Built {
  try {
    return buildFormat(project, request, request.format ?? BundleFormat.CJS);
  } catch (error) {
    if (request.format !== undefined || !TOP_LEVEL_AWAIT.test((error as Error).message)) throw error;
    return buildFormat(project, request, BundleFormat.ESM);
  }
}

/** Bundles a handler with the main files of packages that its code can use. */
function buildFormat(project: Project, request: BundleRequest, format: BundleFormat): Built {
  const buildWith = (mainFields: readonly string[]): Built => {
    const variant = { format, mainFields };
    const result = buildOnce(project, request, variant);
    const inputs = Object.entries(result.metafile.inputs).filter(([path]) => basename(path) !== SHIM_FILE);
    return { result, variant, inputs };
  };
  if (request.mainFields) return buildWith(request.mainFields);
  let first: Built | undefined;
  let reason: unknown;
  try {
    first = buildWith(MODULE_FIRST);
    if (!requiresModule(first)) return first;
  } catch (error) {
    reason = error;
  }
  try {
    const second = buildWith(MAIN_FIRST);
    return { ...second, inputs: [...second.inputs, ...(first?.inputs ?? [])] };
  } catch (error) {
    if (first) return first;
    throw reason ?? error;
  }
}

/** Whether `require` of a package gives an ES module: code that expects the function or class of the CommonJS module fails. */
function requiresModule({ result, inputs }: Built): boolean {
  return inputs.some(([, { imports }]) =>
    imports.some(
      ({ kind, path, original }) =>
        kind === 'require-call' &&
        original !== undefined &&
        !/^[./]/.test(original) &&
        result.metafile.inputs[path]?.format === 'esm',
    ),
  );
}

function buildOnce({ build, root }: Project, request: BundleRequest, variant: Variant): MemoryResult {
  const optionsFor = (exported: Exports): esbuild.BuildOptions => ({
    ...bundleOptions(request, variant, root),
    stdin: { contents: shim(request, exported), resolveDir: dirname(request.entry), sourcefile: SHIM_FILE },
    absWorkingDir: root,
    outfile: join(root, variant.format === BundleFormat.ESM ? 'index.mjs' : 'index.js'),
  });
  // Most entries export the handler by its name. Reading the exports of the others takes as long as bundling.
  return (
    buildIfExported(build, optionsFor(exportsHandler(request)), request.entry, root) ??
    runEsbuild(build, request.entry, optionsFor(exportsOf(build, request, root)))
  );
}

/** Files that esbuild has made, with the lines in front of the code that its module format requires. */
function outputOf(
  { build }: Project,
  request: BundleRequest,
  { outputFiles }: MemoryResult,
  { format }: Variant,
): Map<string, Uint8Array | string> {
  const files = new Map<string, Uint8Array | string>(outputFiles.map((file) => [basename(file.path), file.contents]));
  const code = outputFiles.find((file) => /^index\.m?js$/.test(basename(file.path)));
  if (!code) return files;
  const prelude = preludeOf(code.text, format, request.banner);
  const text = [...prelude, code.text].join('\n');
  if (request.banner !== '' || request.footer !== '') {
    // Lambda wraps CommonJS in a function with these parameters.
    const whole = format === BundleFormat.CJS ? `(function (exports, require, module, __filename, __dirname) {${text}\n})` : text;
    requireSyntax(build, `the banner or the footer does not fit the bundle of ${request.entry}`, whole);
  }
  if (prelude.length === 0) return files;
  files.set(basename(code.path), Buffer.from(text));
  const map = outputFiles.find((file) => file.path === `${code.path}.map`);
  if (map) files.set(basename(map.path), Buffer.from(shiftSourceMap(map.text, prelude.length)));
  return files;
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
    const result = buildInMemory(build, options);
    const name = relative(projectRoot, entry).replaceAll('\\', '/');
    return result.metafile.inputs[name]?.format === 'esm' ? result : undefined;
  } catch {
    // The build that follows reports the error.
    return undefined;
  }
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
