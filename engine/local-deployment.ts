import type { AssemblyStack } from './assembly';
import type { CdkCommand } from './cdk';
import { applyDroppedProperties } from './dropped-properties';
import type { MiniStack } from './ministack';

/** What to deploy into a MiniStack, and how. */
export interface LocalDeployment {
  readonly miniStack: MiniStack;
  /** The CDK command on the assembly that has the stacks. */
  readonly cdk: CdkCommand;
  readonly stacks: readonly AssemblyStack[];
  /** Whether the MiniStack was bootstrapped by an earlier deploy. @default false */
  readonly bootstrapped?: boolean;
  /** Called before each step, with what it does. */
  readonly progress?: (text: string) => void;
}

/**
 * Deploys stacks into a MiniStack, and then sets the properties that its CloudFormation drops.
 *
 * @throws CommandError with the resources that failed, and why
 */
export async function deployLocally({ miniStack, cdk, stacks, bootstrapped, progress }: LocalDeployment): Promise<void> {
  if (!bootstrapped) {
    progress?.('bootstrapping');
    await cdk.bootstrap();
  }
  progress?.(`deploying ${stacks.map(({ stackName }) => stackName).join(', ')}`);
  await cdk.deploy();
  await applyDroppedProperties(stacks, miniStack.clientSettings(), miniStack.awsEnvironment);
}
