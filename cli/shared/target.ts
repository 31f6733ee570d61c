import { type ClientSettings, clientSettingsFrom } from '../../engine/client-settings';
import { CommandError } from '../../engine/errors';
import { DEFAULT_ENVIRONMENT, localEnvironment } from '../../engine/ministack';
import { LocalStateFile } from './local-state';

/** Where a command finds what is deployed: a local run or AWS. */
export interface Target {
  readonly kind: 'local' | 'aws';
  readonly settings: ClientSettings;
  /** Name for messages, such as `the local run on http://127.0.0.1:4566`. */
  readonly label: string;
}

export interface TargetOptions {
  readonly local?: boolean;
  readonly aws?: boolean;
}

/**
 * Finds the target: the local run if one is up, else AWS.
 *
 * @param directory working directory
 * @throws CommandError with `local` when no local run is up, or it is still starting
 */
export async function findTarget(options: TargetOptions, directory: string): Promise<Target> {
  if (options.local && options.aws) throw new CommandError('--local and --aws exclude each other, got: both');
  if (!options.aws) {
    const state = await LocalStateFile.findLive(directory);
    if (state?.endpoint) return localTarget(state.endpoint, state.region);
    if (options.local && state) {
      throw new CommandError(`the local run of this app is still starting (process ${state.pid})`, 'Try again in a few seconds.');
    }
    if (options.local) {
      throw new CommandError(
        `no local run found for ${directory}`,
        "Start one with 'katamari local' in the folder of the app, and leave it running.",
      );
    }
  }
  return { kind: 'aws', settings: {}, label: 'AWS' };
}

/** The local run at an endpoint. */
export function localTarget(endpoint: string, region: string = DEFAULT_ENVIRONMENT.region): Target {
  const settings = clientSettingsFrom(localEnvironment(endpoint, { ...DEFAULT_ENVIRONMENT, region }));
  return { kind: 'local', settings, label: `the local run on ${endpoint}` };
}
