import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { PipLayer, PythonBundling, type PythonDockerOptions, Source } from '../../../../lib';
import { fileAssets, INSTALL_TIMEOUT_MS, listFiles, PythonProject } from '../../../support/python-project';

const ROOT = join(__dirname, '..', '..', '..', '..');

/** A fake docker that records its arguments, and copies its input and a built module to the output. */
const DOCKER = `#!${process.execPath}
const { appendFileSync, cpSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const args = process.argv.slice(2);
appendFileSync(join(__dirname, 'docker.log'), JSON.stringify(args) + '\\n');
// The fake docker has no images yet.
if (args[0] === 'image') process.exit(1);
if (args[0] === 'run') {
  const mount = (of) => args.find((arg) => arg.includes(':' + of)).split(':')[0];
  const command = args.at(-1);
  const folder = join(mount('/asset-output'), /cd '\\/asset-output\\/?([^']*)'/.exec(command)[1]);
  mkdirSync(folder, { recursive: true });
  cpSync(mount('/asset-input'), folder, { recursive: true });
  writeFileSync(join(folder, 'built.py'), '');
}
`;

// Each test installs packages.

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
  project.write({
    'docker/docker': DOCKER,
    'fn/app.py': 'def run(event, context): ...\n',
    'fn/requirements.txt': 'docopt==0.6.2\n',
  });
  chmodSync(project.path('docker', 'docker'), 0o755);
  process.env.CDK_DOCKER = project.path('docker', 'docker');
}, INSTALL_TIMEOUT_MS);
afterEach(() => {
  delete process.env.CDK_DOCKER;
  project.remove();
});

