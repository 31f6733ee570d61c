import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readAssembly } from '../engine/assembly';
import type { CdkCommand } from '../engine/cdk';
import { sdkSettings } from '../engine/client-settings';
import { reasonOf } from '../engine/errors';
import { deploymentError } from './deployment-error';
import { cdkCommand, type DeploymentTarget, type DeployRequest } from './deployment-target';
import { TestDeploymentError } from './errors';

/**
 * Deploys to the AWS account and region of the credentials that the SDK finds. When the deploy fails, its stacks are destroyed.
 *
 * @throws TestDeploymentError without credentials or region; with the names of the stacks when destroying them fails
 */
export async function deployToAws(request: DeployRequest): Promise<DeploymentTarget> {
  const { account, region } = await awsIdentity();
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && name.startsWith('AWS_'));
  const environment: Record<string, string> = {
    ...(Object.fromEntries(own) as Record<string, string>),
    AWS_REGION: region,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
  };
  const cdk = cdkCommand(request, environment);
  const remove = () => destroyOnAws(cdk, request.assemblyDirectory, account);
  try {
    await cdk.deploy();
  } catch (error) {
    await remove().catch((remaining: Error) => {
      throw deploymentError(error, remaining.message);
    });
    throw error;
  }
  return { clientSettings: { region }, environment, remove };
}

async function destroyOnAws(cdk: CdkCommand, assemblyDirectory: string, account: string): Promise<void> {
  try {
    await cdk.destroy();
  } catch (error) {
    const names = readAssembly(assemblyDirectory).stacks.map(({ stackName }) => stackName);
    throw deploymentError(error, `Delete these stacks yourself in account ${account}: ${names.join(', ')}`);
  }
}

/** @throws TestDeploymentError when the SDK finds no credentials or no region */
async function awsIdentity(): Promise<{ account: string; region: string }> {
  const client = new STSClient(sdkSettings({}));
  try {
    const region = await client.config.region();
    const { Account = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { account: Account, region };
  } catch (error) {
    throw new TestDeploymentError(
      `target 'aws' requires AWS credentials and a region: ${reasonOf(error)}\nSign in (aws sso login, or AWS_PROFILE) and set AWS_REGION, or leave the target out to deploy into MiniStack.`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}
