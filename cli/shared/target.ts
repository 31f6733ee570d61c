import { FunctionClientError } from '../../client';
import type { ClientSettings } from '../../engine/client-settings';
import { CommandError, reasonOf } from '../../engine/errors';
import { DEFAULT_ENVIRONMENT, localEnvironment } from '../../engine/ministack';
import { LocalStateFile } from './local-state';

/** Where a command looks for what is deployed. */
export interface Target {
  readonly kind: 'local' | 'aws';
  readonly settings: ClientSettings;
  /** For messages, such as `the local run on http://127.0.0.1:4566`. */
  readonly label: string;
}

/** What the user says of it. */
export interface TargetOptions {
  readonly local?: boolean;
  readonly aws?: boolean;
}

/**
 * The local run where one is up, else AWS.
 *
 * @param directory working directory
 * @throws CommandError when both are asked for, or a local run that is not up
 */
export async function findTarget(options: TargetOptions, directory: string): Promise<Target> {
  if (options.local && options.aws) throw new CommandError('a command works on --local or on --aws, got: both');
  if (!options.aws) {
    const state = await LocalStateFile.findLive(directory);
    if (state?.endpoint) return localTarget(state.endpoint, state.region);
    if (options.local && state) {
      throw new CommandError(`the local run of this app is still starting (process ${state.pid})`, 'Try again in a few seconds.');
    }
    if (options.local) {
      throw new CommandError(
        `no local run is up in ${directory}`,
        "Start one with 'katamari local' in the folder of the app, and leave it running.",
      );
    }
  }
  return { kind: 'aws', settings: {}, label: 'AWS' };
}

export function localTarget(endpoint: string, region: string = DEFAULT_ENVIRONMENT.region): Target {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = localEnvironment(endpoint);
  return {
    kind: 'local',
    settings: {
      endpoint,
      region,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID as string, secretAccessKey: AWS_SECRET_ACCESS_KEY as string },
    },
    label: `the local run on ${endpoint}`,
  };
}

const CREDENTIALS =
  /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|TokenProviderError)/;
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH/;

/** An error of AWS in words that say what to do; any other error as it is. */
export function explainAwsError(error: unknown, target: Target): unknown {
  if (error instanceof FunctionClientError) return explainClientError(error, target);
  const { name = '', message = '', code = '' } = error as { name?: string; message?: string; code?: string };
  const orLocal = "or start the app on this machine with 'katamari local'";
  if (CREDENTIALS.test(name)) {
    return new CommandError(
      `no local run is up, and AWS took no credentials: ${reasonOf(error)}`,
      `Sign in to AWS (aws sso login, or AWS_PROFILE), ${orLocal}.`,
      { cause: error },
    );
  }
  if (/^Region is missing/.test(message)) {
    return new CommandError(
      'no local run is up, and no region of AWS is set',
      `Set AWS_REGION, or a profile that has one with AWS_PROFILE, ${orLocal}.`,
      { cause: error },
    );
  }
  if (/^AccessDenied/.test(name)) {
    return new CommandError(`AWS denied access: ${reasonOf(error)}`, undefined, { cause: error });
  }
  if (UNREACHABLE.test(`${code} ${message}`) || name === 'TimeoutError') {
    return new CommandError(`${target.label} does not answer: ${reasonOf(error)}`, undefined, { cause: error });
  }
  return error;
}

/** What is of the connection is explained as it is for every command; the rest has a remedy of its own. */
function explainClientError(error: FunctionClientError, target: Target): unknown {
  const explained = error.cause === undefined ? undefined : explainAwsError(error.cause, target);
  if (explained instanceof CommandError && !/^AWS denied access/.test(explained.message)) return explained;
  return new CommandError(error.message, error.remedy, { cause: error });
}
