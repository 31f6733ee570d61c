import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ENV_SHELL_SECRET_ARN } from '../../lib/shell/constants';
import { clientSettings } from '../shared/client-settings';
import { requireEnv } from '../shared/env';
import type { Handler } from '../shared/handler';
import { shellWith } from './shell';

/** How long the secret is cached, in milliseconds. After a rotation the old secret is valid for this time. */
const SECRET_CACHE_MS = 60_000;

const secretArn = requireEnv(ENV_SHELL_SECRET_ARN);
let reading: { readonly secret: Promise<string>; readonly since: number } | undefined;

/** Wraps a handler in the debug shell. The sources of a function with `debugShell` compile the call into the bundle. */
export function withShell(handler: Handler): Handler {
  return shellWith({ secret: readCached, sleep }, handler);
}

/** Reads the secret once a minute. After an error it is read again, and the old secret is not used. */
function readCached(): Promise<string> {
  // The wall clock, because a monotonic one stops while Lambda freezes the process. It may be set back.
  const now = Date.now();
  if (reading && Math.abs(now - reading.since) < SECRET_CACHE_MS) return reading.secret;
  const secret = readSecret().catch((error) => {
    reading = undefined;
    throw error;
  });
  reading = { secret, since: now };
  return secret;
}

async function readSecret(): Promise<string> {
  const client = new SecretsManagerClient(clientSettings({ maxAttempts: 3 }));
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return SecretString;
}
