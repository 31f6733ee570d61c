import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { MINISTACK_REQUIREMENTS, withoutAws } from '../../engine/ministack';
import { virtualEnvironment } from '../../engine/python';
import { type ProcessResult, runProcess } from '../../engine/run-process';

const root = join(__dirname, '..', '..');
/** Packages that the user installs in addition. They are linked, so that the test needs no network. */
const BESIDE = ['aws-cdk-lib', 'constructs', 'esbuild', 'typescript', '@types/node', 'undici-types'];

let folder: string;
let app: string;
let files: { readonly path: string; readonly size: number }[];

/** Runs a command of the package manager or of Node.js in the app. */
async function run(command: string, args: string[], cwd = app) {
  const env = { ...withoutAws(process.env), NODE_OPTIONS: '', NO_COLOR: '1', npm_config_loglevel: 'error' };
  return runProcess(command, args, { cwd, env });
}

async function succeed(command: string, args: string[], cwd = app): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'katamari-pack-')));
  app = join(folder, 'app');
  const packed = await succeed('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename, files: listed }] = JSON.parse(packed);
  files = listed;

  cpSync(join(__dirname, 'consumer'), app, { recursive: true });
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }));
  // The package must need nothing from a registry: the user installs its peers, and esbuild is optional.
  const install = [
    'install',
    '--offline',
    '--ignore-scripts',
    '--omit=optional',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
  ];
  await succeed('npm', [...install, join(folder, filename)]);
  for (const name of BESIDE) linkPackage(name);
}, 120_000);

