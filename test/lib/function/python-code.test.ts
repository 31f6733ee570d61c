import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type PythonSourceOptions, Source, type SourceConfig } from '../../../lib';
import { skipBundling } from '../../../testing';
import { elf, fileAssets, INSTALL_TIMEOUT_MS, listFiles, NETWORK_TIMEOUT_MS, PythonProject } from '../../support/python-project';

const APP = "def run(event, context):\n    return {'got': event}\n";

// Each test installs packages.

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
  project.write({ 'fn/app.py': APP });
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

interface BindOptions {
  readonly wrapHandler?: boolean;
  readonly debugShell?: boolean;
  readonly runtime?: lambda.Runtime;
  readonly architecture?: lambda.Architecture;
  readonly context?: Record<string, unknown>;
}

interface Bound {
  readonly config: SourceConfig;
  readonly directory: string;
  readonly hash: string;
  /** The files of the user and of packages, without the files of this library. */
  readonly files: string[];
}

function bind(options: Partial<PythonSourceOptions> = {}, how: BindOptions = {}): Bound {
  const stack = project.stack(how.context);
  const config = Source.python('fn', { handler: 'app.run', ...options }).bind(stack, {
    runtime: how.runtime,
    architecture: how.architecture ?? lambda.Architecture.ARM_64,
    wrapHandler: how.wrapHandler ?? false,
    debugShell: how.debugShell,
  });
  new lambda.Function(stack, 'Function', { code: config.code, handler: config.handler, runtime: config.runtime });
  const [{ path: directory, hash }] = fileAssets(stack) as [{ path: string; hash: string }];
  return { config, directory, hash, files: listFiles(directory).filter((name) => !name.startsWith('katamari_')) };
}

/** Invokes the handler like Lambda, by the handler name of the function. */
function invoke({ config, directory }: Bound, event: unknown): unknown {
  const [module, attribute] = config.handler.split(/\.(?=[^.]*$)/);
  const code = `import importlib, json, sys; sys.path.insert(0, ${JSON.stringify(directory)}); handler = getattr(importlib.import_module('${module}'), '${attribute}'); context = type('C', (), {'aws_request_id': 'r', 'get_remaining_time_in_millis': lambda self: 1000})(); print('\\n' + json.dumps(handler(json.loads(sys.argv[1]), context)))`;
  const env = { ...process.env, AWS_REGION: 'us-east-1', PYTHONDONTWRITEBYTECODE: '1' };
  const out = execFileSync('python3', ['-c', code, JSON.stringify(event)], { env, encoding: 'utf8' });
  return JSON.parse(out.trim().split('\n').at(-1) as string);
}

