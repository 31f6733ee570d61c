import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stage } from 'aws-cdk-lib';
import { readCdkContext } from '../engine/cdk-json';
import { CONTEXT_LOCAL } from '../lib/context/constants';
import { deployToAws } from './aws-target';
import { readDeployedStacks } from './deployed-stack';
import { deploymentError } from './deployment-error';
import type { DeploymentTarget } from './deployment-target';
import { TestDeploymentError } from './errors';
import { deployToMiniStack } from './local-target';
import type { DeployForTestOptions, TestTarget } from './options';
import { TestDeployment } from './test-deployment';

/** Environment variable with the default target. */
const ENV_TARGET = 'KATAMARI_TEST_TARGET';

type AppOrBuild<Built> = App | ((app: Stage) => Built | Promise<Built>);

/** Deploys an app, and reads its deployed stacks. */
export async function deploy<Built>(app: AppOrBuild<Built>, options: DeployForTestOptions): Promise<TestDeployment<Built>> {
  const target = targetOf(options);
  const { directory = process.cwd(), log, iam } = options;
  const folder = mkdtempSync(join(tmpdir(), 'katamari-test-'));
  let deployed: DeploymentTarget | undefined;
  const cleanUp = async () => {
    try {
      await deployed?.remove();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    const { built, root, whole } = await build(app, target, directory, folder, options);
    const assemblyDirectory = whole.synth().directory;
    deployed = await (target === 'aws' ? deployToAws : deployToMiniStack)({ assemblyDirectory, directory, folder, log, iam });
    const stacks = await readDeployedStacks(root, deployed.clientSettings);
    return new TestDeployment<Built>({ ...deployed, target, built, root, assemblyDirectory, stacks, cleanUp });
  } catch (error) {
    await cleanUp();
    throw deploymentError(error);
  }
}

/** @throws TestDeploymentError when the target is neither 'local' nor 'aws' */
function targetOf({ target }: DeployForTestOptions): TestTarget {
  const value: string = target ?? (process.env[ENV_TARGET] || 'local');
  if (value === 'local' || value === 'aws') return value;
  throw new TestDeploymentError(
    `${target === undefined ? `the environment variable ${ENV_TARGET}` : 'target'} must be 'local' or 'aws', got: '${value}'`,
  );
}

/** An app that is built, but not synthesized. */
interface BuiltApp<Built> {
  readonly built: Built;
  /** The paths of functions and stacks begin below this stage. */
  readonly root: Stage;
  /** The app to synthesize. */
  readonly whole: App;
}

async function build<Built>(
  app: AppOrBuild<Built>,
  target: TestTarget,
  directory: string,
  folder: string,
  options: DeployForTestOptions,
): Promise<BuiltApp<Built>> {
  const context = { ...readCdkContext(directory), ...options.context };
  if (typeof app !== 'function') {
    requireLocal(app, target);
    return { built: app as Built, root: app, whole: app };
  }
  const whole = new App({
    outdir: join(folder, 'cdk.out'),
    context: target === 'local' ? { ...context, [CONTEXT_LOCAL]: 'true' } : context,
  });
  const root = target === 'local' ? whole : new Stage(whole, `KatamariTest-${randomBytes(4).toString('hex')}`);
  return { built: await app(root), root, whole };
}

/**
 * The stacks of an existing app have their own names: on AWS, a test would overwrite the deployed stacks of these names, and then
 * destroy them.
 *
 * @throws TestDeploymentError when the target is AWS, or the app has no context for MiniStack
 */
function requireLocal(app: App, target: TestTarget): void {
  const remedy = `Pass deployForTest a function that builds the stacks: (app) => new MyStack(app, 'My').`;
  if (target === 'aws') {
    throw new TestDeploymentError(
      `a test on AWS must build its stacks in a stage of its own, got: an existing app, whose stacks may be deployed already\n${remedy}`,
    );
  }
  if (app.node.tryGetContext(CONTEXT_LOCAL)) return;
  throw new TestDeploymentError(
    `an app for MiniStack must be created with the context '${CONTEXT_LOCAL}', got: an app without it\n${remedy}`,
  );
}
