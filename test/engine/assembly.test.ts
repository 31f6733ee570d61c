import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { compareAssemblies, environmentOfApp, readAssembly } from '../../engine/assembly';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'katamari-assembly-')));
  return folders.at(-1) as string;
};

/** Creates an assembly of a stack with one function and optional further resources. */
function assembly(options: { code?: string; memorySize?: number; second?: boolean; layer?: string; stage?: string }) {
  const outdir = folder();
  const app = new App({ outdir });
  const stack = new Stack(options.stage ? new Stage(app, options.stage) : app, 'Shop');
  const asset = (content: string) => {
    const source = join(folder(), 'code');
    mkdirSync(source);
    writeFileSync(join(source, 'index.js'), content);
    return lambda.Code.fromAsset(source);
  };
  const layers = options.layer ? [new lambda.LayerVersion(stack, 'Layer', { code: asset(options.layer) })] : undefined;
  for (const id of options.second ? ['One', 'Two'] : ['One']) {
    new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: asset(options.code ?? '1'),
      memorySize: options.memorySize ?? 128,
      layers,
    });
  }
  app.synth();
  return readAssembly(outdir);
}

test('reads the stacks of the app', () => {
  const [stack, ...others] = assembly({}).stacks;
  expect(others).toEqual([]);
  expect(stack).toMatchObject({ stackName: 'Shop', environment: 'aws://unknown-account/unknown-region' });
  expect(Object.values(stack?.template.Resources ?? {}).map(({ Type }) => Type)).toContain('AWS::Lambda::Function');
});

test('tells whether values of context lookups are missing', () => {
  expect(assembly({}).incomplete).toBe(false);
  for (const stage of [false, true]) {
    const app = new App({ outdir: folder() });
    const env = { account: '111122223333', region: 'eu-west-1' };
    const stack = new Stack(stage ? new Stage(app, 'Prod', { env }) : app, 'Shop', { env });
    StringParameter.valueFromLookup(stack, '/name');
    expect(readAssembly(app.synth().directory).incomplete).toBe(true);
  }
});

test.each([
  ['manifest.json', '{}', 'version in PATH must be of the type string, got: undefined'],
  ['manifest.json', '[]', 'PATH must be of the type object, got: []'],
  ['Shop.template.json', '[]', 'PATH must be of the type object, got: []'],
  ['Shop.template.json', '{ "Resources": [] }', 'Resources in PATH must be of the type record, got: []'],
  ['Shop.template.json', '{ "Resources": { "One": 7 } }', 'Resources.One in PATH must be valid, got: 7'],
])('refuses an assembly whose %s is %s', (file, content, message) => {
  const { directory } = assembly({});
  const path = join(directory, file);
  writeFileSync(path, content);
  expect(() => readAssembly(directory)).toThrow(message.replace('PATH', path));
});

test('refuses a folder without an assembly', () => {
  expect(() => readAssembly(folder())).toThrow(/^cannot read .*manifest\.json: ENOENT/);
});

test('reads the stacks of a stage', () => {
  expect(assembly({ stage: 'Prod' }).stacks.map(({ stackName }) => stackName)).toEqual(['Prod-Shop']);
});

test.each([
  ['nothing', {}, 'none'],
  ['the code of a function', { code: '2' }, 'code'],
  ['memory', { memorySize: 256 }, 'structure'],
  ['code and memory', { code: '2', memorySize: 256 }, 'structure'],
  ['a second function', { second: true }, 'structure'],
] as const)('tells that %s differs', (_what, change, difference) => {
  expect(compareAssemblies(assembly({}), assembly(change))).toBe(difference);
});

const FALLBACK = { account: '000000000000', region: 'us-east-1' };

test.each([
  [['aws://unknown-account/unknown-region'], FALLBACK],
  [[], FALLBACK],
  [['aws://unknown-account/unknown-region', 'aws://111122223333/eu-west-1'], { account: '111122223333', region: 'eu-west-1' }],
  [['aws://111122223333/unknown-region'], { account: '111122223333', region: 'us-east-1' }],
  [['aws://111122223333/eu-west-1', 'aws://111122223333/us-east-1'], { account: '111122223333', region: 'eu-west-1' }],
])('an app with stacks for %j is for %j', (environments, environment) => {
  const stacks = environments.map((text) => ({ environment: text }));
  expect(environmentOfApp(stacks, FALLBACK)).toEqual(environment);
});

test('an app for two accounts is rejected', () => {
  const stacks = [{ environment: 'aws://111122223333/eu-west-1' }, { environment: 'aws://444455556666/eu-west-1' }];
  expect(() => environmentOfApp(stacks, FALLBACK)).toThrow(
    'all stacks of a local deploy must be in one account, got: 111122223333, 444455556666',
  );
});

test('the content of a layer is not function code', () => {
  expect(compareAssemblies(assembly({ layer: '1' }), assembly({ layer: '2' }))).toBe('structure');
});