function linkPackage(name: string): void {
  const link = join(app, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(realpathSync(join(root, 'node_modules', name)), link, 'junction');
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const installed = () => join(app, 'node_modules', 'cdk-katamari');

const manifestOf = (name: string, within = join(app, 'node_modules')) =>
  JSON.parse(readFileSync(join(within, name, 'package.json'), 'utf8'));

describe('the tarball', () => {
  test('contains the build and the standard files of a package', () => {
    const paths = files.map(({ path }) => path);
    const built =
      /^dist\/(lib|lambda|runtime|client|chunks|shared|testing|types|cli)\/.*(\.d\.ts|\.js|\.mjs)$|^dist\/python\/katamari_runtime\/.*\.(py|typed)$|^dist\/engine\/launcher\.py$/;
    const bundled = manifestOf('cdk-katamari').bundledDependencies.map((name: string) => `node_modules/${name}/`);
    const ofBundled = (path: string) => bundled.some((folder: string) => path.startsWith(folder));
    const others = paths.filter((path) => !built.test(path) && !ofBundled(path));
    expect(others.sort()).toEqual(expect.arrayContaining(['.jsii', 'LICENSE', 'README.md', 'package.json']));
    expect(others.filter((path) => !['.jsii', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].includes(path))).toEqual(
      [],
    );
    for (const handler of [
      'failure-recorder',
      'invoker-gateway',
      'not-bundled',
      'shell',
      'ticker/dispatch',
      'ticker/tick',
      'tracker',
    ])
      expect(paths).toContain(`dist/lambda/${handler}/index.js`);
  });

  test('contains no path of the machine that built it', () => {
    const texts = files.map(({ path }) => [path, readFileSync(join(installed(), path), 'utf8')] as const);
    expect(texts.length).toBeGreaterThan(50);
    for (const place of [root, `${homedir()}/`, `${tmpdir()}/`]) {
      expect(texts.filter(([, text]) => text.includes(place)).map(([path]) => [path, place])).toEqual([]);
    }
  });

  test('has every file that its package.json names', () => {
    const manifest = manifestOf('cdk-katamari');
    // Older resolvers find the types of the same subpaths.
    const subpaths = Object.keys(manifest.exports).flatMap((name) => /^\.\/(?!\.|package\.json)(.+)/.exec(name)?.[1] ?? []);
    expect(Object.keys(manifest.typesVersions['*'])).toEqual(subpaths);
    const { main, types, bin, exports, typesVersions } = manifest;
    const named = JSON.stringify([main, types, bin, exports, typesVersions]).match(/[\w./-]*dist\/[\w./-]+/g);
    expect(named?.length).toBeGreaterThan(8);
    const paths = new Set(files.map(({ path }) => path));
    expect((named ?? []).filter((path) => !paths.has(path.replace(/^\.\//, '')))).toEqual([]);
    // The tarball bundles the dependencies of the constructs, so nothing else is installed.
    expect(Object.keys(manifest.dependencies)).toEqual(manifest.bundledDependencies);
  });

  test('takes at most 13 MB when it is installed', () => {
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(13_000_000);
  });
});

describe('installed in an empty app', () => {
  test('its declarations compile in strict mode without skipLibCheck', async () => {
    await succeed(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']);
    expect(readdirSync(app)).toContain('app.js');
  }, 240_000);

  test('its declarations, those of subpaths too, compile with the module resolution of older projects', async () => {
    await succeed(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.commonjs.json']);
  }, 240_000);

  describe('the app', () => {
    let result: ProcessResult;
    beforeAll(async () => {
      result = await run(process.execPath, ['app.js']);
    }, 120_000);

    test('synthesizes without printing anything else', () => {
      expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(result.stdout)).toEqual({ seconds: 90, left: true, masked: '"[ASSET HASH]"' });
    });

    test('synthesizes without warnings of the CDK', () => {
      expect(readFileSync(join(app, 'cdk.out', 'manifest.json'), 'utf8')).not.toMatch(/aws:cdk:(warning|error)/);
    });

    test('has bundles that run without further files, because they contain the tracker and the runtime', async () => {
      const bundles = readdirSync(join(app, 'cdk.out')).filter((name) =>
        existsSync(join(app, 'cdk.out', name, 'katamari-tracker.js')),
      );
      expect(bundles).toHaveLength(2);
      for (const name of bundles) cpSync(join(app, 'cdk.out', name), join(folder, 'alone', name), { recursive: true });
      const invoke = `
        const context = { awsRequestId: 'id', logStreamName: 'stream', getRemainingTimeInMillis: () => 1000 };
        const event = { source: 'katamari.schedule', schedule: 'Job', scheduledTime: '2026-03-01T10:00:00Z' };
        for (const name of ${JSON.stringify(bundles)}) {
          const { handler } = require('./' + name + '/katamari-handler.js');
          handler(event, context).then(console.log, (error) => console.log(error.name + ': ' + error.message));
        }`;
      const output = await succeed(process.execPath, ['-e', invoke], join(folder, 'alone'));
      expect(output).toContain(
        'InvalidEventError: emit requires an event bus; call it in a function of a group, which sets KATAMARI_EVENT_BUS',
      );
    });
  });

  test('its runtime can be imported and required', async () => {
    const print = 'console.log(typeof emit, typeof LambdaAdapter, currentRun());';
    const names = '{ emit, LambdaAdapter, currentRun }';
    const imported = `import ${names} from 'cdk-katamari/runtime'; ${print}`;
    expect(await succeed(process.execPath, ['--input-type=module', '-e', imported])).toBe('function function undefined\n');
    const required = `const ${names} = require('cdk-katamari/runtime'); ${print}`;
    expect(await succeed(process.execPath, ['-e', required])).toBe('function function undefined\n');
  });

  test('its clients can be imported and required, and share the error classes of the runtime', async () => {
    const print =
      "try { new FunctionClient('?'); } catch (error) { console.log(typeof RunsClient, error instanceof KatamariError); }";
    const imported = `import { FunctionClient, RunsClient } from 'cdk-katamari/client'; import { KatamariError } from 'cdk-katamari/runtime'; ${print}`;
    expect(await succeed(process.execPath, ['--input-type=module', '-e', imported])).toBe('function true\n');
    const required = `const { FunctionClient, RunsClient } = require('cdk-katamari/client'); const { KatamariError } = require('cdk-katamari/runtime'); ${print}`;
    expect(await succeed(process.execPath, ['-e', required])).toBe('function true\n');
  });

  describe('a test of node:test that deploys', () => {
    // Use the virtual environment that all tests share, so that it is not installed again.
    beforeAll(async () => {
      const shared = dirname(dirname(await virtualEnvironment(join(root, '.katamari'), MINISTACK_REQUIREMENTS)));
      mkdirSync(join(app, '.katamari'));
      symlinkSync(shared, join(app, '.katamari', basename(shared)), 'junction');
    }, 120_000);

    test('fails with an instruction to install aws-cdk if it is missing', async () => {
      const { code, stdout } = await run(process.execPath, ['--test', 'deploy.test.js']);
      expect(code).toBe(1);
      expect(stdout).toContain('aws-cdk must be version 2, got: not installed');
      expect(stdout).toContain("Run 'npm install --save-dev aws-cdk@2'.");
    }, 120_000);

    test('deploys into its own MiniStack and ends', async () => {
      linkPackage('aws-cdk');
      expect(await succeed(process.execPath, ['--test', 'deploy.test.js'])).toMatch(/^# pass 2$/m);
    }, 180_000);
  });

  test('its command runs', async () => {
    const output = await succeed(join(app, 'node_modules', '.bin', 'cdk-katamari'), ['--help']);
    expect(output).toMatch(/^Usage: cdk-katamari /);
    expect(await succeed(join(app, 'node_modules', '.bin', 'katamari'), ['--help'])).toBe(output);
    for (const command of ['local', 'runs', 'logs', 'emit', 'invoke', 'ls', 'info', 'delete', 'shell', 'layers', 'bundle'])
      expect(output).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test('its peers accept the versions that it is built and tested with', async () => {
    const versions = Object.fromEntries(['aws-cdk-lib', 'constructs'].map((name) => [name, manifestOf(name).version]));
    const { dependencies } = manifestOf('.', app);
    writeFileSync(
      join(app, 'package.json'),
      JSON.stringify({ name: 'consumer', version: '1.0.0', dependencies: { ...dependencies, ...versions } }),
    );
    const { problems = [] } = JSON.parse((await run('npm', ['ls', '--json', '--all'])).stdout) as { problems?: string[] };
    // Ignore missing dependencies of the linked packages.
    expect(problems.filter((problem) => /^invalid: (aws-cdk-lib|constructs)@|required by cdk-katamari@/.test(problem))).toEqual(
      [],
    );
    expect(Object.keys(manifestOf('cdk-katamari').peerDependencies)).toEqual(Object.keys(versions));
  });
});
