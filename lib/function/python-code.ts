import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import { AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { filesOf, isDirectory, type PackageFiles } from '../packaging/files';
import { handlerCode, pythonRuntimeDirectory } from '../packaging/handler-code';
import { contentsOf } from '../packaging/package-contents';
import type { PackageFile, PackageFolder } from '../packaging/package-options';
import { requireSize } from '../packaging/package-size';
import { bundleInDocker } from '../packaging/python/docker';
import { type PythonHandler, parseHandler, requireHandler } from '../packaging/python/handler-check';
import { installPackages } from '../packaging/python/install';
import { type InstalledPackages, PythonCache } from '../packaging/python/install-cache';
import { PythonBundling } from '../packaging/python/python-bundling';
import {
  type PythonRequirements,
  REQUIREMENTS_FILES,
  requirementsBelow,
  requirementsOfFile,
} from '../packaging/python/requirements';
import { pythonTarget } from '../packaging/python/target';
import { formatValue, ValidationError } from '../private/errors';
import { runtimeOfFamily } from './runtime-of-family';
import type { SourceBinding, SourceBindOptions, SourceConfig } from './source-config';

/** What lies beside code and is no part of it. What says the requirements is left out as well: it changes more than they do. */
const LEFT_OUT = [
  ...[
    '__pycache__/',
    '*.pyc',
    '*.pyo',
    '.venv/',
    'venv/',
    '.env*',
    '.npmrc',
    'pip.conf',
    '.git/',
    '.gitignore',
    '.DS_Store',
    '.python-version',
  ],
  ...[
    '.pytest_cache/',
    '.mypy_cache/',
    '.ruff_cache/',
    '.tox/',
    '.idea/',
    '.vscode/',
    'node_modules/',
    'cdk.out/',
    '*.egg-info/',
  ],
  ...REQUIREMENTS_FILES.map((name) => `/${name}`),
  '/Pipfile',
];
const RUNTIME = 'katamari_runtime';
const WRAPPER = 'katamari_handler';

/** What the package of a Python function is made of. */
export interface PythonSourceOptions {
  /** Module and function that handle an invocation, such as `app.run` for `def run` in app.py, or `orders.app.run`. */
  readonly handler: string;

  /**
   * File that names the packages to install, relative to the function's folder: a uv.lock, poetry.lock, Pipfile.lock,
   * pyproject.toml, or one in the form of a requirements.txt.
   *
   * @default - the first of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and pyproject.toml that the folder has; without
   * any, nothing is installed
   */
  readonly requirements?: string;

  /**
   * Names of modules and packages of the project to add: each lies beside the function's folder, or in the working directory
   * (where `cdk.json` is), or in its folder `src`.
   *
   * @default - none
   */
  readonly modules?: string[];

  /**
   * Files to add.
   *
   * @default - none
   */
  readonly files?: PackageFile[];

  /**
   * Folders to add.
   *
   * @default - none
   */
  readonly folders?: PackageFolder[];

  /**
   * Patterns, as in a .gitignore, of what is left out of the function's folder and of the modules. One that starts with `!`
   * takes back in what is left out without being said: virtual environments, caches, `.env*`, `.npmrc`, `pip.conf`, and the files of requirements.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * How the packages are installed.
   *
   * @default PythonBundling.wheels()
   */
  readonly bundling?: PythonBundling;
}

/**
 * The code of a Python source.
 *
 * @internal
 */
export class PythonCode implements SourceBinding {
  private readonly directory: string;
  private readonly handler: PythonHandler;

  public constructor(
    directory: string,
    private readonly options: PythonSourceOptions,
  ) {
    this.directory = resolve(directory);
    if (!isDirectory(this.directory)) {
      throw new ValidationError(
        `entry must be a folder below the working directory ${process.cwd()}, got: ${formatValue(directory)}`,
      );
    }
    this.handler = parseHandler(options.handler);
    requireHandler(this.directory, this.handler);
  }

  public bind(scope: Construct, options: SourceBindOptions): SourceConfig {
    const runtime = runtimeOfFamily(scope, options, {
      family: lambda.RuntimeFamily.PYTHON,
      fallback: lambda.Runtime.PYTHON_3_13,
      rule: 'a Python source needs a Python runtime',
    });
    const wrapped = options.wrapHandler || (options.debugShell ?? false);
    return {
      code: Stack.of(scope).bundlingRequired ? this.package(scope, runtime, options) : handlerCode('not-bundled'),
      handler: wrapped ? `${WRAPPER}.handler` : this.options.handler,
      runtime,
      wrapped: options.wrapHandler,
      ...(options.debugShell && { debugShell: true }),
    };
  }

  private package(scope: Construct, runtime: lambda.Runtime, options: SourceBindOptions): lambda.Code {
    const { architecture } = options;
    const files = this.ownFiles(options);
    const requirements = this.requirements();
    const target = pythonTarget(scope, runtime, architecture);
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
    const { directory, hash } = new PythonCache().stage(files, installed);
    return lambda.Code.fromAsset(directory, { assetHashType: AssetHashType.CUSTOM, assetHash: hash });
  }

  private requirements(): PythonRequirements | undefined {
    const { requirements: file } = this.options;
    const found = file === undefined ? requirementsBelow(this.directory) : requirementsOfFile(join(this.directory, file));
    // A file that asks for nothing needs neither a tool nor Docker.
    return found?.content === '' ? undefined : found;
  }

  /** What goes into the package beside what is installed: where each file goes → what it is. */
  private ownFiles(options: SourceBindOptions): PackageFiles {
    const { modules = [], files = [], folders = [], exclude = [] } = this.options;
    const { requirements } = this.options;
    const ignore = [...LEFT_OUT, ...exclude];
    // Of the function's folder alone: a module may have a file of that name which is part of its code.
    const ignoreOwn = [...LEFT_OUT, ...(requirements === undefined ? [] : [patternOf(requirements)]), ...exclude];
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
          `the names ${RUNTIME} and ${WRAPPER} are those of this library, got: ${formatValue(own.get(name))}`,
        );
      }
      own.set(name, file);
    };
    for (const [name, path] of filesOf(pythonRuntimeDirectory())) add(`${RUNTIME}/${name}`, path);
    if (options.wrapHandler || options.debugShell) add(`${WRAPPER}.py`, Buffer.from(this.wrapper(options)));
    return own;
  }

  /** The module that Lambda loads: the user's handler, with what goes around it. */
  private wrapper({ wrapHandler, debugShell }: SourceBindOptions): string {
    return [
      // First, so that the start of the tracker's client overlaps nothing of the user's.
      ...(wrapHandler ? [`from ${RUNTIME}.tracker import track`] : []),
      ...(debugShell ? [`from ${RUNTIME}.shell import with_shell`] : []),
      `from ${this.handler.module} import ${this.handler.attribute} as handler`,
      '',
      ...(wrapHandler ? ['handler = track(handler)'] : []),
      // Outside of it: what the shell runs is no run of the function.
      ...(debugShell ? ['handler = with_shell(handler)'] : []),
      '',
    ].join('\n');
  }

  private findModule(name: string): string {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw new ValidationError(`a module to add must be the name of one at the top of its folder, got: ${formatValue(name)}`);
    }
    const places = [...new Set([dirname(this.directory), process.cwd(), resolve('src')])];
    const paths = places.flatMap((place) => [join(place, name), join(place, `${name}.py`)]);
    const found = paths.find((path) => (path.endsWith('.py') ? existsSync(path) : isPackage(path)));
    if (found) return found;
    const shown = places.map((place) => relative(process.cwd(), place) || '.').map(formatValue);
    throw new ValidationError(`a module to add must be in one of the folders ${shown.join(', ')}, got: ${formatValue(name)}`);
  }
}

