import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Zippable } from 'fflate';
import { runProcess } from '../../../engine/run-process';
import { START_TIMEOUT_MS, useMiniStack } from '../../support/ministack';
import { SourceProject } from '../../support/source-project';
import { DependencyBucket, folderName, type LoadOptions, Machine, NODE_LOADER } from '../../support/stored-dependencies';

const MIB = 1024 * 1024;
const RUNTIME = join(__dirname, '..', '..', '..', 'dist', 'runtime');
const ministack = useMiniStack();
let bucket: DependencyBucket;
let machine: Machine;

beforeAll(async () => {
  bucket = await DependencyBucket.create(ministack.endpoint);
}, START_TIMEOUT_MS);

beforeEach(() => {
  bucket.reset();
  machine = new Machine(bucket, NODE_LOADER);
});

afterEach(() => machine.remove());

afterAll(() => bucket?.stop());

/** Runs an ES module in the environment of a function, and parses its output. */
async function run(
  code: string,
  zips: LoadOptions['zips'],
  env: Record<string, string | undefined> = {},
  cwd = machine.directory,
) {
  const text = `import { DependencyError, loadDependencies } from ${JSON.stringify(join(RUNTIME, 'index.mjs'))};\n${code}`;
  const environment = machine.environment({ zips, rounds: [], env });
  const result = await runProcess(process.execPath, ['--input-type=module', '-e', text], { env: environment, cwd });
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout);
}

const manifest = (more: object) => JSON.stringify({ name: 'x', version: '1.0.0', ...more });

describe('a package', () => {
  test('in CommonJS is the result of require, and finds its dependencies', async () => {
    const calc = await bucket.putFiles({
      'node_modules/calc/package.json': manifest({ main: 'main.js' }),
      'node_modules/calc/main.js': "module.exports = (x) => require('@scope/twice')(x);",
      'node_modules/@scope/twice/package.json': manifest({}),
      'node_modules/@scope/twice/index.js': 'module.exports = (x) => 2 * x;',
    });
    const code = `const { calc } = await loadDependencies(['calc']);
      console.log(JSON.stringify([calc(21), calc === (await loadDependencies(['calc'])).calc]));`;
    expect(await run(code, { calc })).toEqual([42, true]);
  });

  test('with a scope is found by its full name', async () => {
    const zip = await bucket.putFiles({
      'node_modules/@scope/one/package.json': manifest({}),
      'node_modules/@scope/one/index.js': 'exports.one = 1;',
    });
    const code = `console.log(JSON.stringify(await loadDependencies(['@scope/one'])));`;
    expect(await run(code, { '@scope/one': zip })).toEqual({ '@scope/one': { one: 1 } });
  });

  test.each([
    ['that is an ES module', { type: 'module', exports: './index.js' }],
    ['that can be imported alone', { type: 'module', exports: { import: './index.js' } }],
  ])('%s is its names', async (_, more) => {
    const modern = await bucket.putFiles({
      'node_modules/modern/package.json': manifest(more),
      'node_modules/modern/index.js': "import { two } from 'other';\nexport const one = 1; export { two };",
      'node_modules/other/package.json': manifest({ type: 'module', exports: { import: './index.js' } }),
      'node_modules/other/index.js': 'await null; export const two = 2;',
    });
    const code = `const { modern } = await loadDependencies(['modern']);
      console.log(JSON.stringify([modern.one, modern.two]));`;
    expect(await run(code, { modern })).toEqual([1, 2]);
    // A second process uses the files of the first one.
    expect(await run(code, { modern })).toEqual([1, 2]);
    expect(bucket.requestedKeys).toHaveLength(1);
  });

  test('that throws while it is loaded throws its own error', async () => {
    const bad = await bucket.putFiles({
      'node_modules/bad/package.json': manifest({}),
      'node_modules/bad/index.js': "throw new RangeError('not today');",
    });
    const code = `await loadDependencies(['bad']).catch((error) => console.log(JSON.stringify([error.name, error.message])));`;
    expect(await run(code, { bad })).toEqual(['RangeError', 'not today']);
  });

  test('that is only a folder is the path of the folder', async () => {
    const model = await bucket.putFiles({ 'model.bin': 'x' });
    const code = `console.log(JSON.stringify(await loadDependencies(['model'])));`;
    expect(await run(code, { model })).toEqual({ model: join(machine.store, folderName(model)) });
  });
});

