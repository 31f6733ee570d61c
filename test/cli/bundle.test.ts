import { TestApp } from './command';

const TIMEOUT_MS = 120_000;
const APP = `
const { App, Stack, Stage } = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const { FunctionGroup, ManagedFunction, Source } = require('cdk-katamari');
const app = new App();
const stack = new Stack(app, 'Shop');
const jobs = new FunctionGroup(stack, 'Jobs');
jobs.addFunction('Import', { source: Source.typescript('import.ts'), name: 'import-all' });
new lambda.Function(stack, 'Inline', {
  code: lambda.Code.fromInline('exports.handler = async () => 1;'),
  handler: 'index.handler',
  runtime: lambda.Runtime.NODEJS_22_X,
});
new lambda.LayerVersion(stack, 'Tools', { code: lambda.Code.fromAsset('tools') });
const inStage = new Stack(new Stage(app, 'Prod'), 'Shop');
new ManagedFunction(inStage, 'Report', { source: Source.typescript('import.ts', { sourceMap: false }) });
if (app.node.tryGetContext('katamari:local')) new ManagedFunction(stack, 'LocalOnly', { source: Source.typescript('import.ts') });
`;

let app: TestApp;
beforeAll(() => {
  app = new TestApp({
    'cdk.json': '{ "app": "node app.js" }',
    'app.js': APP,
    'import.ts': 'export const handler = async () => 42;\n',
  });
  app.writeNested('tools/nodejs/tool.js', 'x'.repeat(1536));
  app.writeNested('tools/LICENSE', '');
});
afterAll(() => app?.remove());

interface BundleJson {
  readonly name: string;
  readonly kind: string;
  readonly construct: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

test(
  'shows the packages of functions and layers, those of stages as well, with their sizes',
  async () => {
    const { code, stdout } = await app.run('bundle');
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^NAME +KIND +FILES +SIZE +CONSTRUCT$/);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['Report', 'function', '1', expect.stringMatching(/ (K?B)$/), 'Prod/Shop/Report'],
      ['Record', 'function', '1', expect.stringMatching(/ KB$/), 'Shop/Jobs/Failures/Record'],
      ['import-all', 'function', '4', expect.stringMatching(/ KB$/), 'Shop/Jobs/Import'],
      ['Tools', 'layer', '2', '1.5 KB', 'Shop/Tools'],
    ]);
  },
  TIMEOUT_MS,
);

test(
  '--list shows the files of one bundle and the used share of the size limit',
  async () => {
    const { code, stdout } = await app.run('bundle', '--list', 'Tools');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Tools layer Shop/Tools
     0 B  LICENSE
  1.5 KB  nodejs/tool.js
  1.5 KB  2 files; a function and its layers may have 250 MB
`,
    });
  },
  TIMEOUT_MS,
);

test(
  '--json has every file and byte, of a function named by its group as well as by its construct',
  async () => {
    const [byName] = await app.json<BundleJson[]>('bundle', 'import-all');
    expect(byName).toMatchObject({ name: 'import-all', kind: 'function', construct: 'Shop/Jobs/Import' });
    expect(byName?.files.map(({ path }) => path)).toEqual([
      'index.js',
      'index.js.map',
      'katamari-handler.js',
      'katamari-tracker.js',
    ]);
    expect(byName?.size).toBe(byName?.files.reduce((sum, { size }) => sum + size, 0));
    expect(await app.json('bundle', 'Jobs/Import')).toEqual([byName]);
  },
  TIMEOUT_MS,
);

test(
  '--local shows what the local run would deploy',
  async () => {
    expect((await app.json<BundleJson[]>('bundle', 'LocalOnly', '--local')).map(({ name }) => name)).toEqual(['LocalOnly']);
    const { code, stderr } = await app.run('bundle', 'LocalOnly');
    expect(code).toBe(1);
    expect(stderr).toContain(
      "package 'LocalOnly' not found; available: 'Prod/Shop/Report', 'Shop/Jobs/Failures/Record', 'Shop/Jobs/Import', 'Shop/Tools'\n  Inline code",
    );
  },
  TIMEOUT_MS,
);

test('outside an app, explains where to run the command', async () => {
  const empty = new TestApp({});
  const { code, stderr } = await empty.run('bundle');
  await empty.remove();
  expect(code).toBe(1);
  expect(stderr).toContain('no cdk.json in ');
});
