import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { filesOf, isDirectory, type PackageFiles } from '../packaging/files';
import { handlerCode, pythonRuntimeDirectory } from '../packaging/handler-code';
import { NOT_CODE } from '../packaging/left-out';
import { contentsOf, escapePattern } from '../packaging/package-contents';
import type { PackageFile, PackageFolder } from '../packaging/package-options';
import { requireSize } from '../packaging/package-size';
import { bundleInDocker } from '../packaging/python/docker';
import { mayBeCoroutine, type PythonHandler, parseHandler, requireHandler } from '../packaging/python/handler-check';
import { installPackages } from '../packaging/python/install';
import type { InstalledPackages } from '../packaging/python/install-cache';
import { PythonBundling } from '../packaging/python/python-bundling';
import {
  type PythonRequirements,
  REQUIREMENTS_FILES,
  requirementsBelow,
  requirementsOfFile,
} from '../packaging/python/requirements';
import { requireCompilable } from '../packaging/python/syntax';
import { pythonTarget } from '../packaging/python/target';
import { StagedPackages } from '../packaging/staged-packages';
import { DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, locateErrors, ValidationError } from '../private/errors';
import { requireKnown, requireKnownOptions } from '../private/tokens';
import type { OptionNames } from '../private/unknown-options';
import { requireEntry } from './entry-rules';
import { runtimeOfFamily } from './runtime-of-family';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/**
 * Files in the function's folder and in modules that are not part of the code. Files of requirements are left out as well: they
 * change more often than the packages, and each change would deploy the function.
 */
const IGNORED = [...NOT_CODE, ...REQUIREMENTS_FILES.map((name) => `/${name}`), '/Pipfile'];
const RUNTIME = 'katamari_runtime';
const WRAPPER = 'katamari_handler';

/** Options of a Python source. */
export interface PythonSourceOptions {
  /** Python module and function that handle an invocation, such as `app.run` for `def run` in app.py, or `orders.app.run`. */
  readonly handler: string;

  /**
   * File with the packages to install, relative to the function's folder: uv.lock, poetry.lock, Pipfile.lock, pyproject.toml, or a
   * file in the format of requirements.txt.
   *
   * @default - the first of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and pyproject.toml that the folder contains;
   * without any, nothing is installed
   */
  readonly requirements?: string;

  /**
   * Names of Python modules and packages of the project to add. They are looked up beside the function's folder, in the working
   * directory (where `cdk.json` is), and in its folder `src`.
   *
   * @default - none
   */
  readonly modules?: string[];

  /**
   * Files to add to the deployment package.
   *
   * @default - none
   */
  readonly files?: PackageFile[];

  /**
   * Folders to add to the deployment package.
   *
   * @default - none
   */
  readonly folders?: PackageFolder[];

  /**
   * Patterns, as in .gitignore, of files to leave out of the function's folder and of `modules`. Virtual environments, caches,
   * files with credentials such as `.env*` and `.netrc`, and files of requirements are left out by default; a pattern that starts
   * with `!` includes files.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * Method to install the packages.
   *
   * @default PythonBundling.wheels()
   */
  readonly bundling?: PythonBundling;
}

/** @internal */
export const PYTHON_OPTIONS: OptionNames<PythonSourceOptions> = {
  bundling: true,
  exclude: true,
  files: true,
  folders: true,
  handler: true,
  modules: true,
  requirements: true,
};

/**
 * Code of a Python source.
 *
 * @internal
 */
export class PythonCode implements SourceBinding {
  private readonly directory: string;
  private readonly handler: PythonHandler;

  public constructor(
    private readonly given: string,
    private readonly options: PythonSourceOptions,
  ) {
    requireKnown('entry', given);
    requireKnownOptions('a Python source', options);
    this.directory = resolve(given);
    this.handler = parseHandler(options.handler);
    // A missing folder is refused for the function that asks for it.
    if (isDirectory(this.directory)) requireHandler(this.directory, this.handler);
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    requireEntry(scope, options, { kind: 'folder', path: this.given });
    const runtime = runtimeOfFamily(scope, options, {
      family: lambda.RuntimeFamily.PYTHON,
      fallback: DEFAULT_PYTHON_RUNTIME,
      rule: 'a Python source requires a Python runtime',
    });
    return {
      code: Stack.of(scope).bundlingRequired ? this.package(scope, runtime, options) : handlerCode('not-bundled'),
      handler: this.hasWrapper(options) ? `${WRAPPER}.handler` : this.options.handler,
      runtime,
      wrapped: options.wrapHandler,
      ...(options.debugShell && { debugShell: true }),
    };
  }

  private package(scope: Construct, runtime: lambda.Runtime, options: SourceBindOptions): lambda.Code {
    const { architecture } = options;
    const files = this.ownFiles(options);
    const requirements = locateErrors(scope, () => this.requirements());
    const target = pythonTarget(scope, runtime, architecture);
    requireCompilable(scope, this.sources(files), target);
    const { docker } = (this.options.bundling ?? PythonBundling.wheels())._bind();
    if (docker && requirements && !target.local) {
      return bundleInDocker(scope, { settings: docker, runtime, architecture, requirements, files });
    }
    const installed = requirements && installPackages(scope, { requirements, target });
    if (installed) requireNoOverlap(files, installed);
    const own = [...files.values()].reduce(
      (sum, file) => sum + (typeof file === 'string' ? statSync(file).size : file.length),
      0,
    );
    requireSize(scope, `the package of '${this.options.handler}'`, [
      { name: 'its own files', bytes: own },
      ...(installed?.packages ?? []),
    ]);
    const { directory, hash } = new StagedPackages().stage(files, installed);
    return lambda.Code.fromAsset(directory, { assetHashType: AssetHashType.CUSTOM, assetHash: hash });
  }