/** The pattern of a .gitignore for one file, whatever characters its name has. */
function patternOf(file: string): string {
  return `/${posix.normalize(file.replaceAll('\\', '/')).replace(/[*?[\]\\ ]/g, '\\$&')}`;
}

/** A folder with Python in it: one need not have an __init__.py. */
function isPackage(path: string): boolean {
  return isDirectory(path) && readdirSync(path, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.py'));
}

/** Refuses files of which one would hide the other: of the same name, or a module and a package of the same name. */
function requireNoOverlap(files: PackageFiles, installed: InstalledPackages): void {
  const theirs = filesOf(installed.directory);
  const modules = new Set([...theirs.keys()].map(topModule));
  for (const [name, file] of files) {
    const hides = theirs.has(name) || (isOwnModule(name, theirs) && modules.has(topModule(name)));
    if (hides) {
      throw new ValidationError(
        `a file of the function must not have the name of one of a package, got: ${formatValue(name)} from ${formatValue(basename(typeof file === 'string' ? file : name))}, which an installed package has too`,
      );
    }
  }
}

function topModule(name: string): string {
  return (name.split('/')[0] as string).replace(/\.py$/, '');
}

/** Whether a file is a module at the top, or part of a package that both have whole: parts of a namespace may lie side by side. */
function isOwnModule(name: string, theirs: PackageFiles): boolean {
  const top = topModule(name);
  return name === `${top}.py` || theirs.has(`${top}.py`) || theirs.has(`${top}/__init__.py`);
}