describe('outside Lambda', () => {
  const outside = { AWS_LAMBDA_FUNCTION_NAME: undefined };

  test('returns the installed package without a request to S3', async () => {
    const code = `const { yauzl, 'picocolors': colors } = await loadDependencies(['yauzl', 'picocolors']);
      console.log(JSON.stringify([typeof yauzl.open, typeof colors.red]));`;
    expect(await run(code, {}, outside, process.cwd())).toEqual(['function', 'function']);
    expect(bucket.requestedKeys).toEqual([]);
  });

  test('leaves out dependencies that are not installed, such as folders', async () => {
    const code = `console.log(JSON.stringify(Object.keys(await loadDependencies(['no-such-package', 'yauzl', 'model']))));`;
    expect(await run(code, {}, outside, process.cwd())).toEqual(['yauzl']);
    expect(await run(code, {}, outside)).toEqual([]);
    expect(bucket.requestedKeys).toEqual([]);
  });

  test('throws the error of an installed package whose dependency is missing', async () => {
    const folder = join(machine.directory, 'node_modules', 'lame');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), "require('no-such-package');");
    const code = `await loadDependencies(['lame']).catch((error) => console.log(JSON.stringify([error.code, error.message])));`;
    expect(await run(code, {}, outside)).toEqual([
      'MODULE_NOT_FOUND',
      expect.stringContaining("Cannot find module 'no-such-package'"),
    ]);
  });
});

test('uses a given client', async () => {
  const model = await bucket.putFiles({ 'model.bin': 'by my own client' });
  const code = `import { createReadStream } from 'node:fs';
    const s3 = { send: async ({ input }) => ({ Body: createReadStream(process.env.CONTENT, { end: input.Key.length + 1e9 }) }) };
    console.log(JSON.stringify(Object.keys(await loadDependencies(['model'], { s3 }))));`;
  const content = join(machine.directory, 'content.zip');
  const response = await fetch(`${ministack.endpoint}/katamari-assets/${model[0]}`);
  writeFileSync(content, Buffer.from(await response.arrayBuffer()));
  expect(await run(code, { model }, { CONTENT: content })).toEqual(['model']);
  expect(bucket.requestedKeys).toEqual([]);
});

test('memory use does not depend on the size of a dependency', async () => {
  // The first file makes the zip large, and the second one the unpacked content.
  const content = {
    random: [randomBytes(150 * MIB), { level: 0 }],
    zeros: [Buffer.alloc(200 * MIB), { level: 1 }],
  } satisfies Zippable;
  const large = await bucket.putZip(content, 350 * MIB);
  const small = await bucket.putFiles({ 'small.txt': 'x' });
  const memoryFor = (names: string[]): Promise<number> => {
    // The peak that the system tells counts what the process was forked from.
    const code = `let most = 0;
      const look = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 5);
      await loadDependencies(${JSON.stringify(names)});
      clearInterval(look);
      console.log(JSON.stringify(most / 1024 / 1024));`;
    return run(code, { small, large });
  };
  const least = await memoryFor(['small']);
  const most = await memoryFor(['small', 'large']);
  expect(large[2]).toBeGreaterThan(150 * MIB);
  // MiB: neither the zip nor one of its files is held.
  expect(most - least).toBeLessThan(96);
});

describe('a bundle', () => {
  const project = new SourceProject();
  afterAll(() => project.remove());
  const bundle = (name: string, code: string) => {
    // Outside the repository the package has no name: it is not installed there.
    project.write({ [`${name}.ts`]: code.replace('cdk-katamari/runtime', join(RUNTIME, 'index.mjs')) });
    return project.code(`${name}.ts`);
  };

  test('that only emits events does not contain the loader', () => {
    const text = bundle('emits', "import { emit } from 'cdk-katamari/runtime';\nexport const handler = () => emit('x');");
    expect(text).not.toMatch(/katamari-dependencies|KATAMARI_DEPENDENCIES|GetObject|openReadStream/);
  });

  test('that loads dependencies runs without further files', async () => {
    const text = bundle(
      'loads',
      "import { loadDependencies } from 'cdk-katamari/runtime';\nexport const handler = () => loadDependencies(['model']);",
    );
    expect(text).toMatch(/katamari-dependencies/);
    const file = join(machine.directory, 'bundle.js');
    writeFileSync(file, text);
    const model = await bucket.putFiles({ 'model.bin': 'bundled' });
    const { code, stdout, stderr } = await runProcess(
      process.execPath,
      ['-e', `require(${JSON.stringify(file)}).handler().then((loaded) => console.log(JSON.stringify(loaded)))`],
      { env: machine.environment({ zips: { model }, rounds: [] }), cwd: machine.directory },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ model: join(machine.store, folderName(model)) });
    expect(machine.files(join(machine.store, folderName(model)))).toEqual({ 'model.bin': 'bundled' });
  });
});