/** Returns the arguments of a docker build or run. */
const asked = (verb: 'build' | 'run'): string[] | undefined =>
  readFileSync(project.path('docker', 'docker.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line): string[] => JSON.parse(line))
    .find(([first]) => first === verb);

function bindFunction(docker: PythonDockerOptions = {}, context = {}) {
  const stack = project.stack(context);
  const source = Source.python('fn', { handler: 'app.run', bundling: PythonBundling.docker(docker) });
  const config = source.bind(stack, { architecture: lambda.Architecture.ARM_64, wrapHandler: true });
  new lambda.Function(stack, 'Function', { code: config.code, handler: config.handler, runtime: config.runtime });
  return fileAssets(stack)[0] as { hash: string; path: string };
}

test('a function is built in the image of its runtime and architecture', () => {
  // No tool of this machine is available.
  project.use('none');
  const { path } = bindFunction({ buildArgs: { PIP_INDEX_URL: 'https://example.com/simple' } });
  const build = asked('build');
  expect(build).toEqual(expect.arrayContaining(['--platform', 'linux/arm64']));
  expect(build).toEqual(
    expect.arrayContaining(['IMAGE=public.ecr.aws/sam/build-python3.13', 'PIP_INDEX_URL=https://example.com/simple']),
  );
  expect(asked('run')?.at(-1)).toContain("python -m pip install -r requirements.txt -t '/asset-output'");
  const files = listFiles(path);
  expect(files).toEqual(expect.arrayContaining(['app.py', 'built.py', 'katamari_handler.py', 'requirements.txt']));
  expect(files).toContain('katamari_runtime/tracker/__init__.py');
  expect(readFileSync(join(path, 'requirements.txt'), 'utf8')).toBe('docopt==0.6.2\n');
});

test('local packages are built in the container, apart from those with hashes', () => {
  project.localPackage('packages/acme-lib', { name: 'acme-lib' });
  project.write({
    'fn/Pipfile.lock': JSON.stringify({
      default: { six: { version: '==1.17.0', hashes: ['sha256:aa'] }, 'acme-lib': { path: '../packages/acme-lib' } },
    }),
  });
  const { path } = bindFunction();
  expect(readFileSync(join(path, 'requirements.txt'), 'utf8')).toBe('six==1.17.0 --hash=sha256:aa\n');
  expect(listFiles(path)).toContain('katamari-sources/0/src/acme_lib/__init__.py');
  expect(asked('run')?.at(-1)).toContain(
    "python -m pip install --no-deps --target '/asset-output' './katamari-sources/0' && rm -rf '/asset-output/katamari-sources'",
  );
});

test('a package of one index needs a hash', () => {
  project.write({
    'fn/Pipfile.lock': JSON.stringify({
      _meta: { sources: [{ name: 'own', url: 'https://example.com/simple' }] },
      default: { six: { version: '==1.17.0' } },
    }),
  });
  expect(() => bindFunction()).toThrow(
    "a package that must come from one index must have a hash to be installed in Docker, got: 'six==1.17.0' in fn/Pipfile.lock; use PythonBundling.wheels()",
  );
});

test('image, environment and network can be set', () => {
  bindFunction({ image: DockerImage.fromRegistry('example/build'), environment: { TOKEN: 'x' }, network: 'host' });
  expect(asked('build')).toBeUndefined();
  expect(asked('run')).toEqual(expect.arrayContaining(['example/build', 'TOKEN=x', '--network', 'host']));
});

test('a layer is built into its folder python', () => {
  project.write({ 'base.txt': 'six\n', 'reqs.txt': '-r base.txt\n-c limits.txt\n', 'limits.txt': 'six<2\n' });
  const stack = project.stack();
  new PipLayer(stack, 'Layer', {
    requirements: 'reqs.txt',
    architecture: lambda.Architecture.X86_64,
    runtime: lambda.Runtime.PYTHON_3_12,
    bundling: PythonBundling.docker(),
  });
  const { path } = fileAssets(stack)[0] as { path: string };
  expect(listFiles(path)).toEqual(['python/built.py', 'python/constraints.txt', 'python/requirements.txt']);
  expect(readFileSync(join(path, 'python', 'requirements.txt'), 'utf8')).toBe('-c constraints.txt\nsix\n');
  expect(asked('build')).toEqual(expect.arrayContaining(['linux/amd64', 'IMAGE=public.ecr.aws/sam/build-python3.12']));
});

test('the hash depends on the input and the options, not on the path', async () => {
  const first = bindFunction().hash;
  expect(bindFunction({ network: 'host' }).hash).not.toBe(first);
  project.write({ 'fn/requirements.txt': 'docopt==0.6.1\n' });
  expect(bindFunction().hash).not.toBe(first);
  project.write({ 'fn/requirements.txt': 'docopt==0.6.2\n' });
  expect(bindFunction().hash).toBe(first);
});

test('without requirements Docker is not needed', () => {
  project.write({ 'fn/requirements.txt': '' });
  process.env.CDK_DOCKER = project.path('not-there');
  expect(listFiles(bindFunction().path)).toContain('app.py');
});

test('in a local run packages are installed for this machine, without Docker', () => {
  process.env.CDK_DOCKER = project.path('not-there');
  project.wheel({ name: 'main' });
  project.requirements('fn/requirements.txt', 'main');
  expect(listFiles(bindFunction({}, { 'katamari:local': 'true' }).path)).toContain('main/__init__.py');
});

test('without the package that runs Docker, explains how to install it', () => {
  // Only this library is copied, into a folder from which only the CDK can be found.
  buildSync({
    entryPoints: [join(ROOT, 'lib', 'index.ts')],
    outfile: project.path('lib.js'),
    bundle: true,
    platform: 'node',
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'esbuild'],
  });
  for (const name of ['aws-cdk-lib', 'constructs']) {
    symlinkSync(join(ROOT, 'node_modules', name), project.path('node_modules', name));
  }
  writeFileSync(
    'app.js',
    `const { PipLayer, PythonBundling } = require('./lib.js');
     const { App, Stack } = require('aws-cdk-lib');
     try { new PipLayer(new Stack(new App(), 'Stack'), 'Layer', { packages: ['six'], bundling: PythonBundling.docker() }); }
     catch (error) { console.log(error.message); }`,
  );
  const out = execFileSync(process.execPath, ['app.js'], {
    cwd: project.path(),
    env: { ...process.env, NODE_PATH: '' },
    encoding: 'utf8',
  });
  expect(out).toMatch(
    /^building Python packages in Docker requires @aws-cdk\/aws-lambda-python-alpha; run 'npm install --save-dev @aws-cdk\/aws-lambda-python-alpha' \(Cannot find module .*\) \(at Stack\)\n$/,
  );
});
