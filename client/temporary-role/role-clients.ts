import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '../../lambda/shared/arn';
import { clientSettings } from '../../lambda/shared/client-settings';
import type { SdkClient } from '../../lambda/shared/sdk-client';
import { sdkConfig } from '../shared/aws-clients';
import { ClientCache } from '../shared/client-cache';
import { callAws } from '../shared/service-errors';
import type { FunctionClientOptions } from '../shared/types';

/** SDK clients of a temporary role. */
export interface RoleClients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
}

interface RoleClientOptions extends FunctionClientOptions {
  readonly iam?: SdkClient;
  readonly sts?: SdkClient;
}

const shared = new ClientCache((options: RoleClientOptions) => ({
  iam: (options.iam as IAMClient | undefined) ?? new IAMClient(clientSettings(sdkConfig(options))),
  sts: (options.sts as STSClient | undefined) ?? new STSClient(clientSettings(sdkConfig(options))),
}));

/** Calls with the same options share the clients and their connections. */
export function roleClients({ region, endpoint, credentials, iam, sts }: RoleClientOptions): RoleClients {
  return shared.of({ region, endpoint, credentials, iam, sts });
}

/** ARN of the caller, as STS reports it. */
export async function callerIdentity({ sts }: RoleClients): Promise<string> {
  const { Arn = '' } = await callAws({ description: 'read the identity of the caller' }, () =>
    sts.send(new GetCallerIdentityCommand({})),
  );
  return Arn;
}

/**
 * ARN of the caller for the principal of a policy. For an assumed role, this is the ARN of the role with its path, which the
 * ARN of the session does not contain.
 */
export async function callerPrincipal(clients: RoleClients): Promise<string> {
  const arn = await callerIdentity(clients);
  const { service, resource = '' } = parseArn(arn) ?? {};
  const [kind, RoleName] = resource.split('/');
  if (service !== 'sts' || kind !== 'assumed-role' || !RoleName) return arn;
  const { Role } = await callAws({ description: `read role '${RoleName}'` }, () =>
    clients.iam.send(new GetRoleCommand({ RoleName })),
  );
  return Role?.Arn ?? arn;
}
