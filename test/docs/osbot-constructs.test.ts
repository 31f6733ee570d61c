import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Size, Stack, type Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { strToU8, zipSync } from 'fflate';
import { LayerClient } from '../../client';
import { readPackages } from '../../engine/packages';
import { runProcess } from '../../engine/run-process';
import { deployForTest, type TestDeployment } from '../../testing';
import { blocksOf, rowsWithoutExample, run, runAsync, sectionsOfConstructs } from './osbot-page';

// Deploys the examples of docs/osbot.md that use constructs, as they are on the page.

const sections = sectionsOfConstructs();
const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'katamari-osbot-'));
const names = { Stack, Duration, Size, Runtime, Bucket };
let deployment: TestDeployment<Map<string, Stack>>;
let operated: Record<string, unknown>;

/** The deployed examples by the names of their stacks: title of the section, and index of the block. */
const DEPLOYED: Readonly<Record<string, readonly [title: string, block: number]>> = {
  Deploy: ['Deploy a function', 0],
  Package: ['Choose what is in the package', 0],
  Layers: ['Add layers to a function', 0],
  Environment: ['Set the environment of a function', 0],
  Billing: ['Build a whole service', 0],
  Site: ['Build a whole service', 1],
  MadeLayers: ['Make layers', 0],
  Store: ['Load packages when a function starts', 0],
  Shell: ['Open a shell in a function', 0],
  Defaults: ['Defaults', 0],
};

function blockOf(title: string, language: string, index = 0): string {
  const block = blocksOf(sections.get(title), language)[index];
  if (block === undefined) throw new Error(`the section '${title}' has no block ${index} of ${language}`);
  return block;
}

function build(app: Stage | App, stackName: string, title: string, block: number): Stack {
  const stack = new Stack(app, stackName);
  run(blockOf(title, 'ts', block), { ...names, stack });
  return stack;
}

beforeAll(async () => {
  cpSync('test/fixtures/osbot', folder, { recursive: true });
  process.chdir(folder);
  writeFileSync('logos.zip', zipSync({ 'python/logos.py': strToU8("SMALL = 'logo.svg'") }));
  deployment = await deployForTest(
    (app) => new Map(Object.entries(DEPLOYED).map(([name, example]) => [name, build(app, name, ...example)])),
    { context: { 'katamari:debug': 'true' } },
  );
  const fn = deployment.function('Deploy/Invoices');
  operated = await runAsync(blockOf('Use a function that you deployed', 'ts'), { ...names, fn });
}, 600_000);

