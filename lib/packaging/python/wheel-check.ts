import { join } from 'node:path';
import { formatValue, ValidationError } from '../../private/errors';
import type { Distribution } from './distributions';
import { machineOf } from './elf';
import { describeTarget, type PythonTarget, platformsOf } from './target';

/** Modules and libraries in machine code, of any system. */
const NATIVE = /\.(so(\.\d+)*|pyd|dylib)$/;

/**
 * Checks that installed packages are for the target: by the tags of each wheel, and by the headers of each native file.
 *
 * @throws ValidationError that names the package, and the file
 *
 * @internal
 */
export function requireFit(directory: string, distributions: readonly Distribution[], target: PythonTarget): void {
  for (const { name, version, tags, files } of distributions) {
    requireTag({ name, version, tags }, target);
    const machines = files
      .filter((file) => NATIVE.test(file))
      .map((file) => ({ file, machine: machineOf(join(directory, file)) }));
    const wrong = machines.filter(({ machine }) => machine !== target.architecture);
    // One for any platform may bring libraries for several, and load the one that fits.
    const severalPlatforms = tags.every((tag) => tag.endsWith('-any')) && wrong.length < machines.length;
    if (wrong[0] && !severalPlatforms) {
      throw new ValidationError(
        `native files must be for ${describeTarget(target)}, got: ${formatValue(wrong[0].file)} of '${name}' ${version} for ${wrong[0].machine}`,
      );
    }
  }
}

/**
 * Checks that a package is for the target, by its tags alone.
 *
 * @throws ValidationError that names the package
 *
 * @internal
 */
export function requireTag({ name, version, tags }: Pick<Distribution, 'name' | 'version' | 'tags'>, target: PythonTarget): void {
  if (tags.some((tag) => fits(tag, target))) return;
  throw new ValidationError(
    `a package must be a wheel for ${describeTarget(target)}, got: ${tags.map(formatValue).join(', ') || 'none'} of '${name}' ${version}`,
  );
}

/**
 * Whether a tag is for the target. Each part may name several, such as `py2.py3-none-any`: it then stands for every combination.
 *
 * @see https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#compressed-tag-sets
 */
function fits(tag: string, target: PythonTarget): boolean {
  const [pythons = [], abis = [], platforms = []] = tag.split('-').map((part) => part.split('.'));
  const version = pythons.some((python) => abis.some((abi) => fitsVersion(python, abi, target)));
  return version && platforms.some((platform) => fitsPlatform(platform, target));
}

function fitsVersion(python: string, abi: string, { version }: PythonTarget): boolean {
  const minor = Number(version.split('.')[1]);
  const [, implementation, tagged] = /^(cp|py)3(\d*)$/.exec(python) ?? [];
  if (implementation === undefined) return false;
  // A wheel without an ABI, or with the one that stays, serves later versions as well.
  const later = tagged === '' || Number(tagged) <= minor;
  if (abi === 'none') return implementation === 'py' || tagged === '' ? later : Number(tagged) === minor;
  if (abi === 'abi3') return later;
  return abi === `cp3${minor}` && Number(tagged) === minor;
}

function fitsPlatform(platform: string, target: PythonTarget): boolean {
  // Some say the bare platform inside, and the exact one, by which they were chosen, in the names of their files.
  return platform === 'any' || platform === `linux_${target.architecture}` || platformsOf(target).includes(platform);
}
