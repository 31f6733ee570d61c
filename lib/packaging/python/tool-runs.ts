import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommandResult, findInterpreter, hasUv, interpreterWithPip, pipEnvironment, runPython, runUv } from './host';
import { isHashed, type PackageIndex, type RequirementLines } from './requirement-lines';
import type { PythonRequirements } from './requirements';
import { abiOf, markersOf, type PythonTarget, platformsOf, uvPlatformOf } from './target';
import { installError } from './tool-errors';
import { toolEnvironment, uvSettings } from './tool-settings';

/** Runs pip with the target's environment markers, which pip has no option to set. */
const PIP_FOR_TARGET = `
import json, sys
from pip._vendor.packaging import markers
answers = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(answers)
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
`;

/** An installation by uv or pip. */
interface Installation {
  readonly requirements: PythonRequirements;
  readonly target: PythonTarget;
  readonly lines: RequirementLines;
  /** Folder to install to. */
  readonly directory: string;
  /** Folder for temporary files. */
  readonly work: string;
}

/** Packages that one run of a tool installs: from the same index, and all with hashes or all without. */
interface Batch {
  readonly index?: PackageIndex;
  readonly requireHashes: boolean;
  readonly requirements: readonly string[];
}

/**
 * Installs packages by uv, or by pip where uv is not on the PATH.
 *
 * @throws ValidationError when it fails
 *
 * @internal
 */
export function runTool(installation: Installation): void {
  const batches = batchesOf(installation.lines).filter(({ requirements }) => requirements.length > 0);
  if (batches.length === 0) return;
  const result = hasUv() ? runUvFor(installation, batches) : runPipFor(installation, batches);
  if (!result.succeeded) throw installError(result, installation.requirements, installation.target);
}

function batchesOf({ requirements, bound = [], complete, requireHashes = false }: RequirementLines): Batch[] {
  // pip has one index for all packages, and checks either all hashes or none. Packages can only be split where none has to be resolved.
  if (!complete) return [{ requirements, requireHashes }];
  return [{ index: undefined, requirements }, ...bound].flatMap(({ index, requirements: of }) => [
    { index, requireHashes: true, requirements: of.filter(isHashed) },
    { index, requireHashes: false, requirements: of.filter((line) => !isHashed(line)) },
  ]);
}

function runUvFor({ target, requirements, lines, directory, work }: Installation, batches: readonly Batch[]): CommandResult {
  const interpreter = target.local ? findInterpreter() : undefined;
  const flags = target.local
    ? ['--python', (interpreter ?? interpreterWithPip()).executable]
    : ['--python-platform', uvPlatformOf(target), '--python-version', target.version, '--only-binary', ':all:'];
  // With links to the cache of uv, a change of an installed file would change other installations.
  const common = ['pip', 'install', '--target', directory, '--link-mode', 'copy', ...flags];
  // uv has another name for this option.
  const trusted = lines.options.flatMap((option) => /^--trusted-host[ =]+(\S+)$/.exec(option)?.[1] ?? []);
  const insecure = trusted.flatMap((host) => ['--allow-insecure-host', host]);
  const prerelease = lines.prerelease ? ['--prerelease', 'allow'] : [];
  return inTurn(batches, (batch, number) => {
    const settings = join(work, `uv-${number}.toml`);
    writeFileSync(settings, uvSettings(requirements.directory, batch.index));
    const options = lines.options.filter((option) => !option.startsWith('--trusted-host'));
    const files = writeBatch(batch, { lines, options, requirements, work, number });
    const args = [...common, '--config-file', settings, ...insecure, ...prerelease, ...files];
    return runUv(args, requirements.directory, toolEnvironment(batch.index !== undefined));
  });
}

/** In two steps: `install` of pip 23 and older checks packages against the version of Python on this machine. */
function runPipFor({ target, requirements, lines, directory, work }: Installation, batches: readonly Batch[]): CommandResult {
  const interpreter = interpreterWithPip();
  const wheels = join(work, 'wheels');
  mkdirSync(wheels);
  const pip = target.local ? ['-m', 'pip'] : ['-c', PIP_FOR_TARGET, JSON.stringify(markersOf(target))];
  const flags = target.local ? [] : ['--python-version', target.version, '--implementation', 'cp', '--abi', abiOf(target)];
  for (const platform of target.local ? [] : platformsOf(target)) flags.push('--platform', platform);
  const get = target.local
    ? ['wheel', '--wheel-dir', wheels, '--prefer-binary']
    : ['download', '--dest', wheels, '--only-binary=:all:', ...flags];
  // uv ignores upper limits, which most packages have by mistake. What is pinned must be the same by both; lower limits are checked.
  const pinned = lines.complete || lines.requireHashes ? ['--ignore-requires-python'] : [];
  const prerelease = lines.prerelease ? ['--pre'] : [];
  const downloaded = inTurn(batches, (batch, number) => {
    const places = lines.options.filter(
      (option) => batch.index === undefined || /^--(find-links|no-index|trusted-host)\b/.test(option),
    );
    const options = [...indexOptions(batch.index), ...places];
    const files = writeBatch(batch, { lines, options, requirements, work, number });
    const environment = pipEnvironment(batch.index !== undefined);
    return runPython(interpreter, [...pip, ...get, ...pinned, ...prerelease, ...files], requirements.directory, environment);
  });
  const found = readdirSync(wheels).map((name) => join(wheels, name));
  if (!downloaded.succeeded || found.length === 0) return downloaded;
  const into = ['install', '--no-compile', '--target', directory, '--no-index', '--no-deps', '--ignore-requires-python'];
  return runPython(interpreter, [...pip, ...into, ...flags, ...found], requirements.directory);
}

function indexOptions(index: PackageIndex | undefined): string[] {
  if (index === undefined) return [];
  return index.flat ? ['--no-index', `--find-links ${index.url}`] : [`--index-url ${index.url}`];
}

/** Runs a tool for each batch until it fails. */
function inTurn(batches: readonly Batch[], run: (batch: Batch, number: number) => CommandResult): CommandResult {
  let result: CommandResult = { succeeded: true, stdout: '', stderr: '' };
  for (const [number, batch] of batches.entries()) {
    result = run(batch, number);
    if (!result.succeeded) break;
  }
  return result;
}

interface BatchContext {
  readonly lines: RequirementLines;
  readonly options: readonly string[];
  readonly requirements: PythonRequirements;
  readonly work: string;
  readonly number: number;
}

/** @returns options that name the files that were written */
function writeBatch({ requirements: of, requireHashes }: Batch, context: BatchContext): string[] {
  const { lines, requirements, work, number } = context;
  // Paths in a requirements file are relative to the file, which is written to another folder.
  const options = context.options.map((option) =>
    option.replace(/^(--find-links )(?![a-z]+:\/\/)(.*)$/, (_, name, path) => `${name}${resolve(requirements.directory, path)}`),
  );
  const write = (name: string, content: readonly string[]) => {
    const path = join(work, `${name}-${number}.txt`);
    writeFileSync(path, `${content.join('\n')}\n`);
    return path;
  };
  return [
    ...['-r', write('requirements', [...options, ...of])],
    ...(lines.constraints.length > 0 ? ['-c', write('constraints', lines.constraints)] : []),
    ...(requireHashes ? ['--require-hashes'] : []),
    ...(lines.complete ? ['--no-deps'] : []),
  ];
}
