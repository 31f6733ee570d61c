import { join } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import type { Distribution } from './distributions';
import { machineOf } from './elf';
import { describeTarget, type PythonTarget, platformsOf } from './target';

/** Modules and libraries in machine code, for any operating system. */
const NATIVE = /\.(so(\.\d+)*|pyd|dylib)$/;

/**
 * Checks that installed packages match the target, by the tags of each wheel and the header of each native file.
 *
 * @throws ValidationError with the name of the package and the file
 *
 * @internal
 */
export function requireFit(directory: string, distributions: readonly Distribution[], target: PythonTarget): void {
  for (const { name, version, tags, files, requiresPython = '' } of distributions) {
    requireTag({ name, version, tags }, target);
    if (!supportsPython(requiresPython, target)) {
      throw new ValidationError(
        `a package must support ${describeTarget(target)}, got: '${name}' ${version}, which requires Python ${requiresPython}; use another version or runtime`,
      );
    }
    const machines = files
      .filter((file) => NATIVE.test(file))
      .map((file) => ({ file, machine: machineOf(join(directory, file)) }));
    const wrong = machines.filter(({ machine }) => machine !== target.architecture);
    // A wheel for any platform may contain libraries for several platforms, and load the one that matches.
    const severalPlatforms = tags.every((tag) => tag.endsWith('-any')) && wrong.length < machines.length;
    if (wrong[0] && !severalPlatforms) {
      throw new ValidationError(
        `native files must be built for ${describeTarget(target)}, got: ${formatValue(wrong[0].file)} of '${name}' ${version} (${wrong[0].machine})`,
      );
    }
  }
}

/**
 * Whether the oldest version of Python that a package supports is no newer than the target. Upper limits are ignored, as uv does:
 * most are guesses about the future, and packages with them work.
 *
 * @see https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python
 */
function supportsPython(specifiers: string, { version }: PythonTarget): boolean {
  const target = Number(version.split('.')[1]);
  return specifiers.split(',').every((specifier) => {
    const [, operator = '', minor] = /^\s*(>=|>|~=|===?)\s*3\.(\d+)/.exec(specifier) ?? [];
    if (minor === undefined) return !/^\s*(>=|>|~=|===?)\s*[4-9]/.test(specifier);
    return operator === '>' && /^\s*>\s*3\.\d+\s*$/.test(specifier) ? Number(minor) < target : Number(minor) <= target;
  });
}

/**
 * Checks that a package matches the target, by its tags.
 *
 * @throws ValidationError with the name of the package
 *
 * @internal
 */
export function requireTag({ name, version, tags }: Pick<Distribution, 'name' | 'version' | 'tags'>, target: PythonTarget): void {
  if (tags.some((tag) => fitsTarget(tag, target))) return;
  throw new ValidationError(
    `the tags of a package must match ${describeTarget(target)}, got: ${tags.map(formatValue).join(', ') || 'none'} for '${name}' ${version}`,
  );
}

/**
 * Whether a tag matches the target. Parts may have several values, such as `py2.py3-none-any`: the tag stands for all combinations.
 *
 * @see https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#compressed-tag-sets
 *
 * @internal
 */
export function fitsTarget(tag: string, target: PythonTarget): boolean {
  const [pythons = [], abis = [], platforms = []] = tag.split('-').map((part) => part.split('.'));
  const version = pythons.some((python) => abis.some((abi) => fitsVersion(python, abi, target)));
  return version && platforms.some((platform) => fitsPlatform(platform, target));
}

function fitsVersion(python: string, abi: string, { version }: PythonTarget): boolean {
  const minor = Number(version.split('.')[1]);
  const [, implementation, tagged] = /^(cp|py)3(\d*)$/.exec(python) ?? [];
  if (implementation === undefined) return false;
  // A wheel without an ABI, or with the stable one, also works with later versions.
  const later = tagged === '' || Number(tagged) <= minor;
  if (abi === 'none') return implementation === 'py' || tagged === '' ? later : Number(tagged) === minor;
  if (abi === 'abi3') return later;
  return abi === `cp3${minor}` && Number(tagged) === minor;
}

function fitsPlatform(platform: string, target: PythonTarget): boolean {
  // The metadata of some wheels has the platform without a version, which only their file name has.
  return platform === 'any' || platform === `linux_${target.architecture}` || platformsOf(target).includes(platform);
}
