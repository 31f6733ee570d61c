import { chmodSync, existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, Layer, LayerContent, ManagedFunction, Source } from '../../../lib';
import { bindSource, invokeBound, SourceProject } from '../../support/source-project';

const READS = `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export const handler = async (name: string) => readFileSync(join(__dirname, name), 'utf8');
`;

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
  project.write({ 'entry.ts': READS, 'config.json': '{"a":1}', 'texts/de/hello.txt': 'hallo', 'texts/draft.md': 'not yet' });
});
afterEach(() => project.remove());

const bound = (options: BundleOptions, wrapHandler = false) =>
  bindSource(project.typescript('entry.ts', options), { wrapHandler });

test('the handler can read the added files and folders', async () => {
  const found = bound({
    files: [{ path: project.path('config.json'), folder: 'settings' }],
    folders: [{ path: project.path('texts'), ignore: ['*.md'] }],
  });
  await expect(invokeBound(found, 'settings/config.json')).resolves.toBe('{"a":1}');
  await expect(invokeBound(found, 'texts/de/hello.txt')).resolves.toBe('hallo');
  expect(readdirSync(join(found.directory, 'texts'))).toEqual(['de']);
});

test('only a changed file, a new file in a folder, or another target path change the package', () => {
  const options = { files: [{ path: project.path('config.json') }], folders: [{ path: project.path('texts') }] };
  const hashes = [bound(options).hash];
  const same = bound(options).hash;
  project.write({ 'config.json': '{"a":2}' });
  hashes.push(bound(options).hash);
  project.write({ 'texts/new.txt': 'new' });
  hashes.push(bound(options).hash);
  hashes.push(bound({ ...options, files: [{ path: project.path('config.json'), folder: 'b' }] }).hash);
  hashes.push(bound({}).hash);
  expect(same).toBe(hashes[0]);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('the permission to execute a file is kept, and is part of the hash', () => {
  project.write({ tool: '#!/bin/sh\n' });
  const options = { files: [{ path: project.path('tool') }] };
  const plain = bound(options).hash;
  chmodSync(project.path('tool'), 0o755);
  const executable = bound(options);
  expect(executable.hash).not.toBe(plain);
  expect(statSync(join(executable.directory, 'tool')).mode & 0o111).toBe(0o111);
});

test.each(['index.js', 'index.js.map', 'katamari-handler.js', 'katamari-tracker.js'])('a file cannot replace %s', (name) => {
  project.write({ [name]: 'mine' });
  expect(() => bound({ files: [{ path: project.path(name) }] }, true)).toThrow(
    new Error(
      `a file to add must not replace a file of the bundle (index.js.map, index.js, katamari-tracker.js, katamari-handler.js), got: '${name}'`,
    ),
  );
});

test('a missing file is rejected', () => {
  expect(() => bound({ files: [{ path: 'not/there.txt' }] })).toThrow(
    `a file to add must exist, relative to the working directory ${process.cwd()}, got: 'not/there.txt'`,
  );
});

describe('modules', () => {
  beforeEach(() => {
    project.write({
      'entry.ts': "import { greet } from 'greeter';\nexport const handler = async (name: string) => greet(name);\n",
      'node_modules/greeter/package.json': '{"dependencies":{"words":"1"}}',
      'node_modules/greeter/index.js':
        "const { join } = require('node:path');\nexports.greet = (n) => require('node:fs').readFileSync(join(__dirname, 'greeting.txt'), 'utf8') + require('words').mark + n;\n",
      'node_modules/greeter/greeting.txt': 'hello',
      'node_modules/words/package.json': '{}',
      'node_modules/words/index.js': "exports.mark = ', ';\n",
    });
  });

  test('are added to the package unchanged with their dependencies, and are not bundled', async () => {
    const found = bound({ modules: ['greeter'] });
    expect(readFileSync(join(found.directory, 'index.js'), 'utf8')).toContain('require("greeter")');
    await expect(invokeBound(found, 'you')).resolves.toBe('hello, you');
    expect(existsSync(join(bound({}).directory, 'node_modules'))).toBe(false);
  });

  test('change the package if one of their files has changed', () => {
    const before = bound({ modules: ['greeter'] }).hash;
    project.write({ 'node_modules/greeter/greeting.txt': 'good day' });
    expect(bound({ modules: ['greeter'] }).hash).not.toBe(before);
  });

  test('that are not installed are rejected', () => {
    expect(() => bound({ modules: ['gone'] })).toThrow("modules must name installed npm packages, got: 'gone'");
  });

  const withBinary = (architecture: lambda.Architecture, context: Record<string, unknown> = {}) => {
    project.write({ 'node_modules/greeter/build/greeter.node': 'binary' });
    const stack = new Stack(new App({ context }), 'Stack');
    new ManagedFunction(stack, 'Greet', {
      source: Source.typescript(project.path('entry.ts'), { modules: ['greeter'] }),
      architecture,
    });
    return stack;
  };
  // No machine is both.
  const other = process.arch === 'arm64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64;

  test('with binaries cause a warning if the function has another architecture', () => {
    Annotations.fromStack(withBinary(other)).hasWarning(
      '*',
      Match.stringLikeRegexp(`modules contain binaries for ${process.platform} on ${process.arch}.*: greeter.node`),
    );
  });

  test('with binaries cause no warning in a local run', () => {
    Annotations.fromStack(withBinary(other, { 'katamari:local': 'true' })).hasNoWarning('*', Match.anyValue());
  });
});

describe('250 MB', () => {
  const MEGABYTE = 1024 * 1024;
  /** Writes a file that takes no room on the disk. */
  const large = (name: string, megabytes: number) => {
    project.write({ [name]: '' });
    truncateSync(project.path(name), megabytes * MEGABYTE);
  };
  const functionWith = (options: BundleOptions, layers: lambda.ILayerVersion[], stack: Stack) =>
    new ManagedFunction(stack, 'Draw', { source: Source.typescript(project.path('entry.ts'), options), layers });

  test('a package of files and modules, with what takes the room', () => {
    project.write({ 'node_modules/@acme/engine/package.json': '{}' });
    large('node_modules/@acme/engine/engine.bin', 200);
    large('model.bin', 51);
    expect(() =>
      functionWith(
        { modules: ['@acme/engine'], files: [{ path: project.path('model.bin') }] },
        [],
        new Stack(new App(), 'Stack'),
      ),
    ).toThrow(
      /^the package of 'entry\.ts' must be at most 262144000 bytes \(250 MB\) unzipped, got: 2631\d{5} \(@acme\/engine 200\.0 MB, its own files 51\.0 MB\); move the largest to a DependencyStore, which loads them when the function starts \(at Stack\)$/,
    );
  });

  test.each([
    ['of this library', (stack: Stack, path: string) => new Layer(stack, 'Fonts', { content: LayerContent.folder(path) })],
    [
      'of the CDK',
      (stack: Stack, path: string) => new lambda.LayerVersion(stack, 'Fonts', { code: lambda.Code.fromAsset(path) }),
    ],
    [
      'of the CDK, added later',
      (stack: Stack, path: string) => new lambda.LayerVersion(stack, 'Fonts', { code: lambda.Code.fromAsset(path) }),
    ],
  ])('code and layers are counted together: a layer %s', (what, make) => {
    large('model.bin', 120);
    large('fonts/fonts.bin', 140);
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const layer = make(stack, project.path('fonts'));
    const later = what.endsWith('later');
    const fn = functionWith({ files: [{ path: project.path('model.bin') }] }, later ? [] : [layer], stack);
    if (later) fn.addLayers(layer);
    expect(() => app.synth()).toThrow(
      /\[Stack\/Draw\] the code and the layers of 'Draw' together must be at most 262144000 bytes \(250 MB\) unzipped, got: 2726\d{5} \(the layer Stack\/Fonts 140\.0 MB, its code 120\.0 MB\); move the largest to a DependencyStore/,
    );
  });

  test('layers of others, whose size is unknown, count as nothing', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:layer:fonts:3';
    functionWith({}, [lambda.LayerVersion.fromLayerVersionArn(stack, 'Fonts', arn)], stack);
    expect(() => app.synth()).not.toThrow();
  });

  test('code that is deployed as it is counts as well', () => {
    large('code/index.js', 251);
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const code = lambda.Code.fromAsset(project.path('code'));
    new ManagedFunction(stack, 'Raw', { source: Source.code(code, { handler: 'index.handler' }) });
    expect(() => app.synth()).toThrow(/the code and the layers of 'Raw' together must be at most .*\(its code 251\.0 MB\)/);
  });
});
