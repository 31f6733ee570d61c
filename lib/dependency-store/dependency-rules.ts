import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { EPHEMERAL_STORAGE_MIB } from '../limits/constants';
import { DEFAULT_ARCHITECTURE, DEFAULT_NODEJS_RUNTIME, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import { diskBytesOf, MEBIBYTE, type StoredZip } from './constants';
import type { StoredDependency, StoredDependencyConfig } from './stored-dependency';

const LANGUAGES = {
  [lambda.RuntimeFamily.PYTHON]: { name: 'Python', registry: 'PyPI', runtime: DEFAULT_PYTHON_RUNTIME },
  [lambda.RuntimeFamily.NODEJS]: { name: 'Node.js', registry: 'npm', runtime: DEFAULT_NODEJS_RUNTIME },
} as const;

/** Properties of a store that decide its target. */
interface TargetProps {
  readonly dependencies: readonly StoredDependency[];
  readonly runtime?: lambda.Runtime;
  readonly architecture?: lambda.Architecture;
}

/**
 * Returns the runtime and the architecture to install packages for; undefined where the dependencies work with all.
 *
 * @internal
 */
export function chooseTarget(
  scope: IConstruct,
  { dependencies, runtime, architecture }: TargetProps,
): { readonly runtime?: lambda.Runtime; readonly architecture?: lambda.Architecture } {
  const packages = dependencies.flatMap(({ name, _family }) => (_family === undefined ? [] : [{ name, family: _family }]));
  const [family, other] = new Set(packages.map((dependency) => dependency.family));
  if (family === undefined) return { runtime, architecture };
  if (other !== undefined) {
    const found = packages.map((dependency) => `${formatValue(dependency.name)} from ${LANGUAGES[dependency.family].registry}`);
    throw new ValidationError(
      `a DependencyStore must hold packages of one language, got: ${found.join(', ')}; create one store for each language`,
      scope,
    );
  }
  const language = LANGUAGES[family];
  if (runtime && runtime.family !== family) {
    throw new ValidationError(
      `a DependencyStore with packages from ${language.registry} requires a ${language.name} runtime, got: ${formatValue(runtime.name)}`,
      scope,
    );
  }
  return { runtime: runtime ?? language.runtime, architecture: architecture ?? DEFAULT_ARCHITECTURE };
}

/**
 * Refuses a store without dependencies, and names that are equal to a loader.
 *
 * @internal
 */
export function requireDifferentNames(scope: IConstruct, dependencies: readonly StoredDependency[]): void {
  if (dependencies.length === 0) throw new ValidationError('dependencies must have at least one element, got: none', scope);
  const seen = new Map<string, string>();
  for (const { name } of dependencies) {
    const before = seen.get(normalized(name));
    if (before !== undefined) {
      throw new ValidationError(
        `the dependencies of a DependencyStore must have different names, got: ${formatValue(before)} and ${formatValue(name)}`,
        scope,
      );
    }
    seen.set(normalized(name), name);
  }
}

/**
 * Refuses two versions of a Python package: a function imports a module from the first dependency that contains it.
 *
 * @internal
 */
export function requireOneVersionEach(scope: IConstruct, contents: ReadonlyMap<string, StoredDependencyConfig>): void {
  const seen = new Map<string, { readonly version: string; readonly dependency: string }>();
  for (const [dependency, { packages }] of contents) {
    for (const { name, version } of packages) {
      const before = seen.get(normalized(name));
      if (before && before.version !== version) {
        throw new ValidationError(
          `the dependencies of a DependencyStore must contain one version of '${name}', got: ${before.version} with '${before.dependency}' and ${version} with '${dependency}'; use StoredDependency.pip('${dependency}', { alongside: ['${name}==${before.version}'] })`,
          scope,
        );
      }
      seen.set(normalized(name), { version, dependency });
    }
  }
}

/**
 * Refuses a function whose `/tmp` is too small for all of its dependencies at once: the zips, and their files.
 *
 * @internal
 */
export function requireRoom(fn: lambda.Function, zips: ReadonlyMap<string, StoredZip>): void {
  const resource = fn.node.defaultChild as lambda.CfnFunction;
  const { size = EPHEMERAL_STORAGE_MIB.min } = (Stack.of(fn).resolve(resource.ephemeralStorage) ?? {}) as { size?: unknown };
  const mebibytes = (bytes: number) => Math.ceil(bytes / MEBIBYTE);
  const needed = mebibytes([...zips.values()].reduce((sum, zip) => sum + diskBytesOf(zip), 0));
  // A token is not a number: its value is unknown at synth.
  if (typeof size !== 'number' || needed <= size) return;
  const parts = [...zips].sort(([, one], [, other]) => diskBytesOf(other) - diskBytesOf(one));
  const sizes = parts.map(([name, zip]) => `${name} ${mebibytes(diskBytesOf(zip))}`).join(', ');
  const remedy =
    needed > EPHEMERAL_STORAGE_MIB.max
      ? `the maximum is ${EPHEMERAL_STORAGE_MIB.max} MiB, so use a smaller store`
      : `set ephemeralStorageSize: Size.mebibytes(${needed})`;
  throw new ValidationError(
    `ephemeralStorageSize must hold the zips and the files of the dependencies, ${needed} MiB (${sizes}), got: ${size} MiB; ${remedy}`,
    fn,
  );
}

/** @see https://packaging.python.org/en/latest/specifications/name-normalization/ */
function normalized(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
