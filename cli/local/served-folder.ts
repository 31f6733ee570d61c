import { resolve } from 'node:path';
import { readCdkContext } from '../../engine/cdk-json';
import { CommandError } from '../../engine/errors';

/** Context value in cdk.json with the folder that the local run serves. */
const CONTEXT_SERVE = 'katamari:serve';
/** Context value with the address of that folder, which the local run passes to the app. */
export const CONTEXT_SERVED = 'katamari:served';

/**
 * The folder to serve, from the app's cdk.json.
 *
 * @throws CommandError when cdk.json is not JSON, or the value is not a string
 */
export function servedFolder(directory: string): string | undefined {
  const folder = readCdkContext(directory)[CONTEXT_SERVE];
  if (folder === undefined) return undefined;
  if (typeof folder !== 'string') {
    throw new CommandError(
      `context value '${CONTEXT_SERVE}' of cdk.json must be the path of a folder, got: ${JSON.stringify(folder)}`,
    );
  }
  return resolve(directory, folder);
}
