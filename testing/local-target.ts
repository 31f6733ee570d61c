import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOfApp, readAssembly } from '../engine/assembly';
import { useCliCredentials } from '../engine/cli-credentials';
import { deployLocally } from '../engine/local-deployment';
import { DEFAULT_ENVIRONMENT, MiniStack, STATE_FOLDER } from '../engine/ministack';
import { cdkCommand, type DeploymentTarget, type DeployRequest } from './deployment-target';

/** Deploys into a MiniStack of the test's own. */
export async function deployToMiniStack(request: DeployRequest): Promise<DeploymentTarget> {
  const { stacks } = readAssembly(request.assemblyDirectory);
  const assemblyDirectory = request.iam ? withCliCredentials(request) : request.assemblyDirectory;
  const miniStack = await MiniStack.start({
    stateDirectory: join(request.directory, STATE_FOLDER),
    awsEnvironment: environmentOfApp(stacks, DEFAULT_ENVIRONMENT),
    iam: request.iam,
    log: request.log,
  });
  try {
    const environment = miniStack.environment();
    await deployLocally({ miniStack, cdk: cdkCommand({ ...request, assemblyDirectory }, environment), stacks });
    // A test that forgets to clean up must still end.
    miniStack.unref();
    return { clientSettings: miniStack.clientSettings(), environment, remove: () => miniStack.stop() };
  } catch (error) {
    await miniStack.stop();
    throw error;
  }
}

/** A copy of the assembly for a MiniStack that enforces IAM policies: the assembly of an existing app may be deployed to AWS later. */
function withCliCredentials({ assemblyDirectory, folder }: DeployRequest): string {
  const copy = join(folder, 'cdk.out-iam');
  cpSync(assemblyDirectory, copy, { recursive: true });
  useCliCredentials(copy);
  return copy;
}
