import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, NestedStack, Stack, type Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FunctionFailedError } from '../../client';
import { CdkCommand } from '../../engine/cdk';
import { MiniStack, withoutAws } from '../../engine/ministack';
import { isListening } from '../../engine/ports';
import { runProcess } from '../../engine/run-process';
import { FunctionGroup, ManagedFunction, Overlap, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';

const DEPLOY_MS = 180_000;
const count = Source.typescript('test/testing/handlers/count-words.ts');
const plain = (answer: number) => ({
  code: lambda.Code.fromInline(`exports.handler = async () => ${answer};`),
  handler: 'index.handler',
  runtime: lambda.Runtime.NODEJS_22_X,
});

class OrdersStack extends Stack {
  public readonly queue = new sqs.Queue(this, 'Queue');
  public readonly count: ManagedFunction;

  public constructor(app: Stage) {
    super(app, 'Orders');
    const jobs = new FunctionGroup(this, 'Jobs');
    this.count = jobs.addFunction('Count', { source: count, overlap: Overlap.queue(1) });
    jobs.addFunction('CountInPython', { source: Source.python('test/testing/python', { handler: 'words.count' }) });
    jobs.addFunction('Fail', { source: Source.typescript('test/testing/handlers/fail.ts'), name: 'fail-it' });
    new ManagedFunction(this, 'Alone', { source: count });
    new lambda.Function(new NestedStack(this, 'Nested'), 'Inner', plain(42));
    new CfnOutput(this, 'QueueUrl', { value: this.queue.queueUrl });
    new CfnOutput(this, 'Stage', { value: 'orders' });
  }
}

class OtherStack extends Stack {
  public constructor(app: Stage) {
    super(app, 'Other');
    new lambda.Function(this, 'Count', plain(7));
    new CfnOutput(this, 'Stage', { value: 'other' });
  }
}

describe('into a MiniStack of its own', () => {
  let deployment: TestDeployment<OrdersStack>;

  beforeAll(async () => {
    deployment = await deployForTest((app) => {
      new OtherStack(app);
      return new OrdersStack(app);
    });
  }, DEPLOY_MS);
  afterAll(() => deployment?.cleanUp());

  test.each([['Jobs/Count'], ['CountInPython']])('%s is deployed, invoked and recorded', async (name) => {
    expect(await deployment.function(name).invoke({ text: 'one two three' })).toEqual({ words: 3 });
    expect(await deployment.runs(name)).toMatchObject([{ state: 'Completed', trigger: 'invoke' }]);
  });

  test('a function is found by its construct, its path, the end of it, its name in the group, and its deployed name', () => {
    const { functionName } = deployment.function(deployment.built.count);
    for (const name of ['Orders/Jobs/Count', 'Jobs/Count', functionName]) {
      expect(deployment.function(name).functionName).toBe(functionName);
    }
    expect(deployment.function('fail-it').functionName).toBe(deployment.function('Fail').functionName);
  });

  test('a function of a nested stack is found as well', async () => {
    expect(await deployment.function('Inner').invoke()).toBe(42);
  });

  test('a name of no function or of several functions is rejected with the available names', () => {
    expect(() => deployment.function('Triple')).toThrow(/^function 'Triple' not found; available: .*Orders\/Jobs\/Count/);
    expect(() => deployment.function('Count')).toThrow(
      "several functions match 'Count'; pass one of: Other/Count, Orders/Jobs/Count",
    );
  });

  test('returns outputs by stack and name, or only by name if one stack has it', async () => {
    expect(deployment.outputs).toMatchObject({ 'Orders.Stage': 'orders', 'Other.Stage': 'other' });
    expect(deployment.outputs.Stage).toBeUndefined();
    expect(deployment.output('QueueUrl')).toBe(deployment.outputs['Orders.QueueUrl']);
    expect(() => deployment.output('Stage')).toThrow(
      "several stacks have the output 'Stage'; pass one of: Other.Stage, Orders.Stage",
    );
    expect(() => deployment.output('Missing')).toThrow(/^output 'Missing' not found; available: /);
  });

  test('SDK clients can use the deployed resources', async () => {
    const client = new SQSClient(deployment.clientSettings);
    const command = new GetQueueAttributesCommand({ QueueUrl: deployment.output('QueueUrl'), AttributeNames: ['QueueArn'] });
    expect((await client.send(command)).Attributes?.QueueArn).toMatch(/^arn:aws:sqs:us-east-1:000000000000:/);
    client.destroy();
  });

  test('another process can use the deployed resources', async () => {
    const script = `fetch(process.env.AWS_ENDPOINT_URL + '/_ministack/health').then((answer) => console.log(answer.status))`;
    const env = { ...withoutAws(process.env), ...deployment.environment };
    expect((await runProcess(process.execPath, ['-e', script], { env })).stdout).toBe('200\n');
  });

  test('returns the runs and the log of a function', async () => {
    const before = new Date(Date.now() - 1_000);
    await expect(deployment.function('fail-it').invoke()).rejects.toThrow(FunctionFailedError);
    expect(await deployment.runs('fail-it', { since: before })).toMatchObject([
      { function: 'fail-it', state: 'Failed', errorType: 'RangeError', errorMessage: 'as it was told' },
    ]);
    const messages = (await deployment.logs('fail-it')).map(({ message }) => message).join('\n');
    expect(messages).toContain('as it was told');
    await expect(deployment.runs('Alone')).rejects.toThrow(/^runs are tracked for functions .* got: 'Orders\/Alone'$/);
  });

  test('sets the properties that CloudFormation in MiniStack drops', async () => {
    const client = new LambdaClient(deployment.clientSettings);
    const { functionName: FunctionName } = deployment.function('Jobs/Count');
    const { ReservedConcurrentExecutions } = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(ReservedConcurrentExecutions).toBe(1);
    client.destroy();
  });

  test('cleanUp removes everything and can be called twice', async () => {
    const port = Number(new URL(deployment.environment.AWS_ENDPOINT_URL as string).port);
    expect(await isListening(port)).toBe(true);
    await Promise.all([deployment.cleanUp(), deployment[Symbol.asyncDispose]()]);
    expect(await isListening(port)).toBe(false);
    expect(existsSync(deployment.assemblyDirectory)).toBe(false);
  });
});

describe('to AWS', () => {
  let aws: MiniStack;
  let folder: string;
  const before = { ...process.env };
  const stackNames = async () => {
    const client = new CloudFormationClient({});
    const { StackSummaries = [] } = await client.send(new ListStacksCommand({}));
    client.destroy();
    return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName);
  };

  // The part of AWS is played by a MiniStack that the credentials of the environment lead to.
  beforeAll(async () => {
    aws = await MiniStack.start({ stateDirectory: '.katamari' });
    folder = mkdtempSync(join(tmpdir(), 'katamari-aws-'));
    writeFileSync(join(folder, 'cdk.json'), '{}');
    const app = new App({ outdir: join(folder, 'cdk.out') });
    new OtherStack(app);
    app.synth();
    const environment = aws.environment();
    await new CdkCommand({ directory: folder, output: join(folder, 'cdk.out'), environment }).bootstrap();
    for (const [name, value] of Object.entries(environment)) if (name.startsWith('AWS_')) process.env[name] = value;
  }, DEPLOY_MS);
  afterAll(async () => {
    process.env = before;
    await aws?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    'deploys stacks of the test’s own, and destroys them',
    async () => {
      let local: unknown;
      const deployment = await deployForTest(
        (app) => {
          local = app.node.tryGetContext('katamari:local');
          return new OtherStack(app);
        },
        { target: 'aws' },
      );
      expect(local).toBeUndefined();
      expect(deployment.target).toBe('aws');
      expect(deployment.clientSettings).toEqual({ region: 'us-east-1' });
      expect(deployment.output('Other.Stage')).toBe('other');
      expect(deployment.functionPaths).toEqual(['Other/Count']);
      expect(await deployment.function('Count').invoke()).toBe(7);
      expect(deployment.built.stackName).toMatch(/^KatamariTest-[0-9a-f]{8}-Other$/);
      expect(await stackNames()).toContain(deployment.built.stackName);
      await deployment.cleanUp();
      expect(await stackNames()).toEqual(['CDKToolkit']);
    },
    DEPLOY_MS,
  );

  test(
    'destroys the deployed stacks if a later step fails',
    async () => {
      const failing = deployForTest(
        (app) => {
          const broken = new Stack(app, 'Broken');
          new sqs.CfnQueue(broken, 'Odd', { fifoQueue: true, queueName: 'plain' });
          broken.addStackDependency(new OtherStack(app));
        },
        { target: 'aws' },
      );
      await expect(failing).rejects.toMatchObject({
        name: 'TestDeploymentError',
        message: expect.stringMatching(/^the deploy failed:\n\n {2}Odd \(AWS::SQS::Queue\) of KatamariTest-.*-Broken: /),
      });
      expect(await stackNames()).toEqual(['CDKToolkit']);
    },
    DEPLOY_MS,
  );
});

describe('rejects', () => {
  const withEnvironment = async (environment: NodeJS.ProcessEnv, action: () => Promise<void>) => {
    const before = process.env;
    process.env = { ...withoutAws(before), HOME: tmpdir(), AWS_EC2_METADATA_DISABLED: 'true', ...environment };
    try {
      await action();
    } finally {
      process.env = before;
    }
  };

  test('an unknown target', async () => {
    await expect(deployForTest(() => undefined, { target: 'gcp' as 'aws' })).rejects.toThrow(
      /^target must be 'local' or 'aws', got: 'gcp'$/,
    );
    await withEnvironment({ KATAMARI_TEST_TARGET: 'AWS' }, async () => {
      await expect(deployForTest(() => undefined)).rejects.toThrow(
        /^the environment variable KATAMARI_TEST_TARGET must be 'local' or 'aws', got: 'AWS'$/,
      );
    });
  });

  test('AWS without credentials or region, for the option and for the environment variable', async () => {
    const build = (app: Stage) => new OtherStack(app);
    await withEnvironment({ AWS_REGION: 'eu-west-1' }, async () => {
      await expect(deployForTest(build, { target: 'aws' })).rejects.toThrow(
        /^target 'aws' requires AWS credentials and a region: .*\nSign in/,
      );
    });
    await withEnvironment({ KATAMARI_TEST_TARGET: 'aws', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, async () => {
      await expect(deployForTest(build)).rejects.toThrow(/a region: Region is missing/);
    });
    // This test is the first one that loads the AWS clients, which is slow on a busy machine.
  }, 90_000);

  test('an app that was created for the other target', async () => {
    await expect(deployForTest(new App())).rejects.toThrow(
      /^an app for MiniStack must be created with the context 'katamari:local', got: .*\nPass deployForTest a function/,
    );
  });

  test.each([
    ['made for AWS', {}],
    ['made for MiniStack', { context: { 'katamari:local': 'true' } }],
  ])('an app on AWS, where its stacks may be deployed already: one %s', async (_what, props) => {
    const app = new App(props);
    new OtherStack(app);
    const refusal = {
      name: 'TestDeploymentError',
      message: expect.stringMatching(
        /^a test on AWS must build its stacks in a stage .*, got: an existing app.*\nPass deployForTest a function/,
      ),
    };
    await expect(deployForTest(app, { target: 'aws' })).rejects.toMatchObject(refusal);
    await withEnvironment({ KATAMARI_TEST_TARGET: 'aws' }, async () => {
      await expect(deployForTest(app)).rejects.toMatchObject(refusal);
    });
  });

  test('a cdk.json that is not JSON', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'katamari-cdk-json-'));
    writeFileSync(join(directory, 'cdk.json'), '{');
    await expect(deployForTest(() => undefined, { directory })).rejects.toThrow(/cdk\.json must be JSON: /);
    rmSync(directory, { recursive: true });
  });

  test('but rethrows errors of the app unchanged', async () => {
    class OwnError extends Error {}
    await expect(
      deployForTest(() => {
        throw new OwnError('mine');
      }),
    ).rejects.toThrow(OwnError);
  });
});

test(
  'takes an app that is made with the context, and gives the app back',
  async () => {
    const app = new App({ context: { 'katamari:local': 'true' } });
    new OtherStack(app);
    await using deployment = await deployForTest(app);
    expect(deployment.built).toBe(app);
    expect(dirname(deployment.assemblyDirectory)).not.toBe(process.cwd());
    expect(await deployment.function('Other/Count').invoke()).toBe(7);
  },
  DEPLOY_MS,
);
