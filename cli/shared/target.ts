import { setTimeout } from 'node:timers/promises';
import { type ClientSettings, clientSettingsFrom } from '../../engine/client-settings';
import { CommandError } from '../../engine/errors';
import { DEFAULT_ENVIRONMENT, isHealthy, localEnvironment } from '../../engine/ministack';
import { LocalStateFile } from './local-state';
import { note } from './output';

/** Where a command finds what is deployed: a local run or AWS. */
export interface Target {
  readonly kind: 'local' | 'aws';
  readonly settings: ClientSettings;
  /** Name for messages, such as `the local run on http://127.0.0.1:4566`. */
  readonly label: string;
  /** Whether the person chose AWS with `--aws`. */
  readonly chosen?: boolean;
}

export interface TargetOptions {
  readonly local?: boolean;
  readonly aws?: boolean;
}

/** Longest wait for a local run that starts, is busy or stops. */
const LONGEST_WAIT_MS = 60_000;
/** A wait that is shorter is not shown. */
const QUIET_MS = 1_000;
const INTERVAL_MS = 250;

/**
 * Finds the target: the local run if its process runs, else AWS. Waits for a local run that does not answer yet: the command must
 * not go to AWS because the local run is starting or busy.
 *
 * @param directory working directory
 * @throws CommandError with `local` when no local run is up; when a local run does not answer in time, or ends meanwhile
 */
export async function findTarget(
  options: TargetOptions,
  directory: string,
  { signal, longestWaitMs = LONGEST_WAIT_MS }: { readonly signal?: AbortSignal; readonly longestWaitMs?: number } = {},
): Promise<Target> {
  if (options.local && options.aws) throw new CommandError('--local and --aws exclude each other, got: both');
  if (options.aws) return { kind: 'aws', settings: {}, label: 'AWS', chosen: true };
  if (LocalStateFile.findLive(directory)) return waitForLocalRun(directory, longestWaitMs, signal);
  if (!options.local) return { kind: 'aws', settings: {}, label: 'AWS' };
  throw new CommandError(
    `no local run found for ${directory}`,
    "Start one with 'npx cdk-katamari local' in the folder of the app, and leave it running.",
  );
}

async function waitForLocalRun(directory: string, longestWaitMs: number, signal?: AbortSignal): Promise<Target> {
  const started = Date.now();
  for (let said = false; ; ) {
    const state = LocalStateFile.findLive(directory);
    if (!state) {
      throw new CommandError(
        'the local run of this app ended during the command',
        'Run the command again, or pass --aws to use AWS.',
      );
    }
    if (state.endpoint && (await isHealthy(state.endpoint))) return localTarget(state.endpoint, state.region);
    signal?.throwIfAborted();
    const waitedMs = Date.now() - started;
    const what = state.endpoint ? `on ${state.endpoint} does not answer` : 'of this app is starting or stopping';
    if (waitedMs >= longestWaitMs) {
      throw new CommandError(
        `the local run ${what} (process ${state.pid}), after ${Math.round(waitedMs / 1_000)} seconds`,
        'Try again when it is up, stop it with Ctrl-C in its terminal, or pass --aws to use AWS.',
      );
    }
    if (!said && waitedMs >= QUIET_MS) {
      note(`the local run ${what}; waiting …`);
      said = true;
    }
    await setTimeout(INTERVAL_MS);
  }
}

/** The local run at an endpoint. */
export function localTarget(endpoint: string, region: string = DEFAULT_ENVIRONMENT.region): Target {
  const settings = clientSettingsFrom(localEnvironment(endpoint, { ...DEFAULT_ENVIRONMENT, region }));
  return { kind: 'local', settings, label: `the local run on ${endpoint}` };
}