describe('the package', () => {
  test.each([
    [{}, 'app.run'],
    [{ wrapHandler: true }, 'katamari_handler.handler'],
    [{ debugShell: true }, 'katamari_handler.handler'],
    [{ wrapHandler: true, debugShell: true }, 'katamari_handler.handler'],
  ] as [BindOptions, string][])('runs with %p', (how, handler) => {
    const bound = bind({}, how);
    expect(bound.config).toMatchObject({ handler, runtime: lambda.Runtime.PYTHON_3_13, wrapped: how.wrapHandler ?? false });
    expect(bound.config.debugShell ?? false).toBe(how.debugShell ?? false);
    expect(invoke(bound, { a: 1 })).toEqual({ got: { a: 1 } });
  });

  const coroutine = 'import asyncio\nasync def run(event, context):\n    await asyncio.sleep(0)\n    return {"got": event}\n';
  test.each([
    ['defined by async def', coroutine, {}],
    ['defined by async def, with the debug shell', coroutine, { debugShell: true }],
    ['defined by async def, with the tracker', coroutine, { wrapHandler: true }],
    [
      'defined in a condition',
      coroutine.replace('async def run', 'if True:\n  async def run').replaceAll('\n    ', '\n      '),
      {},
    ],
    ['assigned', `${coroutine.replace('def run', 'def main')}run = main\n`, {}],
    ['assigned from a function', 'run = lambda event, context: {"got": event}\n', {}],
  ] as [string, string, BindOptions][])('awaits a handler that is %s', (_what, app, how) => {
    project.write({ 'fn/app.py': app });
    const bound = bind({}, how);
    expect(bound.config.handler).toBe('katamari_handler.handler');
    expect(invoke(bound, { a: 1 })).toEqual({ got: { a: 1 } });
  });

  test('has the tracker inside and the shell outside', () => {
    const { directory } = bind({}, { wrapHandler: true, debugShell: true });
    expect(readFileSync(join(directory, 'katamari_handler.py'), 'utf8')).toBe(
      [
        'from katamari_runtime.tracker import track_module',
        'from katamari_runtime.shell import with_shell',
        '',
        "handler = track_module('app', 'run')",
        'handler = with_shell(handler)',
        '',
      ].join('\n'),
    );
  });

  test('lets a handler import katamari_runtime, tracked or not', () => {
    project.write({ 'fn/app.py': `from katamari_runtime import emit\n${APP}` });
    expect(invoke(bind(), 1)).toEqual({ got: 1 });
  });

  test('has the files of the folder, without those that are not part of the code', () => {
    project.write({
      'fn/orders/rules.py': '',
      'fn/data/table.json': '{}',
      'fn/__pycache__/app.cpython-313.pyc': '',
      'fn/.venv/lib/six.py': '',
      'fn/.env': 'SECRET=1',
      'fn/requirements-dev.txt': 'pytest',
      'fn/pyproject.toml': '[tool.ruff]\n',
      'fn/docs/guide.md': '',
    });
    expect(bind().files).toEqual(['app.py', 'data/table.json', 'docs/guide.md', 'orders/rules.py', 'requirements-dev.txt']);
    expect(bind({ exclude: ['docs', '*-dev.txt', '!pyproject.toml'] }).files).toEqual([
      ...['app.py', 'data/table.json', 'orders/rules.py', 'pyproject.toml'],
    ]);
  });

  test('has neither settings files with secrets nor the requirements file', () => {
    project.write({
      'fn/.env.production': 'SECRET=1',
      'fn/sub/.env.local': '',
      'fn/.envrc': '',
      'fn/.npmrc': '',
      'fn/pip.conf': '',
    });
    project.write({ 'fn/deps/prod [1].txt': '# nothing\n', 'fn/deps/prod 1.txt': '', 'fn/prod.txt': '' });
    expect(bind({ requirements: 'deps/prod [1].txt' }).files).toEqual(['app.py', 'deps/prod 1.txt', 'prod.txt']);
    expect(bind({ requirements: './prod.txt', exclude: ['!.envrc'] }).files).toEqual([
      ...['.envrc', 'app.py', 'deps/prod 1.txt', 'deps/prod [1].txt'],
    ]);
  });

  test('has the added modules, files and folders', () => {
    project.write({
      'beside.py': "NAME = 'beside'\n",
      'src/shared/__init__.py': "NAME = 'shared'\n",
      'src/shared/__pycache__/x.pyc': '',
      'config/app.toml': '',
      'assets/a.txt': '',
      'assets/b.log': '',
      'fn/app.py': 'import beside, shared\n\ndef run(event, context):\n    return [beside.NAME, shared.NAME]\n',
    });
    const bound = bind({
      modules: ['beside', 'shared'],
      files: [{ path: 'config/app.toml', folder: 'settings' }],
      folders: [{ path: 'assets', ignore: ['*.log'] }],
    });
    expect(bound.files).toEqual(['app.py', 'assets/a.txt', 'beside.py', 'settings/app.toml', 'shared/__init__.py']);
    expect(invoke(bound, null)).toEqual(['beside', 'shared']);
  });

  test('needs no tool without requirements', () => {
    project.use('none');
    expect(bind().files).toEqual(['app.py']);
    project.write({ 'fn/requirements.txt': '# nothing yet\n' });
    expect(bind().files).toEqual(['app.py']);
  });

  test('has its requirements for the target', () => {
    project.wheel({ name: 'native', tag: 'cp312-cp312-manylinux_2_28_x86_64', files: { 'native/ext.so': elf('x86_64') } });
    project.wheel({ name: 'native', tag: 'cp313-cp313-manylinux_2_28_aarch64', files: { 'native/ext.so': elf('aarch64') } });
    project.requirements('fn/requirements.txt', 'native');
    const bound = bind({}, { runtime: lambda.Runtime.PYTHON_3_12, architecture: lambda.Architecture.X86_64 });
    expect(readFileSync(join(bound.directory, 'native', 'ext.so'))).toEqual(elf('x86_64'));
    expect(readFileSync(join(bind().directory, 'native', 'ext.so'))).toEqual(elf('aarch64'));
  });

  test('has the requirements of another file', () => {
    project.wheel({ name: 'main' });
    project.requirements('fn/requirements.txt', 'not-there');
    project.requirements('fn/lambda.txt', 'main');
    expect(bind({ requirements: 'lambda.txt' }).files).toContain('main/__init__.py');
  });

  test('has the requirements for this machine in a local run, and runs', () => {
    project.wheel({ name: 'main' });
    project.wheel({ name: 'main', version: '2.0', tag: 'cp313-cp313-manylinux_2_28_mips' });
    project.requirements('fn/requirements.txt', 'main');
    project.write({ 'fn/app.py': 'import main\n\ndef run(event, context):\n    return main.VERSION\n' });
    expect(invoke(bind({}, { context: { 'katamari:local': 'true' } }), null)).toBe('1.0');
  });

  test('is not built if bundling is skipped', () => {
    project.use('none');
    project.requirements('fn/requirements.txt', 'not-there');
    const { config } = bind({}, { context: skipBundling(), wrapHandler: true });
    expect(config.handler).toBe('katamari_handler.handler');
  });
});

