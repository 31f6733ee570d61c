import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IConstruct } from 'constructs';
import { locateErrors } from '../../private/errors';
import { hashContent } from '../hash';
import { buildSources, forgetBuilder } from './build';
import { type InstalledPackage, readDistributions, withSizes } from './distributions';
import { findInterpreter } from './host';
import { type InstalledPackages, PythonCache } from './install-cache';
import { PythonPackageLock } from './package-lock';
import type { RequirementLines } from './requirement-lines';
import type { PythonRequirements } from './requirements';
import { requireAllHashes } from './requirements-file';
import { strip } from './strip';
import { abiOf, markersOf, type PythonTarget, platformsOf } from './target';
import { runTool } from './tool-runs';
import { requireFit } from './wheel-check';

/** Raised when a new version of this library processes the installed files in another way. */
const FORMAT = 4;

/** Packages to install for a target. */
interface InstallRequest {
  readonly requirements: PythonRequirements;
  readonly target: PythonTarget;
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
  return locateErrors(scope, () => findOrInstall(scope, request));
}

function findOrInstall(scope: IConstruct, request: InstallRequest): InstalledPackages {
  const { requirements, target } = request;
  if (!requirements.locked) requireAllHashes(requirements.lines(), requirements.origin);
  const cache = new PythonCache();
  if (requirements.locked || target.local) {
    const key = keyOf(target, requirements.content);
    return (
      cache.find(key) ??
      cache.store(
        (directory) => install(request, requirements.lines(), directory),
        () => key,
      )
    );
  }
  const lock = new PythonPackageLock(scope);
  const lines = requirements.lines();
  const keyOfPins = (pins: readonly string[]) => keyOf(target, JSON.stringify({ pins, options: lines.options }));
  const pins = lock.find(requirements, target);
  if (pins) {
    const pinned = { ...lines, requirements: pins, constraints: [], complete: true };
    const key = keyOfPins(pins);
    return (
      cache.find(key) ??
      cache.store(
        (directory) => install(request, pinned, directory),
        () => key,
      )
    );
  }
  return cache.store(
    (directory) => install(request, lines, directory),
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

function install({ requirements, target }: InstallRequest, lines: RequirementLines, directory: string): InstalledPackage[] {
  const work = mkdtempSync(join(tmpdir(), 'katamari-python-'));
  try {
    const built = buildSources(lines.sources ?? [], { requirements, target, work });
    const all = { ...lines, requirements: [...lines.requirements, ...built] };
    runTool({ requirements, target, lines: all, directory, work });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const distributions = readDistributions(directory);
  if (!target.local) requireFit(directory, distributions, target);
  forgetBuilder(directory, lines.sources ?? []);
  strip(directory, distributions);
  return withSizes(directory, distributions);
}
