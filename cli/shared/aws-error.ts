import { FunctionClientError } from '../../client';
import { CommandError, reasonOf } from '../../engine/errors';
import type { Target } from './target';

const CREDENTIALS =
  /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|TokenProviderError)/;
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH/;

/** Turns an error of AWS into one that says what to do. Other errors are returned unchanged. */
export function explainAwsError(error: unknown, target: Target): unknown {
  if (error instanceof FunctionClientError) return explainClientError(error, target);
  const { name = '', message = '', code = '' } = error as { name?: string; message?: string; code?: string };
  const orLocal = "or start the app on this machine with 'npx cdk-katamari local'";
  if (CREDENTIALS.test(name)) {
    return new CommandError(
      `no local run found, and no valid AWS credentials: ${reasonOf(error)}`,
      `Sign in to AWS (aws sso login, or AWS_PROFILE), ${orLocal}.`,
      { cause: error },
    );
  }
  if (/^Region is missing/.test(message)) {
    return new CommandError(
      'no local run found, and no AWS region set',
      `Set AWS_REGION, or set AWS_PROFILE to a profile with a region, ${orLocal}.`,
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

/** Connection errors are explained as for every command. Other errors of a client have a remedy of their own. */
function explainClientError(error: FunctionClientError, target: Target): unknown {
  const explained = error.cause === undefined ? undefined : explainAwsError(error.cause, target);
  if (explained instanceof CommandError && !/^AWS denied access/.test(explained.message)) return explained;
  return new CommandError(error.message, error.remedy, { cause: error });
}