describe('the hash', () => {
  test('depends only on names and content', async () => {
    project.write({ 'fn/sub/b.py': '' });
    const first = bind({}, { wrapHandler: true });
    utimesSync(project.path('fn', 'app.py'), 1, 1);
    expect(bind({}, { wrapHandler: true }).hash).toBe(first.hash);
    project.remove();
    project = await PythonProject.create();
    project.write({ 'fn/sub/b.py': '', 'fn/app.py': APP });
    expect(bind({}, { wrapHandler: true }).hash).toBe(first.hash);
  });

  test('changes with the code, the name of a file, the wrapper, and the requirements', () => {
    const hashes = [bind().hash, bind({}, { wrapHandler: true }).hash, bind({}, { debugShell: true }).hash];
    project.write({ 'fn/app.py': `${APP}\n` });
    hashes.push(bind().hash);
    project.write({ 'fn/empty.py': '' });
    hashes.push(bind().hash);
    project.wheel({ name: 'main' });
    project.requirements('fn/requirements.txt', 'main');
    hashes.push(bind().hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('a handler', () => {
  test.each([
    ['async def run(event, context):\n    return 1\n'],
    ['run = lambda event, context: 1\n'],
    ['from other import run\n'],
    ['from other import (\n    helper,\n    start as run,\n)\n'],
    ['from other import *\n'],
    ['try:\n    import json\n    def run(event, context): ...\nexcept ImportError:\n    run = None\n'],
    ['class Run: ...\nfirst, run = 1, Run()\n'],
    ['def __getattr__(name): ...\n'],
    ['run: object = None\n'],
  ])('can be %j, with and without Python to check it', (text) => {
    project.write({ 'fn/app.py': text });
    for (const tool of ['pip', 'none'] as const) {
      project.use(tool);
      expect(() => Source.python('fn', { handler: 'app.run' })).not.toThrow();
    }
  });

  test.each([
    ['def start(event, context): ...\n', "'start'"],
    ['from other import helper, other as start\n', "'helper', 'start'"],
    ['class Runner:\n    def run(self): ...\n', "'Runner'"],
    ['', 'no names'],
    ['_run = 1\n', 'no names'],
  ])('is missing in %j', (text, got) => {
    project.write({ 'fn/app.py': text });
    project.use('pip');
    expect(() => Source.python('fn', { handler: 'app.run' })).toThrow(
      new Error(`app.py must define a function named 'run', got: ${got}`),
    );
  });

  test('is also checked without Python', () => {
    project.write({ 'fn/app.py': 'import os, sys\n\ndef start(event, context): ...\n' });
    project.use('none');
    expect(() => Source.python('fn', { handler: 'app.run' })).toThrow(
      "app.py must define a function named 'run', got: 'start', 'os', 'sys'",
    );
  });

  test('may be in a package', () => {
    project.write({ 'fn/orders/web/__init__.py': APP, 'fn/orders/queue.py': APP });
    expect(invoke(bind({ handler: 'orders.queue.run' }, { wrapHandler: true }), 1)).toEqual({ got: 1 });
    expect(invoke(bind({ handler: 'orders.web.run' }), 1)).toEqual({ got: 1 });
  });

  test.each(['app', 'app.py:run', 'fn/app.run', '.run', 'app.', 'app.run()', '', '1app.run'])('must not be %p', (handler) => {
    expect(() => Source.python('fn', { handler })).toThrow(
      `handler must name a module and a function in it, such as 'app.run', got: '${handler}'`,
    );
  });

  test('must be in an existing module', () => {
    expect(() => Source.python('fn', { handler: 'orders.app.run' })).toThrow(
      "handler must name a module in the folder 'fn', got: 'orders.app.run' without orders/app.py",
    );
  });
});

describe('rejects', () => {
  test.each([
    ['not-there', 'does not exist'],
    ['fn/app.py', 'is not a folder'],
  ])('an entry that is no folder: %s', (directory, problem) => {
    const options = { architecture: lambda.Architecture.ARM_64, wrapHandler: false };
    const source = Source.python(directory, { handler: 'app.run' });
    expect(() => source.bind(new Stack(new App(), 'Stack'), options)).toThrow(
      `the entry ${problem}; it must be a folder, relative to the working directory ${process.cwd()}, got: '${directory}' (at Stack)`,
    );
  });

  test('a runtime of another language', () => {
    expect(() => bind({}, { runtime: lambda.Runtime.NODEJS_24_X })).toThrow(
      "a Python source requires a Python runtime, got: 'nodejs24.x' (at Stack)",
    );
  });

  test.each(['nowhere', 'empty'])('the module %s, which is nowhere', (name) => {
    mkdirSync(project.path('empty'));
    expect(() => bind({ modules: [name] })).toThrow(
      `a Python module in modules must be in one of the folders '.', 'src', got: '${name}'`,
    );
  });

  test('a module by its path', () => {
    expect(() => bind({ modules: ['shared.orders'] })).toThrow(
      "modules must name top-level Python modules, got: 'shared.orders'",
    );
  });

  test('a missing requirements file', () => {
    expect(() => bind({ requirements: 'lambda.txt' })).toThrow(
      /^requirements must be an existing file, relative to the working directory/,
    );
  });

  test.each(['katamari_handler.py', 'katamari_runtime/__init__.py'])('the name %s', (name) => {
    project.write({ [`fn/${name}`]: '' });
    expect(() => bind({}, { wrapHandler: true })).toThrow(
      /^the names katamari_runtime and katamari_handler are reserved for this library, got: '.*fn\/katamari_/,
    );
  });

  test.each(['main/__init__.py', 'main/more.py', 'main.py'])('%s beside a package of that name', (name) => {
    project.wheel({ name: 'main' });
    project.requirements('fn/requirements.txt', 'main');
    project.write({ [`fn/${name}`]: '' });
    expect(() => bind()).toThrow(
      `a file of the function must not hide an installed package, got: '${name}' from '${name.split('/').at(-1)}'; rename the file`,
    );
  });

  test('but accepts several parts of one namespace package', () => {
    project.wheel({ name: 'main', files: { 'main/__init__.py': '', 'acme/billing.py': '' } });
    project.requirements('fn/requirements.txt', 'main');
    project.write({ 'fn/acme/orders.py': '' });
    expect(bind().files).toEqual(expect.arrayContaining(['acme/billing.py', 'acme/orders.py']));
  });

  test('a package over 250 MB', () => {
    project.wheel({ name: 'main' });
    project.requirements('fn/requirements.txt', 'main');
    project.write({ 'fn/model.bin': '' });
    truncateSync(project.path('fn', 'model.bin'), 262_144_000);
    expect(() => bind()).toThrow(
      /^the package of 'app\.run' must be at most 262144000 bytes \(250 MB\) unzipped, got: 262\d{6} \(its own files 250\.\d MB, main 0\.0 MB\); move the largest to a DependencyStore/,
    );
  });

  test(
    'a package that the index does not have, with where it was asked for',
    () => {
      project.write({ 'fn/requirements.txt': 'katamari-has-no-such-package\n' });
      expect(() => bind()).toThrow("a package must exist on the package index, got: 'katamari-has-no-such-package'");
    },
    NETWORK_TIMEOUT_MS,
  );
});

test('files keep their permission to execute', () => {
  project.write({ 'fn/tool.sh': '#!/bin/sh\n' });
  chmodSync(project.path('fn', 'tool.sh'), 0o755);
  const { directory } = bind();
  expect(readdirSync(directory)).toContain('tool.sh');
  expect(() => execFileSync(join(directory, 'tool.sh'))).not.toThrow();
});

test('a changed permission to execute changes the package', () => {
  project.write({ 'fn/tool.sh': '#!/bin/sh\n' });
  chmodSync(project.path('fn', 'tool.sh'), 0o644);
  const before = bind();
  chmodSync(project.path('fn', 'tool.sh'), 0o755);
  const after = bind();
  expect(after.hash).not.toBe(before.hash);
  expect(() => execFileSync(join(after.directory, 'tool.sh'))).not.toThrow();
});
