import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AssumeRoleOptions } from './types';

/** The name that a session of an assumed role has in the log of CloudTrail. */
const SESSION_NAME = 'katamari-adapter';

/** Credentials of a role. A client of the SDK keeps them, and asks again before they end. */
export async function assumeRole({ roleArn, externalId }: AssumeRoleOptions, region: string) {
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
