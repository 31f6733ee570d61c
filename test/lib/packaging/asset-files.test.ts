import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { strToU8, zipSync } from 'fflate';
import { type BundleOptions, Layer, LayerContent, ManagedFunction, Source } from '../../../lib';
import { writeZip } from '../../../lib/dependency-store/dependency-zip';
import { PythonCache } from '../../../lib/packaging/python/install-cache';
import { StagedPackages } from '../../../lib/packaging/staged-packages';
import { fileAssets } from '../../support/python-project';
import { bindSource, SourceProject } from '../../support/source-project';

let project: SourceProject;
let folderBefore: string;
let umaskBefore: number;
beforeEach(() => {
  folderBefore = process.cwd();
  umaskBefore = process.umask();
  project = new SourceProject();
  process.chdir(project.directory);
});
afterEach(() => {
  process.umask(umaskBefore);
  process.chdir(folderBefore);
  jest.dontMock('../../../lib/packaging/files');
  project.remove();
});

/** Modes of all files below a folder, by their paths. */
function modesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(names.map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]));
}

const assetOf = (stack: Stack) => fileAssets(stack)[0] as { readonly path: string; readonly hash: string };

describe.each([
  ['022', 0o022],
  ['077', 0o077],
  ['002', 0o002],
])('with the umask %s, modes of assets are the same', (_name, umask) => {
  beforeEach(() => {
    process.umask(umask);
  });

  test('in a bundle with files and modules', () => {
    project.write({
      'entry.ts': 'export const handler = async () => 1;\n',
      'secret.json': '{}',
      'tool.sh': '#!/bin/sh\n',
      'node_modules/fonts/package.json': '{}',
      'node_modules/fonts/fonts.bin': '',
    });
    chmodSync(project.path('secret.json'), 0o600);
    chmodSync(project.path('tool.sh'), 0o700);
    chmodSync(project.path('node_modules/fonts/fonts.bin'), 0o666);
    const options: BundleOptions = {
      files: ['secret.json', 'tool.sh'].map((path) => ({ path: project.path(path) })),
      modules: ['fonts'],
    };
    const { directory } = bindSource(project.typescript('entry.ts', options), { wrapHandler: true });
    const { 'tool.sh': tool, ...others } = modesOf(directory);
    expect(tool).toBe('755');
    expect(others).toMatchObject({ 'index.js': '644', 'secret.json': '644', 'node_modules/fonts/fonts.bin': '644' });
    expect(new Set(Object.values(others))).toEqual(new Set(['644']));
  });

  test('in a layer of a folder', () => {
    project.write({ 'layer/python/own.py': 'X = 1\n', 'layer/bin/tool': '#!/bin/sh\n' });
    chmodSync(project.path('layer/python/own.py'), 0o600);
    chmodSync(project.path('layer/bin/tool'), 0o711);
    const stack = new Stack(new App(), 'Stack');
    new Layer(stack, 'Layer', { content: LayerContent.folder('layer') });
    expect(modesOf(assetOf(stack).path)).toEqual({ 'python/own.py': '644', 'bin/tool': '755' });
  });

  test('in installed Python packages, and in functions with them', () => {
    const installed = new PythonCache().store(
      (folder) => {
        mkdirSync(join(folder, 'pandas'));
        writeFileSync(join(folder, 'pandas', '__init__.py'), '');
        writeFileSync(join(folder, 'pandas', 'tool'), '', { mode: 0o700 });
        return [];
      },
      () => 'key',
    );
    expect(modesOf(installed.directory)).toEqual({ 'pandas/__init__.py': '644', 'pandas/tool': '755' });
    project.write({ 'app.py': 'x = 1\n' });
    chmodSync(project.path('app.py'), 0o600);
    const staged = new StagedPackages().stage(new Map([['app.py', project.path('app.py')]]), installed);
    expect(modesOf(staged.directory)).toEqual({ 'app.py': '644', 'pandas/__init__.py': '644', 'pandas/tool': '755' });
  });
});

test('the mode of a file is part of neither the hash nor the asset, apart from whether it is executable', () => {
  project.write({ 'layer/python/own.py': 'X = 1\n' });
  const synth = (mode: number) => {
    chmodSync(project.path('layer/python/own.py'), mode);
    const stack = new Stack(new App(), 'Stack');
    new Layer(stack, 'Layer', { content: LayerContent.folder('layer') });
    return assetOf(stack).hash;
  };
  expect(synth(0o600)).toBe(synth(0o644));
  expect(synth(0o755)).not.toBe(synth(0o644));
});

