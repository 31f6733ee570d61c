import { resolve } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { filesOf, isDirectory } from '../packaging/files';
import { hashFiles } from '../packaging/hash';
import { filesBelow } from '../packaging/package-contents';
import { installPackages } from '../packaging/python/install';
import { listedRequirements, type PythonRequirements, requirementsOfFile } from '../packaging/python/requirements';
import { pythonTarget } from '../packaging/python/target';
import { formatValue, ValidationError } from '../private/errors';
import { installNpmPackage, type NpmRequest, npmKey, npmPackageName, requireLock } from './npm-dependency';

/** How a Python package is stored. */
export interface PipDependencyOptions {
  /**
   * Further requirements to install with it, such as `numpy<2.3`.
   *
   * @default - none but those that the package has itself
   */
  readonly alongside?: string[];
}

/** How an npm package is stored. */
export interface NpmDependencyOptions {
  /**
   * Path of a package-lock.json, relative to the working directory, that says the version of the package and of all that it
   * needs. The package.json beside it must have the package in its dependencies; all of its dependencies are stored.
   *
   * @default - the newest versions that fit, when the package is first installed on this machine
   */
  readonly lockFile?: string;
}

/** How a folder is stored. */
export interface DirectoryDependencyOptions {
  /**
   * Patterns, as in a .gitignore, of the files to leave out.
   *
   * @default - everything is stored
   */
  readonly ignore?: string[];
}

/**
 * What a dependency is made of.
 *
 * @internal
 */
export interface DependencyContent {
  /** All that decides which files there are. */
  readonly key: string;
  /** Where each goes, with `/` → where it is. Is given a folder to work in. */
  readonly files: (work: string) => ReadonlyMap<string, string>;
  /** The Python packages in it. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/**
 * What the files of a dependency are made for.
 *
 * @internal
 */
export interface DependencyTarget {
  readonly runtime: lambda.Runtime;
  readonly architecture: lambda.Architecture;
}

type Read = (scope: IConstruct, target: DependencyTarget) => DependencyContent;

/** Something that a `DependencyStore` keeps in S3, and that a function loads by its name. */
export class StoredDependency {
  /**
   * A package of PyPI, with all that it needs. Its name is that of the package. Versions are kept as for a `PipLayer`.
   *
   * @param requirement such as `pandas`, `torch==2.8.0` or `pandas[parquet]>=2,<3`
   * @throws when it is no requirement of a package
   */
  public static pip(requirement: string, options: PipDependencyOptions = {}): StoredDependency {
    const requirements = listedRequirements([requirement, ...(options.alongside ?? [])]);
    const name = /^[\w.-]+/.exec(requirement.trim())?.[0] ?? requirement;
    return new StoredDependency(name, lambda.RuntimeFamily.PYTHON, readPython(requirements));
  }

  /**
   * All packages of a requirements file or lock: requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml.
   *
   * @param name by which a function loads them
   * @param path relative to the working directory
   * @throws when the file is not there, or the name is not letters, digits, '.', '-' and '_'
   */
  public static requirements(name: string, path: string): StoredDependency {
    return new StoredDependency(requireName(name), lambda.RuntimeFamily.PYTHON, readPython(requirementsOfFile(path)));
  }

  /**
   * A package of npm, with all that it needs, for Linux with glibc and the architecture of the store. Its name is that of the
   * package. Scripts of packages are not run: one that compiles at its installation must be stored as a directory.
   *
   * @param packageSpec such as `sharp` or `sharp@0.34.4`
   * @throws when it is no package of a registry, or the lock file does not say its version
   */
  public static npm(packageSpec: string, options: NpmDependencyOptions = {}): StoredDependency {
    const name = npmPackageName(packageSpec);
    const request: NpmRequest = { name, spec: packageSpec };
    const lockFile = options.lockFile === undefined ? undefined : requireLock(request, options.lockFile);
    return new StoredDependency(name, lambda.RuntimeFamily.NODEJS, readNpm({ ...request, lockFile }));
  }

  /**
   * A folder as it is, such as a model or packages that you have built. In Python modules in it can be imported; in Node.js
   * those below a `node_modules` in it that have the dependency's name.
   *
   * @param name by which a function loads it
   * @param path relative to the working directory
   * @throws when the folder is not there, or the name is not letters, digits, '.', '-' and '_'
   */
  public static directory(name: string, path: string, options: DirectoryDependencyOptions = {}): StoredDependency {
    const directory = resolve(path);
    if (!isDirectory(directory)) {
      throw new ValidationError(
        `the directory of a dependency must be a folder below the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new StoredDependency(requireName(name), undefined, readDirectory(directory, options.ignore ?? []));
  }

  private constructor(
    /** By which a function loads it. */
    public readonly name: string,
    /** @internal */
    public readonly _family: lambda.RuntimeFamily | undefined,
    /** @internal */
    public readonly _read: Read,
  ) {}
}

function requireName(name: string): string {
  if (/^\w[\w.-]{0,127}$/.test(name)) return name;
  throw new ValidationError(
    `the name of a dependency must have 1 to 128 letters, digits, '.', '-' and '_', a letter or digit first, got: ${formatValue(name)}`,
  );
}

function readPython(requirements: PythonRequirements): Read {
  return (scope, { runtime, architecture }) => {
    const target = pythonTarget(scope, runtime, architecture);
    const { directory, hash, packages } = installPackages(scope, { requirements, target });
    return { key: `pip ${hash}`, files: () => filesOf(directory), packages };
  };
}

function readNpm(request: NpmRequest): Read {
  return (scope, { architecture }) => {
    const target = { architecture: architecture.name, local: Boolean(scope.node.tryGetContext(CONTEXT_LOCAL)) };
    return { key: npmKey(request, target), files: (work) => installNpmPackage(request, target, work), packages: [] };
  };
}

function readDirectory(directory: string, ignore: readonly string[]): Read {
  return () => {
    const files = filesOf(directory, filesBelow(directory, ignore));
    return { key: `directory ${hashFiles(files)}`, files: () => files, packages: [] };
  };
}
