import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ValidationError } from '../private/errors';
import { filesOf, isReadable } from './files';
import { hashContent, hashFile } from './hash';
import { packageRoot } from './package-root';
import { StagedPackages } from './staged-packages';

/**
 * Folder of a handler that was built with this library.
 *
 * @internal
 */
export function builtHandlerDirectory(name: string): string {
  const directory = join(packageRoot(__dirname), 'dist', 'lambda', name);
  if (!existsSync(directory)) {
    throw new ValidationError(
      `the built handler '${name}' is missing from cdk-katamari; run 'npm run build', or reinstall the package`,
    );
  }
  return directory;
}

/**
 * Code of a handler that was built with this library. Its asset hash depends only on its content, so that it is the same on every
 * machine.
 *
 * @internal
 */
export function handlerCode(name: string): lambda.Code {
  const built = builtHandlerDirectory(name);
  const files = filesOf(built);
  // npm installs packages with the modes that the umask of this machine allows.
  const directory = [...files.values()].every(isReadable) ? built : new StagedPackages().stage(files).directory;
  return lambda.Code.fromAsset(directory, {
    assetHashType: AssetHashType.CUSTOM,
    // Keep this hash formula: changing it redeploys every handler.
    assetHash: hashContent(hashFile(join(directory, 'index.js'))),
  });
}

/**
 * Folder of the Python package `katamari_runtime`, which runs inside Lambda.
 *
 * @internal
 */
export function pythonRuntimeDirectory(): string {
  const directory = join(packageRoot(__dirname), 'dist', 'python', 'katamari_runtime');
  if (!existsSync(directory)) {
    throw new ValidationError(
      "the Python package 'katamari_runtime' is missing from cdk-katamari; run 'npm run build', or reinstall the package",
    );
  }
  return directory;
}
