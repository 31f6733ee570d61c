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

/** Raised when what is done with the installed files changes. */
const FORMAT = 3;

/** pip asks for the markers of this machine, and has no option for another's: the answer is put in its place. */
const PIP_FOR_TARGET = `
import json, sys
from pip._vendor.packaging import markers
answers = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(answers)
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
`;

/** @internal */
export interface InstallRequest {
  readonly requirements: PythonRequirements;
  readonly target: PythonTarget;
}

/** What the tool is to install. */
interface ToInstall extends InstallRequest {
  readonly lines: RequirementLines;
  /** Whether the lines name every package, so that none comes with another. */
  readonly complete: boolean;
}

/**
 * Installs packages for a target, or takes what an earlier synth has installed: by uv where it is on the PATH, else by pip.
 * Tests that the package itself does not import, compiled files, commands and the installer's own notes are left out, so that
 * both make the same files.
 *
 * @throws ValidationError when a package is not on the index, has no wheel for the target or one that is not what it says, when
 * there is no network, and when this machine has neither uv nor pip
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

/** What decides what comes of an installation: no path of this machine, and not which tool it is done with. */
function keyOf(target: PythonTarget, content: string): string {
  const flags = target.local
    ? { ...findInterpreter(), executable: undefined }
    : { abi: abiOf(target), platforms: platformsOf(target), markers: markersOf(target) };
  return hashContent(JSON.stringify({ format: FORMAT, content, flags })).slice(0, 32);
}

function install(what: ToInstall, directory: string): InstalledPackage[] {
  const work = mkdtempSync(join(tmpdir(), 'katamari-python-'));
  try {
    if (what.lines.requirements.length > 0) runTool(what, directory, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const distributions = readDistributions(directory);
  if (!what.target.local) requireFit(directory, distributions, what.target);
  strip(directory);
  return withSizes(directory, distributions);
}

function runTool(what: ToInstall, directory: string, work: string): void {
  const files = writeLines(what, work);
  const result = hasUv() ? runUvFor(what, files, directory) : runPipFor(what, files, directory, work);
  if (!result.succeeded) throw installError(result, what.requirements, what.target);
}

/** @returns the options that name what was written */
function writeLines({ lines, requirements, complete }: ToInstall, work: string): string[] {
  // The file lies elsewhere, and paths in it start from where it lies.
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

function runUvFor({ target, requirements }: ToInstall, files: readonly string[], directory: string): CommandResult {
  const interpreter = target.local ? findInterpreter() : undefined;
  const flags = target.local
    ? ['--python', (interpreter ?? interpreterWithPip()).executable]
    : ['--python-platform', uvPlatformOf(target), '--python-version', target.version, '--only-binary', ':all:'];
  // Links to uv's own cache would let a change of the files here change what others install.
  const common = ['pip', 'install', '--target', directory, '--link-mode', 'copy'];
  return runUv([...common, ...flags, ...files], requirements.directory);
}

function runPipFor(what: ToInstall, files: readonly string[], directory: string, work: string): CommandResult {
  const { target, requirements } = what;
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
  // In two steps: the `install` of pip 23 and older held the target's packages to this machine's version of Python.
  const download = ['download', '--dest', wheels, '--only-binary=:all:', ...flags, ...files];
  const downloaded = runPython(interpreter, [...pip, ...download], requirements.directory);
  if (!downloaded.succeeded) return downloaded;
  const found = readdirSync(wheels).map((name) => join(wheels, name));
  const install = [...into, '--no-index', '--no-deps', '--ignore-requires-python', ...flags, ...found];
  return runPython(interpreter, [...pip, ...install], requirements.directory);
}
