import { join } from 'node:path';
import { environmentOfApp, readAssembly } from '../engine/assembly';
import { deployLocally } from '../engine/local-deployment';
import { DEFAULT_ENVIRONMENT, MiniStack, STATE_FOLDER } from '../engine/ministack';
import { cdkCommand, type DeploymentTarget, type DeployRequest } from './deployment-target';

/** Deploys into a MiniStack of the test's own. */
export async function deployToMiniStack(request: DeployRequest): Promise<DeploymentTarget> {
  const { stacks } = readAssembly(request.assemblyDirectory);
  const miniStack = await MiniStack.start({
    stateDirectory: join(request.directory, STATE_FOLDER),
    awsEnvironment: environmentOfApp(stacks, DEFAULT_ENVIRONMENT),
    log: request.log,
  });
  try {
    const environment = miniStack.environment();
    await deployLocally({ miniStack, cdk: cdkCommand(request, environment), stacks });
    // A test that forgets to clean up must still end.
    miniStack.unref();
    return { clientSettings: miniStack.clientSettings(), environment, remove: () => miniStack.stop() };
  } catch (error) {
    await miniStack.stop();
    throw error;
  }
}