afterAll(async () => {
  await deployment?.cleanUp();
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const invoke = (path: string, event: unknown) => deployment.function(path).invoke(event);
const stackOf = (name: string) => Template.fromStack(deployment.built.get(name) as Stack);
const templateOf = (title: string, block: number) => Template.fromStack(build(new App(), 'Stack', title, block));
const receipt = () => invoke('Package/Receipts', { net: 10 });
const layersOf = async (path: string) => (await deployment.function(path).configuration()).layers;

/** Paths of the files in the asset of a function or a layer of an example. */
function filesOf(stackName: string, id: string): string[] {
  const example = DEPLOYED[stackName];
  if (!example) throw new Error(`the example '${stackName}' is not deployed`);
  // Packages for this machine: the deployment has installed them.
  const context = { 'katamari:local': 'true', 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };
  const app = new App({ context });
  build(app, stackName, ...example);
  const found = readPackages(app.synth().directory).find(({ path }) => path === `${stackName}/${id}`);
  return found?.files.map(({ path }) => path) ?? [];
}

/** Runs the commands of a section's block one after the other and returns their output. */
async function runCommands(title: string, index = 0): Promise<string> {
  const commands = blockOf(title, 'bash', index).split('\n');
  let output = '';
  for (const command of commands) {
    // Words and texts in single quotes, as a shell splits them.
    const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '').slice(2);
    const env = { ...process.env, ...deployment.environment };
    const { code, stdout, stderr } = await runProcess(process.execPath, [join(home, 'dist/cli/katamari.js'), ...args], { env });
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    output += stdout;
  }
  return output;
}

/** Checks that a counterpart does the same, by section and call of OSBot-AWS. */
const checks: Record<string, Record<string, () => unknown>> = {
  'Deploy a function': {
    'Deploy_Lambda(handler)': async () => expect(await invoke('Deploy/Invoices', { number: 7 })).toEqual({ drawn: 7 }),
    'Deploy_Lambda.deploy': () => stackOf('Deploy').resourceCountIs('AWS::IAM::Role', 2),
    'Deploy_Lambda(lambda_name, stage)': async () => {
      expect(await invoke('invoices__trial', { number: 8 })).toEqual({ drawn: 8 });
    },
    'Deploy_Lambda.set_container_image': () =>
      // MiniStack runs no images.
      templateOf('Deploy a function', 1).hasResourceProperties('AWS::Lambda::Function', {
        PackageType: 'Image',
        Code: { ImageUri: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/posters:7' },
      }),
  },
  'Choose what is in the package': {
    'Deploy_Lambda.add_function_source_code': async () => expect(await receipt()).toHaveProperty('total'),
    'Deploy_Lambda.add_osbot_utils': async () => expect(await receipt()).toMatchObject({ code: expect.stringMatching(/^\S+$/) }),
    'Deploy_Lambda.add_osbot_aws': () => {
      expect(readFileSync('receipts/requirements.txt', 'utf8')).toMatch(/^segno\b/);
      expect(filesOf('Package', 'Receipts')).toContain('segno/__init__.py');
    },
    'Deploy_Lambda.add_module': async () => expect(await receipt()).toMatchObject({ total: expect.stringContaining('11.90') }),
    'Deploy_Lambda.add_modules': async () => expect(await receipt()).toMatchObject({ total: '11.90 EUR' }),
    'Deploy_Lambda.add_file': async () => expect(await receipt()).toMatchObject({ rates: '{"standard": 19}' }),
    'Deploy_Lambda.add_folder': async () => expect(await receipt()).toMatchObject({ letters: ['thanks.txt'] }),
  },
  'Add layers to a function': {
    'Deploy_Lambda.add_layer': async () => {
      expect(await invoke('Layers/Stickers', { modules: ['typefaces'] })).toEqual(['typefaces']);
    },
    'Deploy_Lambda.add_layers': async () => {
      const layers = await layersOf('Layers/Stickers');
      expect(layers).toHaveLength(2);
      expect(layers.join()).not.toContain('colours');
    },
    'Deploy_Lambda.set_packages_using_layer': async () => {
      const modules = ['segno', 'PIL', 'reportlab', 'typefaces'];
      expect(await invoke('Layers/Labels', { modules })).toEqual(modules);
      expect(await invoke('Layers/Stickers', { modules })).toEqual(modules);
    },
  },
  'Set the environment of a function': {
    'Deploy_Lambda.set_env_variable': async () => expect(await invoke('Settings', {})).toMatchObject({ PAPER: 'A4' }),
    'Deploy_Lambda.set_env_variables': async () => {
      const variables = { CURRENCY: 'EUR', PAPER: 'A4', PRINTER: 'printer.example.com', DUPLEX: 'on' };
      expect(await invoke('Settings', {})).toEqual(variables);
    },
  },
  'Use a function that you deployed': {
    'Deploy_Lambda.invoke': () => expect(operated.drawn).toEqual({ drawn: 17 }),
    'Deploy_Lambda.invoke_async': () => expect(operated.requestId).toMatch(/^[\w-]{36}$/),
    'Deploy_Lambda.invoke_return_logs': () => {
      expect(operated.payload).toEqual({ drawn: 19 });
      expect(operated.logs).toContain('drawing invoice 19');
    },
    'Deploy_Lambda.exists': () => expect(operated.exists).toBe(true),
    'Deploy_Lambda.info': () => expect(operated.info).toMatchObject({ configuration: { memorySize: 256 } }),
    'Deploy_Lambda.function_url': () => expect(operated.url).toBeUndefined(),
    'Deploy_Lambda.files': () => expect(filesOf('Deploy', 'Invoices')).toContain('invoices.py'),
    'Deploy_Lambda.delete': async () => {
      const output = await runCommands('Use a function that you deployed');
      for (const text of ['drawing invoice 20', 'python3.1', 'deleted']) expect(output).toContain(text);
      expect(await deployment.function('Deploy/Invoices').exists()).toBe(true);
      expect(await deployment.function('invoices__trial').exists()).toBe(false);
    },
  },
  'Test a function': {
    'with Deploy_Lambda': async () => {
      const { drawn } = await runAsync(blockOf('Test a function', 'ts'), names);
      expect(drawn).toEqual({ drawn: 21 });
    },
    TestCase__Lambda__Deploy: async () => {
      const before: (() => Promise<void>)[] = [];
      const after: (() => Promise<void>)[] = [];
      const tests: (() => Promise<void>)[] = [];
      run(blockOf('Test a function', 'ts', 1), {
        ...names,
        expect,
        beforeAll: (action: () => Promise<void>) => before.push(action),
        afterAll: (action: () => Promise<void>) => after.push(action),
        test: (_name: string, action: () => Promise<void>) => tests.push(action),
      });
      expect([before.length, tests.length, after.length]).toEqual([1, 1, 1]);
      for (const action of [...before, ...tests, ...after]) await action();
    },
  },
  'Build a whole service': {
    'IAM_Role.create_for__lambda': async () => {
      const roleOf = async (name: string) => (await deployment.function(name).configuration()).role;
      expect(await roleOf('remind')).not.toBe(await roleOf('Deliveries'));
      expect(await invoke('remind', { customer: 'ada lovelace' })).toEqual({ letter: 'Dear Ada Lovelace,', language: 'en' });
      const ours = { state: 'Completed', trigger: 'invoke' };
      expect(await deployment.runs('remind')).toEqual([expect.objectContaining(ours)]);
      expect(await layersOf('remind')).toHaveLength(1);
      const output = await runCommands('Build a whole service');
      for (const text of ['Dear Ada Lovelace,', 'Completed']) expect(output).toContain(text);
    },
    zip_folder: () => {
      expect(filesOf('Site', 'Deliveries')).toContain('deliveries.py');
      stackOf('Site').hasResourceProperties('AWS::Lambda::Function', { Code: { S3Key: Match.stringLikeRegexp('zip$') } });
    },
    'S3.folder_upload': async () => {
      const client = deployment.function('Deliveries');
      expect(await client.configuration()).toMatchObject({ memorySize: 512, timeout: 20 });
      const [, id] = /^https?:\/\/([^.]+)\./.exec((await client.url.get()) ?? '') ?? [];
      const answer = await fetch(`${deployment.clientSettings.endpoint}/_aws/lambda-url/${id}/parcels/4`);
      expect(await answer.json()).toEqual({ parcel: '4', state: 'under way' });
      const output = await runCommands('Build a whole service', 1);
      for (const text of ['"statusCode": 200', 'lambda-url']) expect(output).toContain(text);
    },
  },
  'Make layers': {
    'Lambda_Layer(layer_name, runtimes, description, license_info)': () =>
      stackOf('MadeLayers').hasResourceProperties('AWS::Lambda::LayerVersion', {
        LayerName: 'invoice-fonts',
        CompatibleRuntimes: ['python3.13', 'python3.12'],
        Description: 'Typefaces of the invoices',
        LicenseInfo: 'OFL-1.1',
      }),
    'Lambda_Layer.create_from_folder': async () => expect(await layerNamed('invoice-fonts').exists()).toBe(true),
    'Lambda_Layer.create_from_folder_via_s3': () =>
      templateOf('Make layers', 1).hasResourceProperties('AWS::Lambda::LayerVersion', {
        Content: { S3Bucket: 'print-shop', S3Key: 'layers/brushes.zip' },
      }),
    'Lambda_Layer.create_from_pip': () => {
      expect(filesOf('MadeLayers', 'QrCodes')).toContain('python/segno/__init__.py');
      stackOf('MadeLayers').resourceCountIs('AWS::Lambda::LayerVersion', 3);
    },
    'Lambda_Layer.create_from_zip_bytes': async () => {
      const { published } = await runAsync(blockOf('Make layers', 'ts', 2), { ...names, layer: layerNamed('posters') });
      expect(published).toMatchObject({ layerName: 'posters', version: 1 });
    },
  },
  'Load packages when a function starts': {
    'Lambda__Dependency__Inside_Lambda.load': async () => {
      expect(await invoke('Thumbnails', { width: 400, height: 200 })).toEqual([100, 50]);
    },
    load_dependency: () => expect(handlerCode('thumbnails')).toContain(blockOf('Load packages when a function starts', 'python')),
    load_dependencies: async () => {
      expect(handlerCode('catalogue')).toContain(blockOf('Load packages when a function starts', 'python', 1));
      const files = (await invoke('Catalogue', {})) as Record<string, string>;
      expect(Object.keys(files)).toEqual(['PIL', 'reportlab', 'segno']);
      for (const file of Object.values(files)) expect(file).toContain('katamari-dependencies');
    },
    'Lambda__Dependency.dependency__local.install': storeGivesFunctions,
    'Lambda__Dependency.dependency__local.files__zipped': storeGivesFunctions,
    'Lambda__Dependency.dependency__s3.upload': storeGivesFunctions,
  },
  'Open a shell in a function': {
    'Lambda.shell': async () => expect(await invoke('Inspected', { number: 9 })).toEqual({ drawn: 9 }),
    'Lambda.shell_python_exec': async () => {
      expect(await runCommands('Open a shell in a function')).toContain('Inspected');
    },
  },
  Defaults: {
    'Lambda.architecture': () => hasDefault({ Architectures: ['x86_64'] }, { Architectures: ['arm64'] }),
    'Lambda.runtime': () => hasDefault({ Runtime: 'python3.11' }, { Runtime: 'python3.13' }),
    'Lambda.memory': () => hasDefault({ MemorySize: 512 }, { MemorySize: 256 }),
    'Lambda.timeout': () => hasDefault({ Timeout: 60 }, { Timeout: 60 }),
    'Lambda.trace_mode': async () => {
      expect(await invoke('Unchanged', { number: 10 })).toEqual({ drawn: 10 });
      expect(await deployment.function('Unchanged').configuration()).toMatchObject({ tracingMode: 'PassThrough' });
    },
  },
};

const layerNamed = (name: string) => new LayerClient(name, deployment.clientSettings);
const handlerCode = (name: string) => readFileSync(join(folder, 'handlers', `${name}.py`), 'utf8');

/** Expects that both functions of the store know where each package is. */
function storeGivesFunctions(): void {
  const functions = Object.values(stackOf('Store').findResources('AWS::Lambda::Function'));
  expect(functions).toHaveLength(2);
  for (const { Properties } of functions) {
    const variables = JSON.stringify(Properties.Environment.Variables);
    for (const name of ['pillow', 'reportlab', 'segno']) expect(variables).toContain(name);
  }
}

/** Expects the value of OSBot-AWS in the example, and the default that the page names in a function without options. */
function hasDefault(kept: object, ours: object): void {
  templateOf('Defaults', 0).hasResourceProperties('AWS::Lambda::Function', kept);
  templateOf('Deploy a function', 0).allResourcesProperties('AWS::Lambda::Function', ours);
}

test('every section and every call of it is checked', () => {
  const named = [...sections].map(([title, { calls }]) => [title, calls]);
  expect(Object.entries(checks).map(([title, calls]) => [title, Object.keys(calls)])).toEqual(named);
});

test('each row of a table says what the call does, and the counterpart is used in an example', () => {
  expect(rowsWithoutExample(sections)).toEqual([]);
});

describe.each(Object.entries(checks))('%s', (_title, calls) => {
  test.each(Object.entries(calls))('%s', (_call, check) => check(), 180_000);
});
