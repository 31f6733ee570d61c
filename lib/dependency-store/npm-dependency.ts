import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { filesBelow } from '../packaging/package-contents';
import { packageRoot } from '../packaging/package-root';
import { formatValue, ValidationError } from '../private/errors';

/** A package that takes longer to come than this does not come. */
const TIMEOUT_MS = 15 * 60_000;
const NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;

/**
 * What npm packages are installed for.
 *
 * @internal
 */
export interface NpmTarget {
  /** Of Lambda, such as `arm64`. */
  readonly architecture: string;
  /** Whether it is rather this machine. */
  readonly local: boolean;
}

/**
 * An npm package with all that it needs.
 *
 * @internal
 */
export interface NpmRequest {
  /** Such as `sharp`. */
  readonly name: string;
  /** Such as `sharp@0.34.4`. */
  readonly spec: string;
  /** A package-lock.json that says the versions, with the package.json beside it. */
  readonly lockFile?: string;
}

/**
 * The name in `name@version`.
 *
 * @throws ValidationError when it is something else: a path, a URL, a repository
 *
 * @internal
 */
export function npmPackageName(spec: string): string {
  const [, name] = /^((?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@[^\s:/]+)?$/i.exec(spec) ?? [];
  if (name === undefined) {
    throw new ValidationError(
      `an npm dependency must be a package with or without a version, such as 'sharp' or 'sharp@0.34.4', got: ${formatValue(spec)}`,
    );
  }
  return name;
}

/**
 * The path of a lock file that says a package's version.
 *
 * @throws ValidationError when it does not
 *
 * @internal
 */
export function requireLock({ name, spec }: NpmRequest, lockFile: string): string {
  const path = resolve(lockFile);
  const manifest = manifestBeside(path);
  if (!existsSync(path) || !existsSync(manifest)) {
    throw new ValidationError(
      `lockFile must be a package-lock.json with its package.json beside it, below the working directory ${process.cwd()}, got: ${formatValue(lockFile)}`,
    );
  }
  if (spec !== name)
    throw new ValidationError(`the version of an npm dependency must be that of its lockFile, got: ${formatValue(spec)}`);
  if (!JSON.parse(readFileSync(manifest, 'utf8')).dependencies?.[name]) {
    throw new ValidationError(
      `the package.json beside ${formatValue(lockFile)} must have ${formatValue(name)} in its dependencies, got none`,
    );
  }
  return path;
}

/**
 * All that decides what comes.
 *
 * @internal
 */
export function npmKey({ spec, lockFile }: NpmRequest, target: NpmTarget): string {
  const lock = lockFile && [lockFile, manifestBeside(lockFile)].map((path) => readFileSync(path, 'utf8'));
  return JSON.stringify(['npm', spec, lock ?? null, flagsFor(target), target.local ? [process.platform, process.arch] : null]);
}

/**
 * Installs a package and all that it needs into a folder by npm. Scripts of packages are not run: they would be those of
 * another machine.
 *
 * @returns where each file goes, with `/` → where it is
 * @throws ValidationError when there is no npm, no network, no such package or no such version
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
  const what = request.lockFile ? ['ci'] : ['install', request.spec, '--no-save', '--no-package-lock'];
  runNpm(request, [...what, ...flagsFor(target)], directory);
  const modules = join(directory, 'node_modules');
  // Commands are links, and the hidden lock names the registry of this machine.
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
    // npm is a script of the shell on Windows.
    shell: process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw npmError(request, error ? `${error.message}\n${stderr ?? ''}` : stderr);
}

function npmError({ name, spec, lockFile }: NpmRequest, output: string): ValidationError {
  if (/\bspawnSync npm ENOENT\b/.test(output)) {
    return new ValidationError(
      `an npm dependency needs npm on the PATH, got none for ${formatValue(spec)}: install Node.js with npm`,
    );
  }
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  const reason = lines
    .filter((line) => line !== '' && !/^(A complete log|code |npm warn)/.test(line))
    .slice(0, 3)
    .join(' ');
  const code = /^code (\S+)/m.exec(lines.join('\n'))?.[1] ?? '';
  const rules: Readonly<Record<string, string>> = {
    E404: `an npm dependency must be a package of the registry, got ${formatValue(name)}, which it, or a package that it needs, is not`,
    ETARGET: `an npm dependency must have a version of the registry, got: ${formatValue(spec)}`,
    EUSAGE: `the lockFile of ${formatValue(name)} must fit the package.json beside it, got: ${formatValue(lockFile)}`,
    EBADPLATFORM: `an npm dependency must run on Lambda's Linux, got: ${formatValue(spec)}`,
  };
  const rule =
    NETWORK.test(output) && !rules[code]
      ? `installing ${formatValue(spec)} needs the registry of npm, which does not answer`
      : rules[code];
  return new ValidationError(`${rule ?? `npm could not install ${formatValue(spec)}`}: ${reason || 'it said nothing'}`);
}
