import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { LocalState } from '../../cli/shared/local-state';
import { isListening } from '../../engine/ports';
import { until } from '../support/until';
import { isAlive, type RunningCommand, TestApp } from './command';

jest.setTimeout(300_000);

const CDK_JSON = '{ "app": "node app.js" }';
const appWith = (body: string) => ({
  'cdk.json': CDK_JSON,
  'app.js': `const cdk = require('aws-cdk-lib');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const stack = new cdk.Stack(new cdk.App(), 'Shop');
${body}
`,
});
const QUEUE = appWith("new Queue(stack, 'Queue');");

const NO_NETWORK_FOR_PIP = {
  PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
  PIP_FIND_LINKS: '',
  PIP_CONFIG_FILE: '/dev/null',
  PIP_RETRIES: '0',
  PIP_NO_CACHE_DIR: '1',
};

const apps: TestApp[] = [];
const make = (...of: ConstructorParameters<typeof TestApp>) => {
  apps.push(new TestApp(...of));
  return apps.at(-1) as TestApp;
};
afterAll(async () => {
  for (const app of apps) await app.remove();
});

/** Starts a local run that cannot start, checks that it leaves nothing behind, and returns its output. */
async function failure(app: TestApp, args: string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stderr } = await app.start(['local', ...args], environment).finished;
  expect(code).toBe(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(app.directory, '.katamari', 'local.json'))).toBe(false);
  return stderr;
}

/** Returns a PATH with the given script as python3, or without python3. */
function pathWith(app: TestApp, python3?: string): string {
  const bin = join(app.directory, '.bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  if (python3 !== undefined) {
    writeFileSync(join(bin, 'python3'), `#!/bin/sh\n${python3}\n`);
    chmodSync(join(bin, 'python3'), 0o755);
  }
  return bin;
}

test('no cdk.json', async () => {
  const app = make({});
  expect(await failure(app)).toContain(`no cdk.json in ${app.directory}\n  Run the command in the folder of a CDK app`);
});

test('a cdk.json that is not JSON', async () => {
  expect(await failure(make({ 'cdk.json': '{' }))).toMatch(/cdk\.json must be JSON: /);
});

test('no python3', async () => {
  const app = make(QUEUE);
  const message = await failure(app, [], { PATH: pathWith(app) });
  expect(message).toContain('a local run requires Python 3.10 or newer, got: no python3 on the PATH\n  Install Python');
});

test('a python3 that is too old', async () => {
  const app = make(QUEUE);
  expect(await failure(app, [], { PATH: pathWith(app, 'echo 3.8') })).toContain('got: python3 is 3.8');
});

test('no network for pip', async () => {
  const app = make(QUEUE);
  const message = await failure(app, [], NO_NETWORK_FOR_PIP);
  expect(message).toMatch(
    /pip could not install ministack==[\d.]+, boto3==[\d.]+, cryptography==[\d.]+: .*(refused|No matching distribution)/,
  );
  expect(message).toContain('The first local run requires PyPI');
});

test('the first start installs MiniStack, and the second one reuses it without network access', async () => {
  const app = make(QUEUE);
  const args = ['local', '--no-watch', '--no-follow'];
  const takeDown = async (local: RunningCommand) => {
    await local.waitForOutput('Ctrl-C stops everything', 180_000);
    local.signal('SIGINT');
    expect((await local.finished).code).toBe(0);
    return local.output;
  };
  expect(await takeDown(app.start(args))).toMatch(/installing ministack [\d.]+, boto3 [\d.]+, cryptography [\d.]+ \(once\)/);
  expect(await takeDown(app.start(args, NO_NETWORK_FOR_PIP))).not.toContain('installing');
}, 600_000);

test('a port that is in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    expect(await failure(make(QUEUE), ['--port', String(port)])).toContain(
      `port ${port} of 127.0.0.1 is in use by another program\n  Pass another port with --port`,
    );
  } finally {
    server.close();
  }
});

test('a folder to serve that does not exist', async () => {
  expect(await failure(make(QUEUE), ['--serve', 'none'])).toMatch(/the folder to serve must exist, got: '.*none'/);
});

test('an app that does not synthesize, before MiniStack is installed', async () => {
  const app = make(appWith("throw new Error('the queue needs a name');"));
  const message = await failure(app, [], { PATH: pathWith(app) });
  expect(message).toContain(`the app in ${app.directory} does not synthesize:\n\nthe queue needs a name\n`);
});

