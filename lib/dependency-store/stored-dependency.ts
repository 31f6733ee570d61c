import { resolve } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { CONTEXT_LOCAL } from '../context/constants';
import { filesOf, isDirectory } from '../packaging/files';
import { hashFiles } from '../packaging/hash';
import { packagedFiles } from '../packaging/package-contents';
import { installPackages } from '../packaging/python/install';
import { listedRequirements, type PythonRequirements, requirementsOfFile } from '../packaging/python/requirements';
import { pythonTarget } from '../packaging/python/target';
import { formatValue, ValidationError } from '../private/errors';
import { requireKnown, requireKnownOptions } from '../private/tokens';
import { refuseUnknownOptions } from '../private/unknown-options';
import { installNpmPackage, type NpmRequest, npmKey, npmPackageName, requireLock } from './npm-dependency';

/** Options of a Python package. */
export interface PipDependencyOptions {
  /**
   * Further requirements to install with the package, such as `numpy<2.3`.
   *
   * @default - only the dependencies of the package
   */
  readonly alongside?: string[];
}

/** Options of an npm package. */
export interface NpmDependencyOptions {
  /**
   * Path of a package-lock.json with the versions of the package and of its dependencies, relative to the working directory (where
   * `cdk.json` is). The package.json in the same folder must list the package in its dependencies; all of them are stored.
   *
   * @default - the newest matching versions when the package is first installed on this machine
   */
  readonly lockFile?: string;
}

/** Options of a folder. */
export interface DirectoryDependencyOptions {
  /**
   * Patterns of files to leave out, as in a .gitignore. Virtual environments and files with credentials, such as `.env*` and
   * `.netrc`, are left out by default; a pattern that starts with `!` includes files.
   *
   * @default - all other files are stored
   */
  readonly ignore?: string[];
}

/**
 * The target that a dependency is bound to.
 *
 * @internal
 */
export interface StoredDependencyBindOptions {
  readonly runtime: lambda.Runtime;
  readonly architecture: lambda.Architecture;
}

/**
 * A dependency as a store uses it.
 *
 * @internal
 */
export interface StoredDependencyConfig {
  /** Everything that decides which files the dependency has. */
  readonly key: string;
  /** Returns the files: path within the dependency, with `/` → path on disk. It is given a temporary folder to work in. */
  readonly files: (work: string) => ReadonlyMap<string, string>;
  /** Python packages in the dependency. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/**
 * Language of the packages of a dependency.
 *
 * @internal
 */
export type PackageFamily = lambda.RuntimeFamily.PYTHON | lambda.RuntimeFamily.NODEJS;

type Bind = (scope: IConstruct, options: StoredDependencyBindOptions) => StoredDependencyConfig;

/** A dependency that a `DependencyStore` stores in Amazon S3, and that a function loads by its name. */
export class StoredDependency {
  /**
   * A Python package with its dependencies. The name is that of the package. Versions are locked as for a `PipLayer`.
   *
   * @param requirement such as `pandas`, `torch==2.8.0` or `pandas[parquet]>=2,<3`
   * @throws when the requirement is not a package on a package index
   */
  public static pip(requirement: string, options: PipDependencyOptions = {}): StoredDependency {
    refuseUnknownOptions('StoredDependency.pip', options, { alongside: true });
    requireKnown('the requirement of a dependency', requirement);
    requireKnownOptions('a dependency', options);
    const requirements = listedRequirements([requirement, ...(options.alongside ?? [])]);
    const name = /^[\w.-]+/.exec(requirement.trim())?.[0] ?? requirement;
    return new StoredDependency(name, bindPython(requirements), lambda.RuntimeFamily.PYTHON);
  }

  /**
   * All packages in a requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml.
   *
   * @param name name by which a function loads the packages: letters, digits, `.`, `-` and `_`
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when the file does not exist or cannot be used, or the name has other characters
   */
  public static requirements(name: string, path: string): StoredDependency {
    requireKnown('the requirements of a dependency', path);
    return new StoredDependency(requireName(name), bindPython(requirementsOfFile(path)), lambda.RuntimeFamily.PYTHON);
  }