  private requirements(): PythonRequirements | undefined {
    const { requirements: file } = this.options;
    const found = file === undefined ? requirementsBelow(this.directory) : requirementsOfFile(join(this.directory, file));
    // A file without packages requires neither a tool nor Docker.
    return found?.content === '' ? undefined : found;
  }

  /** Files of the deployment package besides the installed packages: path in the package → content. */
  private ownFiles(options: SourceBindOptions): PackageFiles {
    const { modules = [], files = [], folders = [], exclude = [] } = this.options;
    const { requirements } = this.options;
    const ignore = [...IGNORED, ...exclude];
    // Only in the function's folder: a Python module may contain a file of that name as part of its code.
    const ignoreOwn = [...IGNORED, ...(requirements === undefined ? [] : [patternOf(requirements)]), ...exclude];
    const found = modules.map((name) => this.findModule(name));
    const added = contentsOf(
      [...files, ...found.filter((path) => !isDirectory(path)).map((path) => ({ path }))],
      [
        { path: this.directory, folder: '.', ignore: ignoreOwn },
        ...found.filter(isDirectory).map((path): PackageFolder => ({ path, ignore })),
        ...folders,
      ],
    );
    const own = new Map<string, string | Uint8Array>(added);
    const add = (name: string, file: string | Uint8Array) => {
      if (own.has(name)) {
        throw new ValidationError(
          `the names ${RUNTIME} and ${WRAPPER} are reserved for this library, got: ${formatValue(own.get(name))}`,
        );
      }
      own.set(name, file);
    };
    for (const [name, path] of filesOf(pythonRuntimeDirectory())) add(`${RUNTIME}/${name}`, path);
    if (this.hasWrapper(options)) add(`${WRAPPER}.py`, Buffer.from(this.wrapper(options)));
    return own;
  }

  /** Files of the function's folder and of its modules: path in the package → path on disk. */
  private sources(files: PackageFiles): Map<string, string> {
    const roots = [this.directory, ...(this.options.modules ?? []).map((name) => this.findModule(name))];
    const isSource = (path: string) => roots.some((root) => path === root || path.startsWith(join(root, sep)));
    return new Map([...files].filter((file): file is [string, string] => typeof file[1] === 'string' && isSource(file[1])));
  }

  /** Whether Lambda loads a module of this library, which wraps the user's handler. */
  private hasWrapper({ wrapHandler, debugShell }: SourceBindOptions): boolean {
    return wrapHandler || (debugShell ?? false) || mayBeCoroutine(this.directory, this.handler);
  }

  /** Python module that Lambda loads: it loads the user's handler and wraps it. */
  private wrapper({ wrapHandler, debugShell }: SourceBindOptions): string {
    const { module, attribute } = this.handler;
    // The tracker awaits coroutines itself.
    const awaited = !wrapHandler && mayBeCoroutine(this.directory, this.handler);
    return [
      ...(awaited ? [`from ${RUNTIME}._handler import synchronous`] : []),
      ...(wrapHandler ? [`from ${RUNTIME}.tracker import track_module`] : []),
      ...(debugShell ? [`from ${RUNTIME}.shell import with_shell`] : []),
      // The tracker imports the module, so that it can record why it could not be imported.
      ...(wrapHandler
        ? ['', `handler = track_module('${module}', '${attribute}')`]
        : [`from ${module} import ${attribute} as handler`, '']),
      ...(awaited ? ['handler = synchronous(handler)'] : []),
      // Outside of the tracker: code that the shell runs is not a run of the function.
      ...(debugShell ? ['handler = with_shell(handler)'] : []),
      '',
    ].join('\n');
  }

  private findModule(name: string): string {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new ValidationError(`modules must name top-level Python modules, got: ${formatValue(name)}`);
    }
    const places = [...new Set([dirname(this.directory), process.cwd(), resolve('src')])];
    const paths = places.flatMap((place) => [join(place, name), join(place, `${name}.py`)]);
    const found = paths.find((path) => (path.endsWith('.py') ? existsSync(path) : isPackage(path)));
    if (found) return found;
    const folders = places.map((place) => relative(process.cwd(), place) || '.').map(formatValue);
    throw new ValidationError(
      `a Python module in modules must be in one of the folders ${folders.join(', ')}, got: ${formatValue(name)}`,
    );
  }
}

/** Pattern of a .gitignore that matches exactly one file. */
function patternOf(file: string): string {
  return `/${escapePattern(posix.normalize(file.replaceAll('\\', '/')))}`;
}

/** Whether a folder contains Python code. A namespace package has no __init__.py. */
function isPackage(path: string): boolean {
  return isDirectory(path) && readdirSync(path, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.py'));
}

/** Refuses files that would hide each other: files of the same name, or a Python module and a package of the same name. */
function requireNoOverlap(files: PackageFiles, installed: InstalledPackages): void {
  const installedFiles = filesOf(installed.directory);
  const modules = new Set([...installedFiles.keys()].map(topModule));
  for (const [name, file] of files) {
    const hides = installedFiles.has(name) || (isOwnModule(name, installedFiles) && modules.has(topModule(name)));
    if (hides) {
      throw new ValidationError(
        `a file of the function must not hide an installed package, got: ${formatValue(name)} from ${formatValue(basename(typeof file === 'string' ? file : name))}; rename the file`,
      );
    }
  }
}

function topModule(name: string): string {
  return (name.split('/')[0] as string).replace(/\.py$/, '');
}

/** Whether a file is a top-level Python module or part of a package. Parts of a namespace package may come from several places. */
function isOwnModule(name: string, installedFiles: PackageFiles): boolean {
  const top = topModule(name);
  return name === `${top}.py` || installedFiles.has(`${top}.py`) || installedFiles.has(`${top}/__init__.py`);
}
