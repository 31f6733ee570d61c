import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatValue, ValidationError } from '../../private/errors';
import { filesOf, isDirectory, isFile, writeFiles } from '../files';
import { hashFile } from '../hash';
import { type CommandResult, findInterpreter, hasUv, interpreterWithPip, pipEnvironment, runGit, runPython, runUv } from './host';
import { sourceFiles } from './local-source';
import { type GitSource, normalizedName, requirementLine, type SourcePackage } from './requirement-lines';
import type { PythonRequirements } from './requirements';
import { describeTarget, type PythonTarget } from './target';
import { toolEnvironment, uvSettings } from './tool-settings';
import { fitsTarget } from './wheel-check';

/** 1980-01-01, the oldest time in a zip file. */
const TIME_OF_FILES = '315532800';

interface BuildContext {
  readonly requirements: PythonRequirements;
  readonly target: PythonTarget;
  /** Folder for temporary files. */
  readonly work: string;
}

/**
 * Builds wheels of packages that are not on an index.
 *
 * @returns requirements that install the wheels, with hashes
 * @throws ValidationError when a package cannot be built, or has native code for this machine alone
 *
 * @internal
 */
export function buildSources(sources: readonly SourcePackage[], context: BuildContext): string[] {
  return sources.map((source, number) => {
    const { name, marker } = source;
    const folder = join(context.work, `source-${number}`);
    const wheel = build(source, sourceOf(source, folder), join(folder, 'wheel'), context);
    return requirementLine(`${name} @ ${pathToFileURL(wheel)}`, marker, [`sha256:${hashFile(wheel)}`]);
  });
}

/**
 * Removes the version of the build tool from built packages: it would change the files on another day.
 *
 * @internal
 */
export function forgetBuilder(directory: string, sources: readonly SourcePackage[]): void {
  const names = new Set(sources.map(({ name }) => normalizedName(name)));
  for (const entry of readdirSync(directory)) {
    const name = /^(.+?)-[^-]+\.dist-info$/.exec(entry)?.[1];
    if (name === undefined || !names.has(normalizedName(name))) continue;
    const file = join(directory, entry, 'WHEEL');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^Generator:.*\r?\n/m, ''));
  }
}

/** @returns path of a folder or an archive to build: a copy, because builds write into the folder of the source */
function sourceOf({ name, path, git }: SourcePackage, folder: string): string {
  if (path !== undefined && !isDirectory(path)) return path;
  mkdirSync(folder, { recursive: true });
  if (path !== undefined) {
    const copy = join(folder, 'source');
    writeFiles(copy, filesOf(path, sourceFiles(path)));
    return copy;
  }
  return checkOut(name, git as GitSource, join(folder, 'source'));
}

function checkOut(name: string, { url, commit, subdirectory = '' }: GitSource, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) => runGit(args, folder);
  git('init', '--quiet');
  git('remote', 'add', 'origin', url);
  const fetched = git('fetch', '--quiet', '--depth', '1', 'origin', commit);
  // Some servers give only branches and tags.
  if (!fetched.succeeded) git('fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  let result = git('checkout', '--quiet', commit);
  if (isFile(join(folder, '.gitmodules'))) result = git('submodule', 'update', '--quiet', '--init', '--recursive');
  const found = join(folder, subdirectory);
  if (result.succeeded && isDirectory(found)) return found;
  const reason = (result.succeeded ? `no folder ${formatValue(subdirectory)}` : result.stderr || fetched.stderr).trim();
  throw new ValidationError(
    `the commit of a package must be in its Git repository, got: ${commit} of ${url} for ${formatValue(name)}: ${reason}`,
  );
}

function build({ name, version }: SourcePackage, source: string, output: string, context: BuildContext): string {
  const { requirements, target, work } = context;
  // Versions that come from Git tags are not known in a copy. Those of a lock are used instead.
  const known = version ?? '0';
  const variables = { SOURCE_DATE_EPOCH: TIME_OF_FILES, SETUPTOOLS_SCM_PRETEND_VERSION: known, PBR_VERSION: known };
  let result: CommandResult;
  if (hasUv()) {
    const settings = join(work, 'uv-build.toml');
    writeFileSync(settings, uvSettings(requirements.directory));
    const interpreter = findInterpreter();
    const python = interpreter ? ['--python', interpreter.executable] : [];
    const args = ['build', '--wheel', '--out-dir', output, '--config-file', settings, ...python, source];
    result = runUv(args, requirements.directory, { ...toolEnvironment(), ...variables });
  } else {
    const args = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--ignore-requires-python', '--wheel-dir', output, source];
    result = runPython(interpreterWithPip(), args, requirements.directory, { ...pipEnvironment(), ...variables });
  }
  const wheel = existsSync(output) ? readdirSync(output).find((file) => file.endsWith('.whl')) : undefined;
  if (!result.succeeded || wheel === undefined) {
    const reason = `${result.stderr}\n${result.stdout}`.trim();
    throw new ValidationError(
      `${hasUv() ? 'uv' : 'pip'} could not build ${formatValue(name)} of ${requirements.origin}:\n\n${reason}\n`,
    );
  }
  requirePure(wheel, name, target);
  return join(output, wheel);
}

/** Refuses a wheel with native code, which is for this machine. */
function requirePure(wheel: string, name: string, target: PythonTarget): void {
  const tag = wheel
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3)
    .join('-');
  if (target.local || (fitsTarget(tag, target) && !/-linux_\w+$/.test(tag))) return;
  throw new ValidationError(
    `a package that is built from its source must have no native code, or a wheel for ${describeTarget(target)}, got: ${formatValue(tag)} for ${formatValue(name)}; build it in Docker with bundling: PythonBundling.docker()`,
  );
}
