import { LambdaClient } from '@aws-sdk/client-lambda';
import type { AdapterSettings } from './settings';
import type { AssumeRoleOptions } from './types';

/** The name that a session of an assumed role has in the log of CloudTrail. */
const SESSION_NAME = 'katamari-adapter';

const shared = new Map<string, LambdaClient>();

/** A client for invocations. Adapters that agree on how to reach Lambda share it, and its connections. */
export function lambdaClientOf(settings: AdapterSettings): LambdaClient {
  const { region, endpoint, connectionTimeoutMs, maxSockets, assumeRole } = settings;
  const key = JSON.stringify([region, endpoint, connectionTimeoutMs, maxSockets, assumeRole]);
  let client = shared.get(key);
  if (!client) {
    client = new LambdaClient({
      region,
      ...(endpoint && { endpoint }),
      ...(assumeRole && { credentials: () => assume(assumeRole, region) }),
      // The adapter tries again itself, within its bounds: tries of both would multiply.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: connectionTimeoutMs,
        httpAgent: { keepAlive: true, maxSockets },
        httpsAgent: { keepAlive: true, maxSockets },
      },
    });
    shared.set(key, client);
  }
  return client;
}

/** Credentials of a role. The SDK keeps them, and asks again before they end. */
async function assume({ roleArn, externalId }: AssumeRoleOptions, region: string) {
  // Loaded where a role is assumed: few do.
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME, ExternalId: externalId });
  const { Credentials } = await new STSClient({ region }).send(command);
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) throw new Error(`STS gave no credentials of role '${roleArn}'`);
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    expiration: Credentials.Expiration,
  };
}
