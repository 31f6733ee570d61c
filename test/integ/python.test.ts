import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FunctionGroup, Layer, LayerContent, ManagedFunction, PipLayer, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';

/** Timeout that allows for downloading packages, and for a deploy. */
const DEPLOY_TIMEOUT_MS = 300_000;
/** Timeout that allows for the first import of pandas on a busy machine. */
const INVOKE_TIMEOUT_MS = 60_000;

let deployment: TestDeployment;

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Python');
    const group = new FunctionGroup(stack, 'Group', { defaults: { timeout: Duration.seconds(30) } });
    const greetings = Source.python('test/integ/python/greetings', { handler: 'app.run', modules: ['rules'] });
    group.addFunction('Greet', { source: greetings, retryAttempts: 0 });
    new ManagedFunction(stack, 'Plain', { source: greetings, timeout: Duration.seconds(30) });
    const asynchronous = (handler: string) => Source.python('test/integ/python/asynchronous', { handler });
    group.addFunction('Logs', { source: Source.python('test/integ/python/logging', { handler: 'app.run' }) });
    group.addFunction('Awaits', { source: asynchronous('app.run') });
    new ManagedFunction(stack, 'AwaitsAlone', { source: asynchronous('app.run') });
    new ManagedFunction(stack, 'AwaitsAgain', { source: asynchronous('app.again') });
    const tables = new PipLayer(stack, 'Tables', { packages: ['pandas', 'numpy'] });
    group.addFunction('Sum', {
      source: Source.python('test/integ/python/tables', { handler: 'app.run' }),
      layers: [tables],
      memorySize: 512,
    });
    const rules = new Layer(stack, 'Rules', {
      content: LayerContent.folder('test/integ/python/layer'),
      compatibleRuntimes: [lambda.Runtime.PYTHON_3_13],
    });
    group.addFunction('Layered', {
      source: Source.python('test/integ/python/layered', { handler: 'app.run' }),
      layers: [rules],
    });
    new CfnOutput(stack, 'LayerArn', { value: tables.layerVersionArn });
    return stack;
  });
}, DEPLOY_TIMEOUT_MS);

afterAll(() => deployment?.cleanUp());

async function invoke(name: string, event: unknown) {
  const { payload, functionError } = await deployment.function(name).invokeRaw(event);
  return { payload, error: functionError };
}

const runsOf = (name: string) => deployment.runs(name, { limit: 10 });

test.each(['Greet', 'Plain'])('%s imports its requirement and the added module', async (name) => {
  await expect(invoke(name, { name: 'Ägypten & Co' })).resolves.toEqual({
    payload: { slug: 'agypten-co', version: '8.0.4' },
    error: undefined,
  });
});

test('loggers of the standard library write lines in the format of Lambda', async () => {
  const id = (await invoke('Logs', { name: 'x' })).payload;
  const lines = (await deployment.logs('Logs')).map(({ message }) => message.trimEnd());
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^\\[INFO\\]\t${time}\t${id}\thello x$`)));
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^\\[WARNING\\]\t${time}\t${id}\tlate$`)));
});

test.each(['Awaits', 'AwaitsAlone', 'AwaitsAgain'])('%s is an async def and answers with its result', async (name) => {
  await expect(invoke(name, { name: 'x' })).resolves.toEqual({ payload: { name: 'x' }, error: undefined });
  const { payload } = await invoke(name, { fail: true });
  expect(payload).toMatchObject({ errorMessage: 'told to' });
});

test('its runs are recorded', async () => {
  await invoke('Greet', { name: 'x', fail: true });
  const runs = await runsOf('Greet');
  expect(runs.map(({ state }) => state).sort()).toEqual(['Completed', 'Failed']);
  expect(runs.find(({ state }) => state === 'Failed')).toMatchObject({ errorType: 'ValueError', errorMessage: 'told to' });
});

test(
  'pandas and numpy come from a pip layer',
  async () => {
    await expect(invoke('Sum', { kinds: ['a', 'b', 'a', 'b'] })).resolves.toEqual({
      // The packages come from the layer and not from the interpreter, because only layers have a folder "python".
      payload: {
        sums: { a: 2, b: 4 },
        mean: 1.5,
        from: ['numpy', 'pandas'].map((name) => expect.stringMatching(`layer.*/python/${name}/__init__\\.py$`)),
      },
      error: undefined,
    });
    expect((await runsOf('Sum')).map(({ state }) => state)).toEqual(['Completed']);
  },
  INVOKE_TIMEOUT_MS,
);

test("a function imports the user's own code from a layer that a folder was packed into", async () => {
  await expect(invoke('Layered', {})).resolves.toEqual({ payload: { fail: 'told to' }, error: undefined });
});
