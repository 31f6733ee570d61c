import { AssetHashType } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../../private/errors';
import type { PackageFiles } from '../files';
import { hashContent } from '../hash';
import { packageRoot } from '../package-root';
import { StagedPackages } from '../staged-packages';
import type { PythonDockerOptions } from './python-bundling';
import type { PythonRequirements } from './requirements';

const MODULE = '@aws-cdk/aws-lambda-python-alpha';

/** A build in Docker. */
interface DockerRequest {
  readonly settings: PythonDockerOptions;
  readonly runtime: lambda.Runtime;
  readonly architecture: lambda.Architecture;
  readonly requirements: PythonRequirements;
  /** Further files of the package. */
  readonly files: PackageFiles;
  /**
   * Folder within the package for the modules.
   *
   * @default - the top of the package
   */
  readonly folder?: string;
}

/** The used part of a class that the package has in a file of its own, and does not export. */
interface Bundling {
  bundle(options: Record<string, unknown>): lambda.Code;
}

/**
 * Installs packages in a container of the runtime's build image, as the CDK's own constructs for Python do.
 *
 * @throws ValidationError when the npm package with those constructs is not installed
 *
 * @internal
 */
export function bundleInDocker(scope: IConstruct, request: DockerRequest): lambda.Code {
  const { settings, runtime, architecture, requirements, folder } = request;
  const bundling = loadBundling(scope);
  const staged = new StagedPackages().stage(new Map([...request.files, ...requirementsFiles(requirements)]));
  const flags = { ...settings, image: settings.image?.image, runtime: runtime.name, architecture: architecture.name, folder };
  return bundling.bundle({
    ...settings,
    entry: staged.directory,
    runtime,
    architecture,
    outputPathSuffix: folder,
    assetHashType: AssetHashType.CUSTOM,
    assetHash: hashContent(JSON.stringify({ content: staged.hash, flags })),
  });
}

function requirementsFiles(requirements: PythonRequirements): [string, Uint8Array][] {
  const { requirements: lines, constraints, options } = requirements.lines();
  const file = (name: string, content: readonly string[]): [string, Uint8Array] => [name, Buffer.from(`${content.join('\n')}\n`)];
  return [
    file('requirements.txt', [...options, ...(constraints.length > 0 ? ['-c constraints.txt'] : []), ...lines]),
    ...(constraints.length > 0 ? [file('constraints.txt', constraints)] : []),
  ];
}

function loadBundling(scope: IConstruct): Bundling {
  try {
    const path = require.resolve(`${MODULE}/lib/bundling`, { paths: [packageRoot(process.cwd()), __dirname] });
    return require(path).Bundling;
  } catch (error) {
    throw new ValidationError(
      `building Python packages in Docker requires ${MODULE}; run 'npm install --save-dev ${MODULE}' (${(error as Error).message.split('\n')[0]})`,
      scope,
    );
  }
}
