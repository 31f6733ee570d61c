import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { formatValue, locateErrors, ValidationError } from '../../private/errors';
import { isDirectory, type PackageFiles } from '../files';
import { hashContent } from '../hash';
import { packageRoot } from '../package-root';
import { StagedPackages } from '../staged-packages';
import { sourceFiles } from './local-source';
import type { PythonDockerOptions } from './python-bundling';
import { isHashed, type RequirementLines, type SourcePackage } from './requirement-lines';
import type { PythonRequirements } from './requirements';

const MODULE = '@aws-cdk/aws-lambda-python-alpha';
/** Folder of local packages in the container. */
const SOURCES = 'katamari-sources';

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
  const lines = locateErrors(scope, () => linesForPip(requirements));
  const sources = stagedSources(lines.sources ?? []);
  const staged = new StagedPackages().stage(new Map([...request.files, ...requirementsFiles(lines), ...sources.files]));
  const flags = { ...settings, image: settings.image?.image, runtime: runtime.name, architecture: architecture.name, folder };
  return bundling.bundle({
    ...settings,
    entry: staged.directory,
    runtime,
    architecture,
    outputPathSuffix: folder,
    ...(sources.places.length > 0 && { commandHooks: installHooks(sources.places) }),
    assetHashType: AssetHashType.CUSTOM,
    assetHash: hashContent(
      JSON.stringify({ content: staged.hash, flags, ...(sources.places.length > 0 && { sources: sources.places }) }),
    ),
  });
}

/** Lines for one run of pip, which has the same indexes for all packages. */
function linesForPip(requirements: PythonRequirements): RequirementLines {
  const lines = requirements.lines();
  const bound = lines.bound ?? [];
  const places = bound.map(({ index: { url, flat } }) => (flat ? `--find-links ${url}` : `--extra-index-url ${url}`));
  const all = [...lines.requirements, ...bound.flatMap((group) => group.requirements)];
  // Without a hash, pip would take a package of that name from any index.
  const missing = bound.flatMap((group) => group.requirements).find((line) => !isHashed(line));
  if (missing !== undefined) {
    throw new ValidationError(
      `a package that must come from one index must have a hash to be installed in Docker, got: ${formatValue(missing)} in ${requirements.origin}; use PythonBundling.wheels()`,
    );
  }
  const isLocal = (line: string) => / @ file:/.test(line);
  return {
    ...lines,
    requirements: all.filter((line) => !isLocal(line)),
    options: [...lines.options, ...new Set(places)],
    sources: [...(lines.sources ?? []), ...all.filter(isLocal).map(localWheel)],
  };
}

function localWheel(line: string): SourcePackage {
  const [, name = '', url = ''] = /^(\S+) @ (file:\S+)/.exec(line) ?? [];
  return { name, path: fileURLToPath(url) };
}

function requirementsFiles({
  requirements,
  constraints,
  options,
  prerelease,
  requireHashes,
}: RequirementLines): [string, Uint8Array][] {
  const file = (name: string, content: readonly string[]): [string, Uint8Array] => [name, Buffer.from(`${content.join('\n')}\n`)];
  const flags = [...(prerelease ? ['--pre'] : []), ...(requireHashes ? ['--require-hashes'] : [])];
  const limits = constraints.length > 0 ? ['-c constraints.txt'] : [];
  return [
    file('requirements.txt', [...options, ...flags, ...limits, ...requirements]),
    ...(constraints.length > 0 ? [file('constraints.txt', constraints)] : []),
  ];
}

/** Files of local packages for the container, and what pip is given to install each package. */
function stagedSources(sources: readonly SourcePackage[]): { readonly files: Map<string, string>; readonly places: string[] } {
  const files = new Map<string, string>();
  const places = sources.map(({ path, git }, number) => {
    if (git) return `git+${git.url}@${git.commit}${git.subdirectory ? `#subdirectory=${git.subdirectory}` : ''}`;
    const folder = posix.join(SOURCES, String(number));
    const source = path as string;
    if (!isDirectory(source)) {
      files.set(posix.join(folder, basename(source)), source);
      return `./${folder}/${basename(source)}`;
    }
    for (const name of sourceFiles(source)) files.set(posix.join(folder, name), join(source, name));
    return `./${folder}`;
  });
  return { files, places };
}

/** Commands that install packages from their source. pip cannot check hashes of the others in the same run. */
function installHooks(places: readonly string[]): {
  beforeBundling(): string[];
  afterBundling(from: string, to: string): string[];
} {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return {
    beforeBundling: () => [],
    afterBundling: (_, to) => [
      `python -m pip install --no-deps --target ${quoted(to)} ${places.map(quoted).join(' ')}`,
      `rm -rf ${quoted(`${to}/${SOURCES}`)}`,
    ],
  };
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
