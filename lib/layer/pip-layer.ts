import { AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { handlerCode } from '../packaging/handler-code';
import { bundleInDocker } from '../packaging/python/docker';
import { installPackages } from '../packaging/python/install';
import { requireSize } from '../packaging/python/package-size';
import { PythonBundling } from '../packaging/python/python-bundling';
import {
  listedRequirements,
  type PythonRequirements,
  requirementsBelow,
  requirementsOfFile,
} from '../packaging/python/requirements';
import { pythonTarget } from '../packaging/python/target';
import { isDirectory } from '../packaging/python/tree';
import { requireTag } from '../packaging/python/wheel-check';
import { DEFAULT_ARCHITECTURE, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, ValidationError } from '../private/errors';
import type { LayerOptions } from './layer-options';
import { validateLayerTexts } from './validate-layer';

/** Properties of a layer of Python packages. */
export interface PipLayerProps extends LayerOptions {
  /**
   * Packages, such as `['pandas', 'numpy>=2', 'requests==2.32.5']`. The versions that come the first time are kept in
   * `katamari-python.lock.json` beside `cdk.json`, so that the same list stays the same layer version.
   *
   * @default - those of `requirements`
   */
  readonly packages?: string[];

  /**
   * File that names the packages, or a folder that has one, relative to the working directory (where `cdk.json` is): the first
   * that is there of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and pyproject.toml.
   *
   * @default - the packages of `packages`
   */
  readonly requirements?: string;

  /**
   * Runtime that the packages are installed for: Python 3.10 or newer.
   *
   * @default lambda.Runtime.PYTHON_3_13
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Architecture that the packages are installed for.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Runtimes that may use the layer, with `runtime` among them. Of more than one every package must have been installed as a
   * wheel that serves them all.
   *
   * @default - `runtime` alone
   */
  readonly compatibleRuntimes?: lambda.Runtime[];

  /**
   * How the packages are installed.
   *
   * @default PythonBundling.wheels()
   */
  readonly bundling?: PythonBundling;
}

/**
 * A layer of Python packages, installed for a runtime and an architecture without Docker, whatever machine synthesizes.
 *
 * Its files are the same for the same versions, and so is the layer version: nothing new is published until the list, the lock
 * or the target changes. Unzipped it may have 250 MB.
 */
export class PipLayer extends lambda.LayerVersion {
  /** Runtime that the packages were installed for. */
  public readonly runtime: lambda.Runtime;

  /** Architecture that the packages were installed for. */
  public readonly architecture: lambda.Architecture;

  /**
   * @throws when there is no package, or one is not on the index, has no wheel for the target, or they are too large together
   */
  public constructor(scope: Construct, id: string, props: PipLayerProps) {
    validateLayerTexts(scope, props);
    const requirements = requirementsOf(scope, props);
    const runtime = props.runtime ?? DEFAULT_PYTHON_RUNTIME;
    const architecture = props.architecture ?? DEFAULT_ARCHITECTURE;
    const compatibleRuntimes = props.compatibleRuntimes ?? [runtime];
    if (!compatibleRuntimes.some(({ name }) => name === runtime.name)) {
      throw new ValidationError(
        `compatibleRuntimes must have the runtime ${formatValue(runtime.name)} among them, got: ${compatibleRuntimes.map(({ name }) => formatValue(name)).join(', ') || 'none'}`,
        scope,
      );
    }
    super(scope, id, {
      layerVersionName: props.layerVersionName,
      description: props.description,
      license: props.license,
      removalPolicy: props.removalPolicy,
      compatibleRuntimes,
      compatibleArchitectures: [architecture],
      code: codeOf(scope, id, requirements, { ...props, runtime, architecture, compatibleRuntimes }),
    });
    this.runtime = runtime;
    this.architecture = architecture;
  }
}

function requirementsOf(scope: Construct, { packages, requirements }: PipLayerProps): PythonRequirements {
  if ((packages === undefined) === (requirements === undefined)) {
    throw new ValidationError(
      `a pip layer must be given 'packages' or 'requirements', got: ${packages === undefined ? 'neither' : 'both'}`,
      scope,
    );
  }
  if (packages !== undefined) return listedRequirements(packages);
  const path = requirements as string;
  const found = isDirectory(path) ? requirementsBelow(path) : requirementsOfFile(path);
  if (found) return found;
  throw new ValidationError(
    `the folder of requirements must have a uv.lock, poetry.lock, Pipfile.lock, requirements.txt or pyproject.toml, got none in: ${formatValue(path)}`,
    scope,
  );
}

type Resolved = PipLayerProps & Required<Pick<PipLayerProps, 'runtime' | 'architecture' | 'compatibleRuntimes'>>;

function codeOf(scope: Construct, id: string, requirements: PythonRequirements, props: Resolved): lambda.Code {
  const { runtime, architecture, compatibleRuntimes, bundling } = props;
  const target = pythonTarget(scope, runtime, architecture);
  if (!Stack.of(scope).bundlingRequired) return handlerCode('not-bundled');
  const docker = (bundling ?? PythonBundling.wheels())._docker;
  const nothing = () =>
    new ValidationError(`a pip layer must have one package or more, got: none by ${requirements.label}`, scope);
  if (requirements.content === '') throw nothing();
  if (docker && !target.local) {
    if (requirements.lines().requirements.length === 0) throw nothing();
    return bundleInDocker(scope, { settings: docker, runtime, architecture, requirements, files: new Map(), folder: 'python' });
  }
  const installed = installPackages(scope, { requirements, target });
  // What is for Linux alone may be nothing on the machine of a local run.
  if (installed.packages.length === 0 && !target.local) throw nothing();
  if (!target.local) {
    const targets = compatibleRuntimes.map((compatible) => pythonTarget(scope, compatible, architecture));
    for (const compatible of targets) for (const one of installed.packages) requireTag(one, compatible);
  }
  requireSize(scope, `the layer '${id}'`, installed.packages);
  return lambda.Code.fromAsset(installed.layerDirectory, { assetHashType: AssetHashType.CUSTOM, assetHash: installed.hash });
}
