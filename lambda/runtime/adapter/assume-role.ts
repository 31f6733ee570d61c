import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { clientSettings } from '../../shared/client-settings';
import type { AssumeRoleOptions } from './types';

/** Session name that CloudTrail records. */
const SESSION_NAME = 'katamari-adapter';

/** STS answers within a second. All calls of an adapter wait for its credentials. */
const LIMITS = { connectionMs: 3_000, silenceMs: 5_000 };

/** Gets credentials of a role. The SDK client that uses them caches them, and gets new ones before they expire. */
export async function assumeRole({ roleArn, externalId }: AssumeRoleOptions, region: string) {
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME, ExternalId: externalId });
  const { Credentials } = await new STSClient(clientSettings({ region }, LIMITS)).send(command);
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
    throw new Error(`STS returned no credentials for role '${roleArn}'`);
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    expiration: Credentials.Expiration,
  };
}
