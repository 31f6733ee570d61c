import { CloudFormationClient, DeleteStackCommand, waitUntilStackDeleteComplete } from '@aws-sdk/client-cloudformation';
import { type AssemblyStack, environmentOfStack } from './assembly';
import type { CdkCommand } from './cdk';
import { sdkSettings } from './client-settings';
import { applyDroppedProperties } from './dropped-properties';
import { CommandError, reasonOf } from './errors';
import type { MiniStack } from './ministack';

/** What to deploy into a MiniStack, and how. */
export interface LocalDeployment {
  readonly miniStack: MiniStack;
  /** The CDK command on the assembly that has the stacks. */
  readonly cdk: CdkCommand;
  readonly stacks: readonly AssemblyStack[];
  /** The stacks of the deploy before this one, which are updated in place or deleted. @default - there was none */
  readonly previous?: readonly AssemblyStack[];
  /** Called before each step, with what it does. */
  readonly progress?: (text: string) => void;
}

/** Longest wait for the end of a stack, in seconds. */
const DELETE_TIMEOUT_S = 120;

/**
 * Deploys stacks into a MiniStack, and then sets the properties that its CloudFormation drops. Stacks that are deployed already
 * are updated in place: rows, messages and ids stay. Stacks of the previous deploy that the app no longer has are deleted.
 *
 * @throws CommandError with the resources that failed, and why; CloudFormation has then restored what was deployed before
 */
export async function deployLocally({ miniStack, cdk, stacks, previous = [], progress }: LocalDeployment): Promise<void> {
  const environmentsOf = (some: readonly AssemblyStack[]) =>
    some.map((stack) => Object.values(environmentOfStack(stack, miniStack.awsEnvironment)).join('/'));
  const bootstrapped = new Set(environmentsOf(previous));
  if (environmentsOf(stacks).some((environment) => !bootstrapped.has(environment)) || previous.length === 0) {
    progress?.('bootstrapping');
    await cdk.bootstrap();
  }
  progress?.(`deploying ${stacks.map(({ stackName }) => stackName).join(', ')}`);
  await cdk.deploy();
  const identityOf = (stack: AssemblyStack) => `${environmentsOf([stack])} ${stack.stackName}`;
  const kept = new Set(stacks.map(identityOf));
  await deleteStacks(
    previous.filter((stack) => !kept.has(identityOf(stack))),
    miniStack,
  );
  await applyDroppedProperties(stacks, miniStack.clientSettings(), miniStack.awsEnvironment, previous);
}

/** Deletes stacks, the last one first: a stack may use what earlier ones export. */
async function deleteStacks(stacks: readonly AssemblyStack[], miniStack: MiniStack): Promise<void> {
  for (const stack of [...stacks].reverse()) {
    const { region } = environmentOfStack(stack, miniStack.awsEnvironment);
    const client = new CloudFormationClient(sdkSettings({ ...miniStack.clientSettings(), region }));
    const StackName = stack.stackName;
    try {
      await client.send(new DeleteStackCommand({ StackName }));
      await waitUntilStackDeleteComplete({ client, maxWaitTime: DELETE_TIMEOUT_S, minDelay: 1, maxDelay: 2 }, { StackName });
    } catch (error) {
      throw new CommandError(
        `the stack '${StackName}', which the app no longer has, can't be deleted: ${reasonOf(error)}`,
        undefined,
        {
          cause: error,
        },
      );
    } finally {
      client.destroy();
    }
  }
}