  /**
   * An npm package with its dependencies, for Linux with glibc and the architecture of the store. The name is that of the package.
   * Scripts of packages are not run. A package that compiles code during its installation must be stored as a directory.
   *
   * @param packageSpec such as `sharp` or `sharp@0.34.4`
   * @throws when the specification is not a package on a registry, or the lock does not contain the package
   */
  public static npm(packageSpec: string, options: NpmDependencyOptions = {}): StoredDependency {
    refuseUnknownOptions('StoredDependency.npm', options, { lockFile: true });
    requireKnown('the package of a dependency', packageSpec);
    requireKnownOptions('a dependency', options);
    const name = npmPackageName(packageSpec);
    const request: NpmRequest = { name, spec: packageSpec };
    const lockFile = options.lockFile === undefined ? undefined : requireLock(request, options.lockFile);
    return new StoredDependency(name, bindNpm({ ...request, lockFile }), lambda.RuntimeFamily.NODEJS);
  }

  /**
   * A folder, such as a model or packages that you have built. Python functions can import modules in the folder. Node.js functions
   * load the package that has the name of the dependency from a `node_modules` in the folder.
   *
   * @param name name by which a function loads the folder: letters, digits, `.`, `-` and `_`
   * @param path relative to the working directory (where `cdk.json` is)
   * @throws when the folder does not exist, or the name has other characters
   */
  public static directory(name: string, path: string, options: DirectoryDependencyOptions = {}): StoredDependency {
    refuseUnknownOptions('StoredDependency.directory', options, { ignore: true });
    requireKnown('the directory of a dependency', path);
    requireKnownOptions('a dependency', options);
    const directory = resolve(path);
    if (!isDirectory(directory)) {
      throw new ValidationError(
        `the directory of a dependency must be an existing folder, relative to the working directory ${process.cwd()}, got: ${formatValue(path)}`,
      );
    }
    return new StoredDependency(requireName(name), bindDirectory(directory, options.ignore ?? []));
  }

  private constructor(
    /** Name by which a function loads the dependency. */
    public readonly name: string,
    private readonly binding: Bind,
    /**
     * Undefined for a dependency that works with every runtime.
     *
     * @internal
     */
    public readonly _family?: PackageFamily,
  ) {}

  /**
   * Installs the dependency for a target, and returns its files. Called by the store.
   *
   * @internal
   */
  public _bind(scope: IConstruct, options: StoredDependencyBindOptions): StoredDependencyConfig {
    return this.binding(scope, options);
  }
}

function requireName(name: string): string {
  requireKnown('the name of a dependency', name);
  if (/^\w[\w.-]{0,127}$/.test(name)) return name;
  throw new ValidationError(
    `the name of a dependency must have 1 to 128 letters, digits, '.', '-' and '_', and not start with '.' or '-', got: ${formatValue(name)}`,
  );
}

function bindPython(requirements: PythonRequirements): Bind {
  return (scope, { runtime, architecture }) => {
    const target = pythonTarget(scope, runtime, architecture);
    const { directory, hash, packages } = installPackages(scope, { requirements, target });
    return { key: `pip ${hash}`, files: () => filesOf(directory), packages };
  };
}

function bindNpm(request: NpmRequest): Bind {
  return (scope, { architecture }) => {
    const target = { architecture: architecture.name, local: Boolean(scope.node.tryGetContext(CONTEXT_LOCAL)) };
    return { key: npmKey(request, target), files: (work) => installNpmPackage(request, target, work), packages: [] };
  };
}

function bindDirectory(directory: string, ignore: readonly string[]): Bind {
  return () => {
    const files = filesOf(directory, packagedFiles(directory, ignore));
    return { key: `directory ${hashFiles(files)}`, files: () => files, packages: [] };
  };
}
