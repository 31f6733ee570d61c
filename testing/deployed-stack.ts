import { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CfnResource, type NestedStack, Stack, type Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type ClientSettings, sdkSettings } from '../engine/client-settings';
import { ENV_FUNCTION } from '../lib/runs/constants';

/** A function in the app, and its deployed name. */
export interface DeployedFunction {
  /** Path of its construct, below the app. */
  readonly path: string;
  /** Name within its group; undefined outside a group. */
  readonly name?: string;
  /** Deployed name. */
  readonly functionName: string;
  readonly region: string;
}

/** A deployed stack. */
export interface DeployedStack {
  /** Path of its construct, below the app. */
  readonly path: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly functions: readonly DeployedFunction[];
}

/**
 * Reads the deployed stacks of an app.
 *
 * @param root the app, or the stage that the test deploys
 * @param settings settings for SDK clients; a stack that names a region is read in that region
 */
export async function readDeployedStacks(root: Stage, settings: ClientSettings & { region: string }): Promise<DeployedStack[]> {
  const stacks = root.node.findAll().filter((node): node is Stack => Stack.isStack(node) && !node.nestedStackParent);
  return Promise.all(stacks.map((stack) => readStack(root, stack, settings)));
}

async function readStack(root: Stage, stack: Stack, settings: ClientSettings & { region: string }): Promise<DeployedStack> {
  const region = Token.isUnresolved(stack.region) ? settings.region : stack.region;
  const client = new CloudFormationClient(sdkSettings({ ...settings, region }));
  try {
    const { Stacks: [described] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack.stackName }));
    const outputs = (described?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
    return {
      path: pathBelow(root, stack),
      outputs: Object.fromEntries(outputs),
      functions: await functionsOf(root, stack, stack.stackName, client, region),
    };
  } finally {
    client.destroy();
  }
}

/** The functions of a stack and its nested stacks. */
async function functionsOf(
  root: Stage,
  stack: Stack,
  stackName: string,
  client: CloudFormationClient,
  region: string,
): Promise<DeployedFunction[]> {
  const own = stack.node.findAll().filter((node): node is CfnResource => CfnResource.isCfnResource(node) && node.stack === stack);
  const nested = stack.node
    .findAll()
    .filter((node): node is NestedStack => Stack.isStack(node) && node.nestedStackParent === stack);
  const physicalIds = await physicalIdsOf(stackName, client);
  const idOf = (resource: CfnResource) => physicalIds.get(String(stack.resolve(resource.logicalId)));
  const functions: DeployedFunction[] = own
    .filter(({ cfnResourceType }) => cfnResourceType === 'AWS::Lambda::Function')
    // A function whose condition is false is not deployed.
    .flatMap((resource) => {
      const functionName = idOf(resource);
      return functionName ? [{ path: pathBelow(root, resource), name: groupNameOf(resource), functionName, region }] : [];
    });
  for (const child of nested) {
    const childName = child.nestedStackResource && idOf(child.nestedStackResource as CfnResource);
    if (childName) functions.push(...(await functionsOf(root, child, childName, client, region)));
  }
  return functions;
}

async function physicalIdsOf(StackName: string, client: CloudFormationClient): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { LogicalResourceId, PhysicalResourceId } of StackResourceSummaries) {
      if (LogicalResourceId && PhysicalResourceId) found.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return found;
}

/** Path of a construct below `root`, without the `Resource` at its end that a CDK construct gives to its primary resource. */
export function pathBelow(root: IConstruct, node: IConstruct): string {
  const above = root.node.path === '' ? 0 : root.node.path.length + 1;
  return node.node.path.slice(above).replace(/\/Resource$/, '');
}

function groupNameOf(resource: CfnResource): string | undefined {
  const { environment } = resource as unknown as { environment?: unknown };
  const { variables } = (resource.stack.resolve(environment) ?? {}) as { variables?: Record<string, unknown> };
  const name = variables?.[ENV_FUNCTION];
  return typeof name === 'string' ? name : undefined;
}
