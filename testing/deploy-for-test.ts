import type { App, Stage } from 'aws-cdk-lib';
import type { DeployForTestOptions } from './options';
import type { TestDeployment } from './test-deployment';

/**
 * Deploys an app for a test, into a MiniStack of its own or to AWS, by a real `cdk deploy`.
 *
 * ```ts
 * const deployment = await deployForTest((app) => new OrdersStack(app, 'Orders'));
 * expect(await deployment.function('Total').invoke({ prices: [1, 2] })).toBe(3);
 * await deployment.cleanUp();
 * ```
 *
 * Give a function that builds the stacks rather than an app: constructs look at the context when they are made, so that an
 * app of `new App()` is made for AWS by the time that it comes here; and where the target is AWS, an app is refused. There what the function builds is below a stage of
 * its own, so that the names of its stacks begin with `KatamariTest-` and some digits: tests that go at once don't meet.
 *
 * It takes half a minute or so: give the hook that calls it a timeout of a few minutes.
 *
 * @param app builds the stacks in the app that it is given; or an app with the context `katamari:local`, for MiniStack alone
 * @throws TestDeploymentError when it can't be deployed; what was deployed till then is taken away. What the app throws comes as
 * it is.
 */
export async function deployForTest<Built = unknown>(
  app: App | ((app: Stage) => Built | Promise<Built>),
  options: DeployForTestOptions = {},
): Promise<TestDeployment<Built>> {
  // A test that only synthesizes need not wait until the clients of AWS are loaded.
  const { deploy } = await import('./deployment');
  return deploy(app, options);
}
