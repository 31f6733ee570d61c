import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { IConstruct } from 'constructs';
import { hashContent } from '../hash';
import { type InstalledPackage, readDistributions, strip, withSizes } from './distributions';
import { type CommandResult, findInterpreter, hasUv, interpreterWithPip, runPython, runUv } from './host';
import { type InstalledPackages, PythonCache } from './install-cache';
import { PythonPackageLock } from './package-lock';
import type { PythonRequirements } from './requirements';
import type { RequirementLines } from './requirements-file';
import { abiOf, markersOf, type PythonTarget, platformsOf, uvPlatformOf } from './target';
import { installError } from './tool-errors';
import { requireFit } from './wheel-check';

/** Raised when a new version of this library processes the installed files in another way. */
const FORMAT = 3;

/** Runs pip with the target's environment markers, which pip has no option to set. */
const PIP_FOR_TARGET = `
import json, sys
from pip._vendor.packaging import markers
answers = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(answers)
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
`;

/** Packages to install for a target. */
interface InstallRequest {
  readonly requirements: PythonRequirements;
  readonly target: PythonTarget;
}

/** An installation by uv or pip. */
interface Installation extends InstallRequest {
  readonly lines: RequirementLines;
  /** Whether the lines name every package, so that dependencies need not be resolved. */
  readonly complete: boolean;
}

/**
 * Installs packages for a target by uv, or by pip where uv is not on the PATH; or returns those that an earlier synth has installed.
 * Unused tests, compiled files, commands and records of the installer are removed, so that both tools give the same files.
 *
 * @throws ValidationError when a package is not on the index, has no wheel for the target, or has a wheel that does not match its
 * tags; when the index cannot be reached; and when this machine has neither uv nor pip
 *
 * @internal
 */
export function installPackages(scope: IConstruct, request: InstallRequest): InstalledPackages {
  const { requirements, target } = request;
  const cache = new PythonCache();
  if (requirements.locked || target.local) {
    const key = keyOf(target, requirements.content);
    return (
      cache.find(key) ??
      cache.store(
        (directory) => install({ ...request, lines: requirements.lines(), complete: false }, directory),
        () => key,
      )
    );
  }
  const lock = new PythonPackageLock(scope);
  const lines = requirements.lines();
  const keyOfPins = (pins: readonly string[]) => keyOf(target, JSON.stringify({ pins, options: lines.options }));
  const pins = lock.find(requirements, target);
  if (pins) {
    const pinned = { ...lines, requirements: pins, constraints: [] };
    const key = keyOfPins(pins);
    return (
      cache.find(key) ??
      cache.store(
        (directory) => install({ ...request, lines: pinned, complete: true }, directory),
        () => key,
      )
    );
  }
  return cache.store(
    (directory) => install({ ...request, lines, complete: false }, directory),
    (packages) => {
      const resolved = packages.map(({ name, version }) => `${name}==${version}`);
      lock.store(requirements, target, resolved);
      return keyOfPins(resolved);
    },
  );
}

/** Everything that decides which files are installed. Contains no path of this machine, and not the name of the tool. */
function keyOf(target: PythonTarget, content: string): string {
  const flags = target.local
    ? { ...findInterpreter(), executable: undefined }
    : { abi: abiOf(target), platforms: platformsOf(target), markers: markersOf(target) };
  return hashContent(JSON.stringify({ format: FORMAT, content, flags })).slice(0, 32);
}

function install(installation: Installation, directory: string): InstalledPackage[] {
  const work = mkdtempSync(join(tmpdir(), 'katamari-python-'));
  try {
    if (installation.lines.requirements.length > 0) runTool(installation, directory, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const distributions = readDistributions(directory);
  if (!installation.target.local) requireFit(directory, distributions, installation.target);
  strip(directory);
  return withSizes(directory, distributions);
}

function runTool(installation: Installation, directory: string, work: string): void {
  const files = writeLines(installation, work);
  const result = hasUv() ? runUvFor(installation, files, directory) : runPipFor(installation, files, directory, work);
  if (!result.succeeded) throw installError(result, installation.requirements, installation.target);
}

/** @returns options that name the files that were written */
function writeLines({ lines, requirements, complete }: Installation, work: string): string[] {
  // Paths in a requirements file are relative to the file, which is written to another folder.
  const options = lines.options.map((option) =>
    option.replace(/^(--find-links )(?![a-z]+:\/\/)(.*)$/, (_, name, path) => `${name}${resolve(requirements.directory, path)}`),
  );
  const write = (name: string, content: readonly string[]) => {
    writeFileSync(join(work, name), `${content.join('\n')}\n`);
    return join(work, name);
  };
  return [
    ...['-r', write('requirements.txt', [...options, ...lines.requirements])],
    ...(lines.constraints.length > 0 ? ['-c', write('constraints.txt', lines.constraints)] : []),
    ...(complete ? ['--no-deps'] : []),
  ];
}

function runUvFor({ target, requirements }: Installation, files: readonly string[], directory: string): CommandResult {
  const interpreter = target.local ? findInterpreter() : undefined;
  const flags = target.local
    ? ['--python', (interpreter ?? interpreterWithPip()).executable]
    : ['--python-platform', uvPlatformOf(target), '--python-version', target.version, '--only-binary', ':all:'];
  // With links to the cache of uv, a change of an installed file would change other installations.
  const common = ['pip', 'install', '--target', directory, '--link-mode', 'copy'];
  return runUv([...common, ...flags, ...files], requirements.directory);
}

function runPipFor(
  { target, requirements }: Installation,
  files: readonly string[],
  directory: string,
  work: string,
): CommandResult {
  const interpreter = interpreterWithPip();
  const into = ['install', '--no-compile', '--target', directory];
  if (target.local) {
    return runPython(interpreter, ['-m', 'pip', ...into, '--prefer-binary', ...files], requirements.directory);
  }
  const wheels = join(work, 'wheels');
  mkdirSync(wheels);
  const flags = ['--python-version', target.version, '--implementation', 'cp', '--abi', abiOf(target)];
  for (const platform of platformsOf(target)) flags.push('--platform', platform);
  const pip = ['-c', PIP_FOR_TARGET, JSON.stringify(markersOf(target))];
  // In two steps: `install` of pip 23 and older checks packages against the version of Python on this machine.
  const download = ['download', '--dest', wheels, '--only-binary=:all:', ...flags, ...files];
  const downloaded = runPython(interpreter, [...pip, ...download], requirements.directory);
  if (!downloaded.succeeded) return downloaded;
  const found = readdirSync(wheels).map((name) => join(wheels, name));
  const install = [...into, '--no-index', '--no-deps', '--ignore-requires-python', ...flags, ...found];
  return runPython(interpreter, [...pip, ...install], requirements.directory);
}
