import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { DEFAULT_ARCHITECTURE, DEFAULT_NODEJS_RUNTIME, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { diskBytesOf, type StoredZip } from './constants';
import type { DependencyContent, StoredDependency } from './stored-dependency';

/** What a function has of /tmp unless it says otherwise, and at most. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
const DEFAULT_STORAGE_MIB = 512;
const MAX_STORAGE_MIB = 10_240;
const MEBIBYTE = 1024 * 1024;
const LANGUAGES = {
  [lambda.RuntimeFamily.PYTHON]: { packages: 'Python packages', runtime: DEFAULT_PYTHON_RUNTIME },
  [lambda.RuntimeFamily.NODEJS]: { packages: 'npm packages', runtime: DEFAULT_NODEJS_RUNTIME },
} as const;

type Language = keyof typeof LANGUAGES;

interface TargetProps {
  readonly dependencies: readonly StoredDependency[];
  readonly runtime?: lambda.Runtime;
  readonly architecture?: lambda.Architecture;
}

/**
 * The runtime and the architecture that packages are installed for: undefined where the dependencies go with any.
 *
 * @internal
 */
export function chooseTarget(
  scope: IConstruct,
  { dependencies, runtime, architecture }: TargetProps,
): { readonly runtime?: lambda.Runtime; readonly architecture?: lambda.Architecture } {
  const [language, other] = new Set(dependencies.flatMap(({ _family }) => _family ?? [])) as Set<Language>;
  if (language === undefined) return { runtime, architecture };
  if (other !== undefined) {
    const found = dependencies.map(({ name, _family }) =>
      _family === undefined ? '' : `${formatValue(name)} of ${_family === lambda.RuntimeFamily.PYTHON ? 'PyPI' : 'npm'}`,
    );
    throw new ValidationError(
      `a DependencyStore must have packages of one language, got: ${found.filter(Boolean).join(', ')}. Make one store for each`,
      scope,
    );
  }
  const { packages, runtime: newest } = LANGUAGES[language];
  if (runtime && runtime.family !== language) {
    throw new ValidationError(
      `the runtime of a store with ${packages} must be one of their language, got: ${formatValue(runtime.name)}`,
      scope,
    );
  }
  return { runtime: runtime ?? newest, architecture: architecture ?? DEFAULT_ARCHITECTURE };
}

/**
 * Refuses a store without dependencies, and names that are the same to a loader.
 *
 * @internal
 */
export function requireDifferentNames(scope: IConstruct, dependencies: readonly StoredDependency[]): void {
  if (dependencies.length === 0) throw new ValidationError('dependencies must name one or more, got: none', scope);
  const seen = new Map<string, string>();
  for (const { name } of dependencies) {
    const before = seen.get(normalized(name));
    if (before !== undefined) {
      throw new ValidationError(
        `the dependencies of a store must differ in their names, got: ${formatValue(before)} and ${formatValue(name)}`,
        scope,
      );
    }
    seen.set(normalized(name), name);
  }
}

/**
 * Refuses two versions of a Python package: of two dependencies that are loaded the same module is imported.
 *
 * @internal
 */
export function requireOneVersionEach(scope: IConstruct, contents: ReadonlyMap<string, DependencyContent>): void {
  const seen = new Map<string, { readonly version: string; readonly dependency: string }>();
  for (const [dependency, { packages }] of contents) {
    for (const { name, version } of packages) {
      const before = seen.get(normalized(name));
      if (before && before.version !== version) {
        throw new ValidationError(
          `the dependencies of a store must agree on the version of '${name}', got: ${before.version} with '${before.dependency}' and ${version} with '${dependency}'. Say the same one for both: StoredDependency.pip('${dependency}', { alongside: ['${name}==${before.version}'] })`,
          scope,
        );
      }
      seen.set(normalized(name), { version, dependency });
    }
  }
}

/**
 * Refuses a function whose `/tmp` is too small for what it may load at one time: the zips, which go again, and their files.
 *
 * @internal
 */
export function requireRoom(fn: lambda.Function, zips: ReadonlyMap<string, StoredZip>): void {
  const resource = fn.node.defaultChild as lambda.CfnFunction;
  const { size = DEFAULT_STORAGE_MIB } = (Stack.of(fn).resolve(resource.ephemeralStorage) ?? {}) as { size?: unknown };
  const mebibytes = (bytes: number) => Math.ceil(bytes / MEBIBYTE);
  const needed = mebibytes([...zips.values()].reduce((sum, zip) => sum + diskBytesOf(zip), 0));
  // A size that only the deploy knows is no number here.
  if (typeof size !== 'number' || needed <= size) return;
  const parts = [...zips].sort(([, one], [, other]) => diskBytesOf(other) - diskBytesOf(one));
  const shown = parts.map(([name, zip]) => `${name} ${mebibytes(diskBytesOf(zip))}`).join(', ');
  const remedy =
    needed > MAX_STORAGE_MIB
      ? `${MAX_STORAGE_MIB} MiB are the most: give the function a smaller store`
      : `Set ephemeralStorageSize: Size.mebibytes(${needed})`;
  throw new ValidationError(
    `ephemeralStorageSize of a function must hold the zips and the files of its dependencies, ${needed} MiB (${shown}), got: ${size} MiB. ${remedy}`,
    fn,
  );
}

/** @see https://packaging.python.org/en/latest/specifications/name-normalization/ */
function normalized(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
