import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ENV_SHELL_SECRET_ARN } from '../../lib/shell/constants';
import { requireEnv } from '../shared/env';
import type { Handler } from '../shared/handler';
import { shellWith } from './shell';

/** How long the secret is kept, in milliseconds: one that is rotated opens nothing after that. */
const SECRET_KEPT_MS = 60_000;

const secretArn = requireEnv(ENV_SHELL_SECRET_ARN);
let reading: { readonly secret: Promise<string>; readonly since: number } | undefined;

/** Puts the debug shell around a handler. Compiled in by the sources of a function that has `debugShell`. */
export function withShell(handler: Handler): Handler {
  return shellWith({ secret: readKept, sleep }, handler);
}

/** The secret, kept for a minute; one that can't be read is asked for again, and the one before is not used instead. */
function readKept(): Promise<string> {
  // The time of the day, as no other clock goes on while Lambda freezes the process; it may be set back, too.
  const now = Date.now();
  if (reading && Math.abs(now - reading.since) < SECRET_KEPT_MS) return reading.secret;
  const secret = readSecret().catch((error) => {
    reading = undefined;
    throw error;
  });
  reading = { secret, since: now };
  return secret;
}

async function readSecret(): Promise<string> {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return SecretString;
}
