import type { App, Stage } from 'aws-cdk-lib';
import type { DeployForTestOptions } from './options';
import type { TestDeployment } from './test-deployment';

/**
 * Deploys an app for a test with a real `cdk deploy`, into a MiniStack of its own or to AWS.
 *
 * ```ts
 * const deployment = await deployForTest((app) => new OrdersStack(app, 'Orders'));
 * expect(await deployment.function('Total').invoke({ prices: [1, 2] })).toBe(3);
 * await deployment.cleanUp();
 * ```
 *
 * Pass a function that builds the stacks. On AWS it builds them in a stage of its own, so that the names of the stacks begin with
 * `KatamariTest-` and random digits, and concurrent tests do not collide. An existing app only deploys into MiniStack, and must
 * have the context `katamari:local`: constructs read the context when they are created.
 *
 * A deploy takes about half a minute. Set the timeout of the hook that calls it to a few minutes.
 *
 * @param app function that builds the stacks in the app that it gets, or an existing app
 * @throws TestDeploymentError when the deploy fails; everything deployed until then is removed. Errors of the app itself are thrown
 * unchanged.
 */
export async function deployForTest<Built = unknown>(
  app: App | ((app: Stage) => Built | Promise<Built>),
  options: DeployForTestOptions = {},
): Promise<TestDeployment<Built>> {
  // Imported here, so that tests that only synthesize do not load the AWS clients.
  const { deploy } = await import('./deployment');
  return deploy(app, options);
}
