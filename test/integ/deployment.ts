import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { App, type Stack } from 'aws-cdk-lib';
import { CdkCommand } from '../../engine/cdk';
import { MiniStack } from '../../engine/ministack';
import { ENV_FUNCTION } from '../../lib/runs/constants';

/** Keeps the virtual environment of MiniStack between test runs. The local run of the demo uses the same folder. */
const STATE_DIRECTORY = join(process.cwd(), '.katamari');

/** A deployed function. */
interface DeployedFunction {
  readonly functionName: string;
  readonly environment: Record<string, string>;
}

/**
 * A stack in its own MiniStack that can be deployed more than once. It is deployed by CloudFormation only, without the settings that
 * `deployForTest` adds.
 */
export class Deployment {
  /** Deploys the stack that `build` creates. */
  public static async of(build: (app: App) => Stack): Promise<Deployment> {
    const miniStack = await MiniStack.start({ stateDirectory: STATE_DIRECTORY });
    const directory = mkdtempSync(join(tmpdir(), 'katamari-integ-'));
    try {
      writeFileSync(join(directory, 'cdk.json'), '{}');
      const output = synthesize(directory, build);
      const cdk = new CdkCommand({ directory, environment: miniStack.environment(), output });
      await cdk.bootstrap();
      await cdk.deploy();
      const deployment = new Deployment(miniStack, directory, output);
      await deployment.readFunctions();
      return deployment;
    } catch (error) {
      await miniStack.stop();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Settings for an SDK client. */
  public readonly client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  private readonly lambda: LambdaClient;
  private functions: DeployedFunction[] = [];

  private constructor(
    public readonly miniStack: MiniStack,
    private readonly directory: string,
    /** Folder of the synthesized assembly. */
    public readonly output: string,
  ) {
    this.client = {
      endpoint: miniStack.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.lambda = new LambdaClient(this.client);
  }

  /** Updates the deployed stack with the one that `build` creates. */
  public async deployAgain(build: (app: App) => Stack): Promise<void> {
    const output = synthesize(this.directory, build);
    await new CdkCommand({ directory: this.directory, environment: this.miniStack.environment(), output }).deploy();
    await this.readFunctions();
  }

  /** Finds a function by its name within its group. If several groups have it, `part` is a part of its deployed name. */
  public find(name: string, part = ''): DeployedFunction {
    const found = this.functions.find((fn) => fn.environment[ENV_FUNCTION] === name && fn.functionName.includes(part));
    if (!found)
      throw new Error(`function '${name}' not found; available: ${this.functions.map((fn) => fn.functionName).join(', ')}`);
    return found;
  }

  public async stop(): Promise<void> {
    this.lambda.destroy();
    await this.miniStack.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async readFunctions(): Promise<void> {
    const { Functions = [] } = await this.lambda.send(new ListFunctionsCommand({ MaxItems: 1000 }));
    this.functions = Functions.map((fn) => ({
      functionName: fn.FunctionName as string,
      environment: fn.Environment?.Variables ?? {},
    }));
  }
}

function synthesize(directory: string, build: (app: App) => Stack): string {
  const output = join(directory, 'cdk.out');
  const app = new App({ outdir: output, context: { 'katamari:local': 'true' } });
  build(app);
  app.synth();
  return output;
}
