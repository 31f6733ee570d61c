import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stage } from 'aws-cdk-lib';
import { reasonOf } from '../engine/errors';
import { CONTEXT_LOCAL } from '../lib/context/constants';
import { deployToAws } from './aws-target';
import { readDeployedStacks } from './deployed-stack';
import { deploymentError } from './deployment-error';
import type { DeploymentTarget } from './deployment-target';
import { TestDeploymentError } from './errors';
import { deployLocally } from './local-target';
import type { DeployForTestOptions, TestTarget } from './options';
import { TestDeployment } from './test-deployment';

/** Environment variable that says where tests deploy that don't say it themselves. */
const ENV_TARGET = 'KATAMARI_TEST_TARGET';

type AppOrBuild<Built> = App | ((app: Stage) => Built | Promise<Built>);

/** Deploys an app, and reads what it has. */
export async function deploy<Built>(app: AppOrBuild<Built>, options: DeployForTestOptions): Promise<TestDeployment<Built>> {
  const target = targetOf(options);
  const { directory = process.cwd(), log } = options;
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
    deployed = await (target === 'aws' ? deployToAws : deployLocally)({ assemblyDirectory, directory, folder, log });
    const stacks = await readDeployedStacks(root, deployed.clientSettings);
    return new TestDeployment<Built>({ ...deployed, target, built, root, assemblyDirectory, stacks, cleanUp });
  } catch (error) {
    await cleanUp();
    throw deploymentError(error);
  }
}

/** @throws TestDeploymentError when it is neither 'local' nor 'aws' */
function targetOf({ target }: DeployForTestOptions): TestTarget {
  const said: string = target ?? (process.env[ENV_TARGET] || 'local');
  if (said === 'local' || said === 'aws') return said;
  throw new TestDeploymentError(
    `${target === undefined ? `the environment variable ${ENV_TARGET}` : 'target'} must be 'local' or 'aws', got: '${said}'`,
  );
}

/** What is built, and where. */
interface BuiltApp<Built> {
  readonly built: Built;
  /** What the paths of functions and stacks begin below. */
  readonly root: Stage;
  /** What is synthesized. */
  readonly whole: App;
}

async function build<Built>(
  app: AppOrBuild<Built>,
  target: TestTarget,
  directory: string,
  folder: string,
  options: DeployForTestOptions,
): Promise<BuiltApp<Built>> {
  const context = { ...contextOf(directory), ...options.context };
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
 * On AWS an app that is made already has the names of its own stacks: it would overwrite those that are deployed, and destroy them.
 *
 * @throws TestDeploymentError when the target is AWS, or the app is not made for MiniStack
 */
function requireLocal(app: App, target: TestTarget): void {
  const remedy = `Give deployForTest a function that builds the stacks: (app) => new MyStack(app, 'My').`;
  if (target === 'aws') {
    throw new TestDeploymentError(
      `what goes to AWS must be built below a stage of the test's own, got: an app that is made already, whose stacks may be deployed there\n${remedy}`,
    );
  }
  if (app.node.tryGetContext(CONTEXT_LOCAL)) return;
  throw new TestDeploymentError(
    `an app for MiniStack must be made with the context '${CONTEXT_LOCAL}', got: an app without it, whose constructs are made for AWS\n${remedy}`,
  );
}

/** The context in the app's cdk.json: its feature flags decide what a stack becomes. */
function contextOf(directory: string): Readonly<Record<string, unknown>> {
  const path = join(directory, 'cdk.json');
  if (!existsSync(path)) return {};
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { context?: Record<string, unknown> }).context ?? {};
  } catch (error) {
    throw new TestDeploymentError(`${path} must be JSON: ${reasonOf(error)}`, { cause: error });
  }
}
