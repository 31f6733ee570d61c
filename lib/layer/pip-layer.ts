import { AssetHashType, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { isDirectory } from '../packaging/files';
import { handlerCode } from '../packaging/handler-code';
import { requireSize } from '../packaging/package-size';
import { bundleInDocker } from '../packaging/python/docker';
import { installPackages } from '../packaging/python/install';
import { PythonBundling } from '../packaging/python/python-bundling';
import {
  listedRequirements,
  type PythonRequirements,
  requirementsBelow,
  requirementsOfFile,
} from '../packaging/python/requirements';
import { pythonTarget } from '../packaging/python/target';
import { requireTag } from '../packaging/python/wheel-check';
import { DEFAULT_ARCHITECTURE, DEFAULT_PYTHON_RUNTIME } from '../private/defaults';
import { formatValue, locateErrors, ValidationError } from '../private/errors';
import { requireKnown } from '../private/tokens';
import { type OptionNames, refuseUnknownOptions } from '../private/unknown-options';
import type { LayerOptions } from './layer-options';
import { shareVersion } from './shared-version';
import { validateLayerOptions } from './validate-layer';

/** Properties of a layer of Python packages. */
export interface PipLayerProps extends LayerOptions {
  /**
   * Packages, such as `['pandas', 'numpy>=2', 'requests==2.32.5']`. The versions that are installed first are stored in
   * `katamari-python.lock.json` beside `cdk.json`, so that the same list gives the same layer version.
   *
   * @default - the packages in `requirements`
   */
  readonly packages?: string[];

  /**
   * File with the packages, or folder with such a file, relative to the working directory (where `cdk.json` is). In a folder, the
   * first of uv.lock, poetry.lock, Pipfile.lock, requirements.txt and pyproject.toml is used.
   *
   * @default - the packages in `packages`
   */
  readonly requirements?: string;

  /**
   * Runtime to install the packages for: Python 3.10 or newer.
   *
   * @default lambda.Runtime.PYTHON_3_13
   */
  readonly runtime?: lambda.Runtime;

  /**
   * Processor architecture to install the packages for.
   *
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Runtimes that may use the layer, including `runtime`. The wheel of every package must match all of them.
   *
   * @default - only `runtime`
   */
  readonly compatibleRuntimes?: lambda.Runtime[];

  /**
   * Method to install the packages.
   *
   * @default PythonBundling.wheels()
   */
  readonly bundling?: PythonBundling;
}

const PIP_LAYER_OPTIONS: OptionNames<PipLayerProps> = {
  architecture: true,
  bundling: true,
  compatibleRuntimes: true,
  description: true,
  layerVersionName: true,
  license: true,
  packages: true,
  removalPolicy: true,
  requirements: true,
  runtime: true,
};

const PIP_LAYER_OPTION_REMEDIES: Readonly<Record<string, string>> = {
  code: 'use packages or requirements',
  compatibleArchitectures: 'use architecture, and one layer for each architecture',
  entry: 'use requirements',
};

/**
 * A layer of Python packages, installed for a runtime and an architecture without Docker: at most 250 MB unzipped.
 *
 * The same versions give the same files on every machine. A new layer version is published only when the packages, the lock or the
 * target change. Layers of one stack with the same packages and options share one layer version, which belongs to the first of them.
 */
export class PipLayer extends lambda.LayerVersion {
  /** Runtime that the packages were installed for. */
  public readonly runtime: lambda.Runtime;

  /** Architecture that the packages were installed for. */
  public readonly architecture: lambda.Architecture;

  // `declare` leaves the field as the CDK's constructor set it.
  /** ARN of the layer version. */
  declare public readonly layerVersionArn: string;

  /**
   * @throws when there is no package; a package is not on the index or has no wheel for the target; or the packages are too large
   */
  public constructor(scope: Construct, id: string, props: PipLayerProps) {
    refuseUnknownOptions('a PipLayer', props, PIP_LAYER_OPTIONS, scope, PIP_LAYER_OPTION_REMEDIES);
    validateLayerOptions(scope, props);
    const requirements = locateErrors(scope, () => requirementsOf(scope, props));
    const runtime = props.runtime ?? DEFAULT_PYTHON_RUNTIME;
    const architecture = props.architecture ?? DEFAULT_ARCHITECTURE;
    const compatibleRuntimes = props.compatibleRuntimes ?? [runtime];
    if (!compatibleRuntimes.some(({ name }) => name === runtime.name)) {
      throw new ValidationError(
        `compatibleRuntimes must include the runtime ${formatValue(runtime.name)}, got: ${compatibleRuntimes.map(({ name }) => formatValue(name)).join(', ') || 'none'}`,
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
    this.layerVersionArn = shareVersion(this, keyOf(requirements, { ...props, runtime, architecture, compatibleRuntimes }));
  }
}

function requirementsOf(scope: Construct, { packages, requirements }: PipLayerProps): PythonRequirements {
  if ((packages === undefined) === (requirements === undefined)) {
    throw new ValidationError(
      `a PipLayer requires either 'packages' or 'requirements', got: ${packages === undefined ? 'neither' : 'both'}`,
      scope,
    );
  }
  requireKnown('packages of a PipLayer', packages, scope);
  requireKnown('requirements of a PipLayer', requirements, scope);
  if (packages !== undefined) return listedRequirements(packages);
  const path = requirements as string;
  const found = isDirectory(path) ? requirementsBelow(path) : requirementsOfFile(path);
  if (found) return found;
  throw new ValidationError(
    `the folder of requirements must have a uv.lock, poetry.lock, Pipfile.lock, requirements.txt or pyproject.toml, got: none in ${formatValue(path)}`,
    scope,
  );
}

type Resolved = PipLayerProps & Required<Pick<PipLayerProps, 'runtime' | 'architecture' | 'compatibleRuntimes'>>;

/** Everything that decides a layer version. The folder counts because a file may name others beside it. */
function keyOf({ content, directory }: PythonRequirements, props: Resolved): string {
  const { runtime, architecture, compatibleRuntimes, bundling, layerVersionName, description, license, removalPolicy } = props;
  const options = { layerVersionName, description, license, removalPolicy, bundling: bundling?._bind() };
  const target = [runtime.name, architecture.name, ...compatibleRuntimes.map(({ name }) => name).sort()];
  return JSON.stringify([content, directory, target, options]);
}

function codeOf(scope: Construct, id: string, requirements: PythonRequirements, props: Resolved): lambda.Code {
  const { runtime, architecture, compatibleRuntimes, bundling } = props;
  const target = pythonTarget(scope, runtime, architecture);
  if (!Stack.of(scope).bundlingRequired) return handlerCode('not-bundled');
  const { docker } = (bundling ?? PythonBundling.wheels())._bind();
  const noPackages = () =>
    new ValidationError(`a PipLayer must have at least one package, got: none from ${requirements.label}`, scope);
  if (requirements.content === '') throw noPackages();
  if (docker && !target.local) {
    if (requirements.lines().requirements.length === 0) throw noPackages();
    return bundleInDocker(scope, { settings: docker, runtime, architecture, requirements, files: new Map(), folder: 'python' });
  }
  const installed = installPackages(scope, { requirements, target });
  // Packages for Linux only may be none on the machine of a local run.
  if (installed.packages.length === 0 && !target.local) throw noPackages();
  if (!target.local) {
    for (const compatible of compatibleRuntimes) {
      const compatibleTarget = pythonTarget(scope, compatible, architecture);
      for (const installedPackage of installed.packages) requireTag(installedPackage, compatibleTarget);
    }
  }
  requireSize(scope, `the layer '${id}'`, installed.packages);
  return lambda.Code.fromAsset(installed.layerDirectory, { assetHashType: AssetHashType.CUSTOM, assetHash: installed.hash });
}
