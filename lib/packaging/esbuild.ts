import type * as esbuild from 'esbuild';
import { ValidationError } from '../private/errors';

const IN_MEMORY = { write: false, metafile: true, logLevel: 'silent' } as const;

/** @internal */
export type MemoryResult = esbuild.BuildResult<typeof IN_MEMORY>;

/** @internal */
export const TOP_LEVEL_AWAIT = /Top-level await is currently not supported with the "cjs" output format/;

/** Remedies for errors of esbuild. */
const REMEDIES: readonly [RegExp, string][] = [
  [TOP_LEVEL_AWAIT, 'use format: BundleFormat.ESM'],
  [/No loader is configured for "\.node" files/, "a package with binaries can't be bundled; add its name to modules"],
  [/No loader is configured for "(\.[^"]+)" files/, "set its loader, such as loader: { '$1': 'text' }"],
];

/**
 * Runs esbuild in this process.
 *
 * @throws esbuild.BuildFailure
 *
 * @internal
 */
export function buildInMemory(build: typeof esbuild, options: esbuild.BuildOptions): MemoryResult {
  return build.buildSync({ ...options, ...IN_MEMORY });
}

/**
 * Runs esbuild. Its messages, with file and line, become the error.
 *
 * @internal
 */
export function runEsbuild(build: typeof esbuild, entry: string, options: esbuild.BuildOptions): MemoryResult {
  try {
    return buildInMemory(build, options);
  } catch (error) {
    throw bundleError(build, `could not bundle ${entry}`, error);
  }
}

/**
 * Refuses code that JavaScript can't parse, such as two declarations of one name.
 *
 * @internal
 */
export function requireSyntax(build: typeof esbuild, what: string, code: string): void {
  try {
    build.transformSync(code, { loader: 'js', logLevel: 'silent' });
  } catch (error) {
    throw bundleError(build, what, error);
  }
}

/** @internal */
export function warningsOf(build: typeof esbuild, { warnings }: esbuild.BuildResult): string[] {
  // Formatting is a round trip to the process of esbuild, even without warnings.
  if (warnings.length === 0) return [];
  return build.formatMessagesSync(warnings, { kind: 'warning', color: false }).map((text) => text.trim());
}

/** @internal */
export function loadEsbuild(projectRoot: string): typeof esbuild {
  try {
    return require(require.resolve('esbuild', { paths: [__dirname, projectRoot] }));
  } catch (cause) {
    throw new ValidationError(
      `bundling a handler requires esbuild; run 'npm install --save-dev esbuild' (${(cause as Error).message.split('\n')[0]})`,
    );
  }
}

function bundleError(build: typeof esbuild, what: string, error: unknown): unknown {
  const { errors } = error as Partial<esbuild.BuildFailure>;
  if (!errors?.length) return error;
  const text = build.formatMessagesSync(errors, { kind: 'error', color: false }).join('').trimEnd();
  const [pattern, remedy] = REMEDIES.find(([known]) => known.test(text)) ?? [];
  const hint = pattern && remedy ? `\n\n${(pattern.exec(text)?.[0] ?? '').replace(pattern, remedy)}` : '';
  return new ValidationError(`${what}:\n\n${text}${hint}\n`);
}