test('a handler of this library that npm has installed with another mode is staged', () => {
  jest.doMock('../../../lib/packaging/files', () => ({
    ...jest.requireActual('../../../lib/packaging/files'),
    isReadable: () => false,
  }));
  const { handlerCode } = jest.requireActual('../../../lib/packaging/handler-code');
  jest.isolateModules(() => {
    const code: lambda.AssetCode = require('../../../lib/packaging/handler-code').handlerCode('not-bundled');
    expect(code.path).toContain(project.path('node_modules', '.cache'));
    expect(modesOf(code.path)).toEqual({ 'index.js': '644' });
  });
  expect((handlerCode('not-bundled') as lambda.AssetCode).path).not.toContain(project.directory);
});

describe('a path that cannot be unpacked is refused', () => {
  const message = (name: string) =>
    `a path in a package must have no backslash, no control character and no colon in its first part, because it could not be unpacked, got: '${name}'; rename the file`;
  const NAMES = [
    ['model:v1.bin', 'model:v1.bin'],
    ['a\\b.bin', 'a\\\\b.bin'],
    ['line\nbreak.bin', 'line\\nbreak.bin'],
  ];

  test.each(NAMES)('in a bundle: %j', (name, shown) => {
    project.write({ 'entry.ts': 'export const handler = async () => 1;\n', [name]: '' });
    expect(() => bindSource(project.typescript('entry.ts', { files: [{ path: project.path(name) }] }))).toThrow(message(shown));
  });

  test('in a module', () => {
    project.write({
      'entry.ts': 'export const handler = async () => 1;\n',
      'node_modules/fonts/package.json': '{}',
      'node_modules/fonts/a\\b.bin': '',
    });
    expect(() => bindSource(project.typescript('entry.ts', { modules: ['fonts'] }))).toThrow(
      message('node_modules/fonts/a\\\\b.bin'),
    );
  });

  test.each(NAMES)('in a layer of a folder: %j', (name, shown) => {
    project.write({ [`layer/${name}`]: '' });
    const stack = new Stack(new App(), 'Stack');
    expect(() => new Layer(stack, 'Layer', { content: LayerContent.folder('layer') })).toThrow(message(shown));
  });

  test.each(NAMES)('in a stored dependency: %j', (name, shown) => {
    project.write({ [name]: '' });
    expect(() => writeZip(new Map([[name, project.path(name)]]), project.path('out.zip'), 'it')).toThrow(message(shown));
  });

  test.each(NAMES)('in the package of a Python function: %j', (name, shown) => {
    expect(() => new StagedPackages().stage(new Map([[name, Buffer.from('')]]))).toThrow(message(shown));
  });

  test.each(NAMES)('in an installed Python package: %j', (name, shown) => {
    const install = (folder: string) => {
      writeFileSync(join(folder, name), '');
      return [];
    };
    expect(() => new PythonCache().store(install, () => 'key')).toThrow(message(shown));
  });

  test('in code that is deployed as it is, and in a layer of the CDK', () => {
    project.write({ 'code/index.js': '', 'code/a\\b.js': '', 'layer/model:v1.bin': '' });
    const app = new App();
    const stack = new Stack(app, 'Stack');
    new ManagedFunction(stack, 'Raw', {
      source: Source.code(lambda.Code.fromAsset('code'), { handler: 'index.handler' }),
      layers: [new lambda.LayerVersion(stack, 'Model', { code: lambda.Code.fromAsset('layer') })],
    });
    expect(() => app.synth()).toThrow(message('a\\\\b.js'));
    expect(() => app.synth()).toThrow(message('model:v1.bin'));
  });

  test.each([
    ['a\\b.py', 'a\\\\b.py'],
    ['../b.py', '../b.py'],
    ['/b.py', '/b.py'],
  ])('in the zip of a layer: %j', (name, shown) => {
    writeFileSync('layer.zip', zipSync({ [name]: strToU8('') }));
    const stack = new Stack(new App(), 'Stack');
    expect(() => new Layer(stack, 'Layer', { content: LayerContent.zip('layer.zip') })).toThrow(
      `a path in a zip must be relative, and have no '..', no backslash and no control character, because it could not be unpacked, got: '${shown}' (at Stack)`,
    );
  });

  test('but not names that other machines could not have', () => {
    project.write({ 'layer/pages/[id].ts': '', 'layer/man/Foo::Bar.3': '', 'layer/über größe.txt': '', 'layer/con': '' });
    const stack = new Stack(new App(), 'Stack');
    expect(() => new Layer(stack, 'Layer', { content: LayerContent.folder('layer') })).not.toThrow();
  });
});
