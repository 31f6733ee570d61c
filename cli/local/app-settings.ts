import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError, reasonOf } from '../../engine/errors';

/** Context value of cdk.json that names a folder to serve while the local run is up. */
export const CONTEXT_SERVE = 'katamari:serve';
/** Context value that the local run gives to the app: the address of that folder. */
export const CONTEXT_SERVED = 'katamari:served';

/**
 * The folder to serve, from cdk.json.
 *
 * @throws CommandError when cdk.json is no JSON, or the value is no text
 */
export function servedFolder(directory: string): string | undefined {
  let settings: { readonly context?: Readonly<Record<string, unknown>> };
  try {
    settings = JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8'));
  } catch (error) {
    throw new CommandError(`cdk.json in ${directory} must be JSON: ${reasonOf(error)}`, undefined, { cause: error });
  }
  const folder = settings.context?.[CONTEXT_SERVE];
  if (folder === undefined) return undefined;
  if (typeof folder !== 'string') {
    throw new CommandError(`context '${CONTEXT_SERVE}' of cdk.json must be the path of a folder, got: ${JSON.stringify(folder)}`);
  }
  return resolve(directory, folder);
}