test('an app with a syntax error, with its file and line', async () => {
  const app = make(appWith('const b = ;'));
  const { code, stderr } = await app.start(['local'], { PATH: pathWith(app) }).finished;
  expect(code).toBe(1);
  expect(stderr).toContain(`${app.directory}/app.js:4\nconst b = ;\n          ^\n\nSyntaxError: Unexpected token ';'\n`);
});

test('an app with context lookups and an account of its own: MiniStack starts once, and answers the lookups', async () => {
  const app = await make({
    'cdk.json': CDK_JSON,
    'app.js': `const cdk = require('aws-cdk-lib');
const { Vpc } = require('aws-cdk-lib/aws-ec2');
const stack = new cdk.Stack(new cdk.App(), 'Shop', { env: { account: '111122223333', region: 'eu-west-1' } });
const vpc = Vpc.fromLookup(stack, 'Vpc', { isDefault: true });
new cdk.CfnOutput(stack, 'Found', { value: 'https://' + vpc.vpcId });
new cdk.CfnOutput(stack, 'Account', { value: 'https://' + process.env.CDK_DEFAULT_ACCOUNT });
`,
  }).withMiniStack();
  const local = app.start(['local', '--no-watch', '--no-follow']);
  await local.waitForOutput('Ctrl-C stops everything', 180_000);
  const { output } = local;
  expect(output.match(/✔ MiniStack .*/g)).toEqual([expect.stringContaining('as account 111122223333 in eu-west-1')]);
  expect(output.match(/✔ synthesized.*/g)).toEqual([
    expect.stringContaining('synthesized Shop, without context lookups'),
    expect.not.stringContaining('without'),
  ]);
  expect(output).toMatch(/Shop\.Found +https:\/\/vpc-(?!12345)/);
  expect(output).toMatch(/Shop\.Account +https:\/\/111122223333/);
  local.signal('SIGINT');
  expect((await local.finished).code).toBe(0);
});

test('a Ctrl-C that npx passes on as well ends with 0, and says that all is down', async () => {
  const app = await make(QUEUE).withMiniStack();
  const local = app.start(['local', '--no-watch', '--no-follow']);
  await local.waitForOutput('Ctrl-C stops everything', 180_000);
  local.signal('SIGINT');
  await setTimeout(200);
  local.signal('SIGINT');
  const { code, stdout } = await local.finished;
  expect(code).toBe(0);
  expect(stdout).toContain('The local run has ended: MiniStack and everything that it started are down.');
});

test('a resource that can’t be deployed, with the reason', async () => {
  const app = await make(
    appWith(
      "new cdk.CfnResource(stack, 'Odd', { type: 'AWS::SQS::Queue', properties: { FifoQueue: true, QueueName: 'plain' } });",
    ),
  ).withMiniStack();
  const message = await failure(app);
  expect(message).toContain('the deploy failed:\n\n  Odd (AWS::SQS::Queue) of Shop: ');
  expect(message).not.toContain('ROLLBACK');
});

describe('while it is running', () => {
  const start = async () => {
    const app = await make(QUEUE).withMiniStack();
    const local = app.start(['local', '--no-watch', '--no-follow']);
    await local.waitForOutput('Ctrl-C stops everything');
    const state = JSON.parse(readFileSync(join(app.directory, '.katamari', 'local.json'), 'utf8')) as Required<LocalState>;
    return { app, local, state };
  };
  const isDown = async ({ endpoint, ministackPid }: Required<LocalState>) =>
    !isAlive(ministackPid) && !(await isListening(Number(new URL(endpoint).port)));

  test('it ends if MiniStack ends unexpectedly', async () => {
    const { app, local, state } = await start();
    process.kill(state.ministackPid, 'SIGKILL');
    const { code, stderr } = await local.finished;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('MiniStack stopped unexpectedly (signal SIGKILL)'),
    });
    expect(existsSync(join(app.directory, '.katamari', 'local.json'))).toBe(false);
  });

  test('commands report an app without functions in groups', async () => {
    const { app, local, state } = await start();
    const { code, stderr } = await app.run('runs');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`no function of a FunctionGroup is deployed in the local run on ${state.endpoint}`),
    });
    local.signal('SIGTERM');
    expect((await local.finished).code).toBe(0);
    expect(await isDown(state)).toBe(true);
  });

  test('MiniStack ends if the local run is killed, and the next local run can start', async () => {
    const { app, local, state } = await start();
    local.signal('SIGKILL');
    await local.finished;
    await until('the end of MiniStack', 60_000, () => isDown(state));
    const next = app.start(['local', '--no-watch', '--no-follow']);
    await next.waitForOutput('Ctrl-C stops everything');
    next.signal('SIGINT');
    expect((await next.finished).code).toBe(0);
  });
});
