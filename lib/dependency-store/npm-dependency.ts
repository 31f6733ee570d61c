import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isObject } from '../packaging/json';
import { filesBelow } from '../packaging/package-contents';
import { packageRoot } from '../packaging/package-root';
import { formatValue, ValidationError } from '../private/errors';

/** Longest time that an installation may take. */
const TIMEOUT_MS = 15 * 60_000;
const NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;

/** Target that npm packages are installed for. */
interface NpmTarget {
  /** Architecture as Lambda names it, such as `arm64`. */
  readonly architecture: string;
  /** Whether the target is this machine instead, for a local run. */
  readonly local: boolean;
}

/**
 * An npm package to install with its dependencies.
 *
 * @internal
 */
export interface NpmRequest {
  /** Name of the package, such as `sharp`. */
  readonly name: string;
  /** Name with an optional version, such as `sharp@0.34.4`. */
  readonly spec: string;
  /** Path of a package-lock.json, with a package.json in the same folder. */
  readonly lockFile?: string;
}

/**
 * Name in `name@version`.
 *
 * @throws ValidationError for a path, a URL or a repository
 *
 * @internal
 */
export function npmPackageName(spec: string): string {
  const [, name] = /^((?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@[^\s:/]+)?$/i.exec(spec) ?? [];
  if (name === undefined) {
    throw new ValidationError(
      `an npm dependency must be a package with an optional version, such as 'sharp' or 'sharp@0.34.4', got: ${formatValue(spec)}`,
    );
  }
  return name;
}

/**
 * Absolute path of a lock with a package.
 *
 * @throws ValidationError when the lock does not exist, or its package.json does not list the package
 *
 * @internal
 */
export function requireLock({ name, spec }: NpmRequest, lockFile: string): string {
  const path = resolve(lockFile);
  const manifest = manifestBeside(path);
  if (!existsSync(path) || !existsSync(manifest)) {
    throw new ValidationError(
      `lockFile must be an existing package-lock.json with a package.json in its folder, relative to the working directory ${process.cwd()}, got: ${formatValue(lockFile)}`,
    );
  }
  if (spec !== name)
    throw new ValidationError(`an npm dependency with a lockFile must have no version of its own, got: ${formatValue(spec)}`);
  if (!listsDependency(manifest, name)) {
    throw new ValidationError(
      `the package.json in the folder of ${formatValue(lockFile)} must list ${formatValue(name)} in its dependencies, got: no such dependency`,
    );
  }
  return path;
}

function listsDependency(manifest: string, name: string): boolean {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch (error) {
    throw new ValidationError(`${manifest} must be JSON: ${(error as Error).message}`);
  }
  return isObject(content) && isObject(content.dependencies) && typeof content.dependencies[name] === 'string';
}

/**
 * Everything that decides which files are installed.
 *
 * @internal
 */
export function npmKey({ spec, lockFile }: NpmRequest, target: NpmTarget): string {
  const lock = lockFile && [lockFile, manifestBeside(lockFile)].map((path) => readFileSync(path, 'utf8'));
  return JSON.stringify(['npm', spec, lock ?? null, flagsFor(target), target.local ? [process.platform, process.arch] : null]);
}

/**
 * Installs a package with its dependencies to a folder, by npm. Scripts of packages are not run, because they would run on another
 * machine than the target.
 *
 * @returns files: path within the dependency, with `/` → path on disk
 * @throws ValidationError when npm, the network, the package or the version is missing
 *
 * @internal
 */
export function installNpmPackage(request: NpmRequest, target: NpmTarget, directory: string): Map<string, string> {
  const settings = join(packageRoot(process.cwd()), '.npmrc');
  if (existsSync(settings)) copyFileSync(settings, join(directory, '.npmrc'));
  if (request.lockFile) {
    copyFileSync(request.lockFile, join(directory, 'package-lock.json'));
    copyFileSync(manifestBeside(request.lockFile), join(directory, 'package.json'));
  } else {
    writeFileSync(join(directory, 'package.json'), '{"private":true}');
  }
  const command = request.lockFile ? ['ci'] : ['install', request.spec, '--no-save', '--no-package-lock'];
  runNpm(request, [...command, ...flagsFor(target)], directory);
  const modules = join(directory, 'node_modules');
  // Commands are links, and the hidden lock contains the registry of this machine.
  const names = filesBelow(modules, ['.bin', '/.package-lock.json']);
  return new Map(names.map((name) => [`node_modules/${name}`, join(modules, name)]));
}

function manifestBeside(lockFile: string): string {
  return join(dirname(lockFile), 'package.json');
}

function flagsFor({ architecture, local }: NpmTarget): string[] {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--include=optional'];
  return local ? quiet : [...quiet, '--os=linux', `--cpu=${architecture === 'x86_64' ? 'x64' : architecture}`, '--libc=glibc'];
}

function runNpm(request: NpmRequest, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', npm_config_loglevel: 'error', npm_config_update_notifier: 'false' },
    // On Windows npm is a shell script.
    shell: process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw npmError(request, error ? `${error.message}\n${stderr ?? ''}` : stderr);
}

function npmError({ name, spec, lockFile }: NpmRequest, output: string): ValidationError {
  if (/\bspawnSync npm ENOENT\b/.test(output)) {
    return new ValidationError(`installing ${formatValue(spec)} requires npm on the PATH, got: none; install Node.js with npm`);
  }
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  const reason = lines
    .filter((line) => line !== '' && !/^(A complete log|code |npm warn)/.test(line))
    .slice(0, 3)
    .join(' ');
  const code = /^code (\S+)/m.exec(lines.join('\n'))?.[1] ?? '';
  const rules: Readonly<Record<string, string>> = {
    E404: `an npm dependency and its own dependencies must exist on the registry, got: ${formatValue(name)}`,
    ETARGET: `the version of an npm dependency must exist on the registry, got: ${formatValue(spec)}`,
    EUSAGE: `the lockFile of ${formatValue(name)} must match the package.json in its folder, got: ${formatValue(lockFile)}`,
    EBADPLATFORM: `an npm dependency must support Linux, got: ${formatValue(spec)}`,
  };
  const rule =
    NETWORK.test(output) && !rules[code]
      ? `installing ${formatValue(spec)} requires the npm registry, which does not respond`
      : rules[code];
  return new ValidationError(`${rule ?? `npm could not install ${formatValue(spec)}`}: ${reason || 'no output'}`);
}
