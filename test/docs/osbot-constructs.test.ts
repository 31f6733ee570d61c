import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Size, Stack, type Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { strToU8, zipSync } from 'fflate';
import { runProcess } from '../../engine/run-process';
import { type DependencyStore, ManagedFunction, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { readExamples, run, runAsync } from './osbot-page';

// Each counterpart of docs/osbot.md that describes a deployment, deployed as it stands on the page.

const examples = readExamples();
const home = process.cwd();
const originals: { section: string; code: string }[] = JSON.parse(
  readFileSync(join(home, 'test/fixtures/osbot-examples.json'), 'utf8'),
);
const folder = mkdtempSync(join(tmpdir(), 'katamari-osbot-'));
const names = { Stack, Duration, Size, Runtime, Bucket };
let deployment: TestDeployment<Map<number, Record<string, unknown>>>;

/** Those that are deployed, each into a stack of its own. */
const DEPLOYED = [0, 1, 2, 4, 5, 6, 7, 8, 13, 49, 50, 52, 53, 58, 61, 62, 63, 64];

const blocksOf = (number: number, language: string) =>
  (examples.get(number)?.counterparts ?? []).filter((block) => block.language === language).map(({ code }) => code);

function build(app: Stage | App, number: number): Record<string, unknown> {
  const [code, another] = blocksOf(number, 'ts');
  expect(code).toBeDefined();
  expect(another).toBeUndefined();
  const stack = new Stack(app, `Example${number}`);
  return { stack, ...run(code as string, { ...names, stack }) };
}

beforeAll(async () => {
  cpSync('test/fixtures/osbot', folder, { recursive: true });
  process.chdir(folder);
  writeFileSync('layer.zip', zipSync({ 'python/from_layer.py': strToU8("VALUE = 'from the zip'") }));
  deployment = await deployForTest(
    (app) => {
      const built = new Map(DEPLOYED.map((number) => [number, build(app, number)]));
      const { stack, store } = built.get(58) as { stack: Stack; store: DependencyStore };
      const several = new ManagedFunction(stack, 'Several', {
        source: Source.python('src', { handler: 'several.run' }),
        ephemeralStorageSize: Size.gibibytes(2),
      });
      store.addTo(several);
      return built;
    },
    { context: { 'katamari:debug': 'true' } },
  );
}, 600_000);

afterAll(async () => {
  await deployment?.cleanUp();
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const invoke = (path: string, event: unknown) => deployment.function(path).invoke(event);
const event = { key: 'value' };

test('every example of OSBot-AWS is on the page, word for word, with a counterpart', () => {
  expect([...examples.values()].map(({ original }) => original)).toEqual(originals.map(({ code }) => code.trimEnd()));
  for (const { counterparts } of examples.values()) expect(counterparts.length).toBeGreaterThan(0);
});

test.each([
  [0, 'MyModule'],
  [1, 'Packaged'],
  [63, 'Debugged'],
  [64, 'Constants'],
])('example %i: a function in three lines', async (number, id) => {
  expect(await invoke(`Example${number}/${id}`, event)).toEqual({ got: event });
});

test('example 1: the module is in the package', async () => {
  const { codeSize } = await deployment.function('Example1/Packaged').configuration();
  const { codeSize: without } = await deployment.function('Example0/MyModule').configuration();
  expect(codeSize).toBeGreaterThan(without);
});

test('examples 2 and 62: layers of pip packages', async () => {
  expect(await invoke('Example2/Layered', { imports: ['pandas', 'numpy', 'requests'] })).toEqual({
    pandas: 'pandas',
    numpy: 'numpy',
    requests: 'requests',
  });
  expect(await invoke('Example62/Layers', { imports: ['requests', 'from_layer'] })).toEqual({
    requests: 'requests',
    from_layer: 'from_layer',
  });
}, 60_000);

test('examples 4 and 5: the handler of any name, deployed with its stage', async () => {
  expect(await invoke('Example4/Basic', {})).toEqual({ statusCode: 200, body: 'Hello!' });
  expect(await invoke('my-api-function__prod', {})).toEqual({ statusCode: 200, body: 'Hello!' });
});

test('example 6: modules, files and folders', async () => {
  expect(await invoke('Example6/Sources', {})).toEqual({
    utils: 'my_utils',
    modules: ['module1', 'module2'],
    config: '{"key": "value"}\n',
    lib: ['tool.py'],
  });
});

test('example 7: layers added and set', async () => {
  const { layers } = await deployment.function('Example7/WithLayers').configuration();
  expect(layers).toHaveLength(2);
  expect(layers.join()).not.toContain('123456789012');
  expect(await invoke('Example7/WithLayers', { imports: ['from_layer', 'requests'] })).toEqual({
    from_layer: 'from_layer',
    requests: 'requests',
  });
});

test('example 8: the environment', async () => {
  const variables = ['LOG_LEVEL', 'DEBUG', 'DATABASE_HOST'];
  expect(await invoke('Example8/Configured', { names: variables })).toEqual({
    LOG_LEVEL: 'INFO',
    DEBUG: 'true',
    DATABASE_HOST: 'db.example.com',
  });
});

test('examples 3, 9 and 10: what is deployed is operated', async () => {
  const fn = deployment.function('Example0/MyModule');
  const [three, nine, ten] = await Promise.all(
    [3, 9, 10].map((number) => runAsync(blocksOf(number, 'ts')[0] as string, { ...names, fn })),
  );
  expect(three).toMatchObject({ result: { got: event }, payload: { got: event } });
  expect(three?.logs).toContain('a line of the function');
  expect(nine).toMatchObject({ result: { got: { user_id: '123' } }, requestId: expect.any(String) });
  expect(ten).toMatchObject({ exists: true, url: undefined });
});

test('example 11: deployed for as long as it is used', async () => {
  const { result } = await runAsync(blocksOf(11, 'ts')[0] as string, names);
  expect(result).toEqual({ got: { test: true } });
}, 180_000);

test('examples 12 and 51: what this machine can not run is right in the template', () => {
  const template = (number: number) => Template.fromStack(build(new App(), number).stack as Stack);
  template(12).hasResourceProperties('AWS::Lambda::Function', {
    PackageType: 'Image',
    Code: { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/my-repo:latest' },
  });
  template(51).hasResourceProperties('AWS::Lambda::LayerVersion', { Content: { S3Bucket: 'my-bucket', S3Key: 'layer.zip' } });
});

test('example 13: the order processor', async () => {
  const path = 'Example13/Shop/order-processor';
  expect(await invoke(path, { order_id: ' ord-12345 ' })).toEqual({ processed: 'ORD-12345', stage: 'production' });
  expect(await deployment.runs(path)).toEqual([expect.objectContaining({ state: 'Completed', trigger: 'invoke' })]);
  const { layers } = await deployment.function(path).configuration();
  expect(layers).toHaveLength(1);
});

test('example 14: the test case', async () => {
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const tests: (() => Promise<void>)[] = [];
  run(blocksOf(14, 'ts')[0] as string, {
    ...names,
    expect,
    beforeAll: (action: () => Promise<void>) => before.push(action),
    afterAll: (action: () => Promise<void>) => after.push(action),
    test: (_name: string, action: () => Promise<void>) => tests.push(action),
  });
  expect([before.length, tests.length, after.length]).toEqual([1, 1, 1]);
  for (const action of [...before, ...tests, ...after]) await action();
}, 180_000);

test('examples 49, 50, 52 and 53: layers', async () => {
  const stacks = [49, 50, 52, 53].map((number) => deployment.built.get(number)?.stack as Stack);
  for (const stack of stacks) Template.fromStack(stack).resourceCountIs('AWS::Lambda::LayerVersion', 1);
  Template.fromStack(stacks[0] as Stack).hasResourceProperties('AWS::Lambda::LayerVersion', {
    LayerName: 'my-layer',
    CompatibleRuntimes: ['python3.13', 'python3.12'],
    Description: 'My custom layer',
    LicenseInfo: 'MIT',
  });
});

test('examples 56 to 58: packages from S3', async () => {
  const source = (name: string) => readFileSync(join(folder, 'src', name), 'utf8');
  expect(source('frames.py')).toContain(blocksOf(56, 'python')[0]);
  expect(source('several.py')).toContain(blocksOf(57, 'python')[0]);
  expect(await invoke('Example58/Frames', { values: [1, 2, 3] })).toEqual({ sum: 6 });
  const files = (await invoke('Example58/Several', {})) as Record<string, string>;
  expect(Object.keys(files)).toEqual(['numpy', 'pandas', 'requests']);
  for (const file of Object.values(files)) expect(file).toContain('katamari-dependencies');
}, 120_000);

test('example 61: a public site', async () => {
  const client = deployment.function('Example61/Site');
  expect(await client.invoke({ test: 'data' })).toMatchObject({ statusCode: 200 });
  const [, id] = /^https?:\/\/([^.]+)\./.exec((await client.url.get()) ?? '') ?? [];
  const answer = await fetch(`${deployment.clientSettings.endpoint}/_aws/lambda-url/${id}/hello`);
  expect(await answer.json()).toEqual({ got: '/hello' });
});

test.each([
  [13, ['ORD-12345', 'production']],
  [61, ['"statusCode": 200', 'lambda-url']],
  [63, ['KATAMARI_FUNCTION']],
])(
  'example %i: its commands',
  async (number, expected) => {
    const commands = blocksOf(number, 'bash')
      .flatMap((block) => block.split('\n'))
      .filter((line) => /^npx katamari (?!local)/.test(line));
    expect(commands.length).toBeGreaterThan(0);
    let output = '';
    for (const command of commands) {
      // As a shell takes it apart: words, and texts in single quotes.
      const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '').slice(2);
      const env = { ...process.env, ...deployment.environment };
      const { code, stdout, stderr } = await runProcess(process.execPath, [join(home, 'dist/cli/katamari.js'), ...args], { env });
      expect(`${code} ${stderr}`).toMatch(/^0 /);
      output += stdout;
    }
    for (const text of expected) expect(output).toContain(text);
  },
  60_000,
);
