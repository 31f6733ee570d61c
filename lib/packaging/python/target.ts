import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { CONTEXT_LOCAL } from '../../context/constants';
import { formatValue, ValidationError } from '../../private/errors';
import { OLDEST_PYTHON } from '../constants';

/** Runtimes of Python 3.12 and newer are based on Amazon Linux 2023. @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const FIRST_MINOR_OF_AL2023 = 12;
/** glibc 2.34. @see https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html */
const GLIBC_OF_AL2023 = 34;
/** glibc 2.26. @see https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html */
const GLIBC_OF_AL2 = 26;
/** Oldest glibc for which manylinux has tags. @see https://github.com/pypa/manylinux */
const OLDEST_GLIBC = { x86_64: 5, aarch64: 17 } as const;
/** Names of manylinux tags before PEP 600. @see https://peps.python.org/pep-0600/#legacy-manylinux-tags */
const LEGACY_MANYLINUX: Readonly<Record<number, string>> = { 17: 'manylinux2014', 12: 'manylinux2010', 5: 'manylinux1' };
/** Platforms that uv supports, newest first. @see https://docs.astral.sh/uv/reference/cli/#uv-pip-install--python-platform */
const GLIBCS_OF_UV = [34, 28, 17];

/**
 * Target that Python packages are installed for.
 *
 * @internal
 */
export interface PythonTarget {
  /** Such as `3.13`. */
  readonly version: string;
  readonly architecture: 'x86_64' | 'aarch64';
  /** Minor version of glibc 2 in the runtime. */
  readonly glibc: number;
  /** Whether the target is this machine and its interpreter instead, for a local run. */
  readonly local: boolean;
}

/**
 * Target of a function or a layer: its runtime and architecture, or this machine in a local run.
 *
 * @throws ValidationError when the runtime is not Python 3.10 or newer
 *
 * @internal
 */
export function pythonTarget(scope: IConstruct, runtime: lambda.Runtime, architecture: lambda.Architecture): PythonTarget {
  const [, version, minor] = /^python(3\.(\d+))$/.exec(runtime.name) ?? [];
  if (version === undefined || Number(minor) < OLDEST_PYTHON.minor) {
    throw new ValidationError(
      `the runtime for Python packages must be python${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor} or newer, got: ${formatValue(runtime.name)}`,
      scope,
    );
  }
  return {
    version,
    architecture: architecture.name === lambda.Architecture.ARM_64.name ? 'aarch64' : 'x86_64',
    glibc: Number(minor) >= FIRST_MINOR_OF_AL2023 ? GLIBC_OF_AL2023 : GLIBC_OF_AL2,
    local: Boolean(scope.node.tryGetContext(CONTEXT_LOCAL)),
  };
}

/**
 * Describes a target in messages.
 *
 * @internal
 */
export function describeTarget({ version, architecture, local }: PythonTarget): string {
  return local ? 'this machine' : `python${version} on ${architecture === 'aarch64' ? 'arm64' : architecture}`;
}

/**
 * Platform tags of wheels for the target, newest first: pip prefers them in this order.
 *
 * @internal
 */
export function platformsOf({ architecture, glibc }: PythonTarget): string[] {
  const platforms: string[] = [];
  for (let minor = glibc; minor >= OLDEST_GLIBC[architecture]; minor--) {
    platforms.push(`manylinux_2_${minor}_${architecture}`);
    const legacy = LEGACY_MANYLINUX[minor];
    if (legacy) platforms.push(`${legacy}_${architecture}`);
  }
  return platforms;
}

/**
 * Newest platform for the target that uv supports.
 *
 * @internal
 */
export function uvPlatformOf({ architecture, glibc }: PythonTarget): string {
  return `${architecture}-manylinux_2_${GLIBCS_OF_UV.find((minor) => minor <= glibc)}`;
}

/**
 * ABI tag of the target, such as `cp313` for Python 3.13.
 *
 * @internal
 */
export function abiOf({ version }: PythonTarget): string {
  return `cp${version.replace('.', '')}`;
}

/**
 * Values of environment markers (`; sys_platform == "linux"`) on the target.
 *
 * @see https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
 *
 * @internal
 */
export function markersOf({ version, architecture }: PythonTarget): Record<string, string> {
  return {
    implementation_name: 'cpython',
    implementation_version: `${version}.0`,
    os_name: 'posix',
    platform_machine: architecture,
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: `${version}.0`,
    python_version: version,
    sys_platform: 'linux',
  };
}
