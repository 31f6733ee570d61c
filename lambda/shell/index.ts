import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ENV_SHELL_SECRET_ARN } from '../../lib/function/constants';
import { requireEnv } from '../shared/env';
import type { Handler } from '../shared/handler';
import { shellWith } from './shell';

const secretArn = requireEnv(ENV_SHELL_SECRET_ARN);
let reading: Promise<string> | undefined;

/** Puts the debug shell around a handler. Compiled in by the sources of a function that has `debugShell`. */
export function withShell(handler: Handler): Handler {
  return shellWith({ secret: readOnce, sleep }, handler);
}

/** The secret, read at the first event for the shell; one that can't be read is asked for again. */
function readOnce(): Promise<string> {
  reading ??= readSecret().catch((error) => {
    reading = undefined;
    throw error;
  });
  return reading;
}

async function readSecret(): Promise<string> {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return SecretString;
}
