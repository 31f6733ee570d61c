import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ValidationError } from '../private/errors';
import { hashContent, hashFile } from './hash';
import { packageRoot } from './package-root';

/**
 * The folder of a handler that was built with this package.
 *
 * @internal
 */
export function builtHandlerDirectory(name: string): string {
  const directory = join(packageRoot(__dirname), 'dist', 'lambda', name);
  if (!existsSync(directory)) {
    throw new ValidationError(
      `the built handler '${name}' is missing from this package: run 'npm run build', or install it again`,
    );
  }
  return directory;
}

/**
 * The code of a handler that was built with this package. Its asset hash is that of its content alone, so it is the same
 * on every machine.
 *
 * @internal
 */
export function handlerCode(name: string): lambda.Code {
  const directory = builtHandlerDirectory(name);
  return lambda.Code.fromAsset(directory, {
    assetHashType: AssetHashType.CUSTOM,
    // Hashed twice as for a list of files: another formula would deploy every handler again.
    assetHash: hashContent(hashFile(join(directory, 'index.js'))),
  });
}

/**
 * The folder of the Python package that runs inside Lambda, `katamari_runtime`.
 *
 * @internal
 */
export function pythonRuntimeDirectory(): string {
  const directory = join(packageRoot(__dirname), 'dist', 'python', 'katamari_runtime');
  if (!existsSync(directory)) {
    throw new ValidationError(
      "the Python runtime 'katamari_runtime' is missing from this package: run 'npm run build', or install it again",
    );
  }
  return directory;
}
