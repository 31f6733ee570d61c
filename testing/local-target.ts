import { join } from 'node:path';
import { environmentOfApp, readAssembly } from '../engine/assembly';
import { applyDroppedProperties } from '../engine/dropped-properties';
import { DEFAULT_ENVIRONMENT, MiniStack } from '../engine/ministack';
import { cdkCommand, type DeploymentTarget, type DeployRequest } from './deployment-target';

/** Folder, in that of the app, for the virtual environment of MiniStack: the local run keeps its own there as well. */
const STATE_FOLDER = '.katamari';

/** Deploys into a MiniStack of the test's own. */
export async function deployLocally(request: DeployRequest): Promise<DeploymentTarget> {
  const { stacks } = readAssembly(request.assemblyDirectory);
  const miniStack = await MiniStack.start({
    stateDirectory: join(request.directory, STATE_FOLDER),
    awsEnvironment: environmentOfApp(stacks, DEFAULT_ENVIRONMENT),
    log: request.log,
  });
  try {
    const environment = miniStack.environment();
    const clientSettings = {
      endpoint: miniStack.endpoint,
      region: miniStack.awsEnvironment.region,
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID as string,
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY as string,
      },
    };
    const cdk = cdkCommand(request, environment);
    await cdk.bootstrap();
    await cdk.deploy();
    await applyDroppedProperties(stacks, clientSettings, miniStack.awsEnvironment);
    // A test that forgets to clean up must end nevertheless.
    miniStack.unref();
    return { clientSettings, environment, remove: () => miniStack.stop() };
  } catch (error) {
    await miniStack.stop();
    throw error;
  }
}
