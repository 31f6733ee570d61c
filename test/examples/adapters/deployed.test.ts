import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecuteResponse, ModuleHealth, ModuleInfo } from 'cdk-katamari/runtime';
import { runProcess } from '../../../engine/run-process';
import { AdaptersStack } from '../../../examples/adapters/adapters-stack';
import { deployForTest, type TestDeployment } from '../../../testing';
import { lambdaPython, pythonEnvironment } from '../../lambda/python/python-driver';
import { until } from '../../support/until';

const DEPLOY_MS = 300_000;
const LOGGED_MS = 60_000;

let deployment: TestDeployment<AdaptersStack>;

beforeAll(async () => {
  deployment = await deployForTest((app) => new AdaptersStack(app, 'Adapters'));
}, DEPLOY_MS);
afterAll(() => deployment?.cleanUp());

const run = <Answer>(example: string, event: unknown = {}): Promise<Answer> =>
  deployment.function(`Example-${example}`).invoke(event);

const DONE = { success: true, error: null, data: null, targets: [] };

test('1, basic: waits for the answer', async () => {
  await expect(run('1-basic')).resolves.toEqual({ success: true, message: 'summarize of march.csv done' });
});

test('2, queued: Lambda takes the event, and the module runs', async () => {
  await expect(run('2-queued')).resolves.toEqual({ ...DONE, message: 'Lambda function queued', runId: expect.any(String) });
  const logged = () => deployment.logs('Mail');
  const found = await until('the log of session_queued', LOGGED_MS, logged, (lines) =>
    JSON.stringify(lines).includes('session_queued'),
  );
  expect(JSON.stringify(found)).toContain('session_queued: send welcome to user-17');
});

test('3, retries: a module that fails at first answers in the end', async () => {
  await expect(run('3-retries')).resolves.toEqual({ ...DONE, message: 'up and running' });
  const logged = () => deployment.logs('Archive');
  const found = await until('the log of the first try', LOGGED_MS, logged, (lines) =>
    JSON.stringify(lines).includes('still starting'),
  );
  expect(JSON.stringify(found)).toContain('session_retried: still starting');
});

test('4, metadata: the module is told everything, of a command and of an event', async () => {
  const targets = [{ type: 'discord' }, { type: 'overlay', id: 'rehearsals' }];
  const { command, event } = await run<Record<'command' | 'event', ExecuteResponse>>('4-metadata');
  expect(command).toMatchObject({ success: true, message: 'ada of Harbour Choir: welcome new tenors', targets });
  expect(event).toMatchObject({ success: true, message: 'ada of Harbour Choir: follow', targets });
});

test('4, metadata: without the scope the module is not called', async () => {
  const error = "Lambda not invoked: module 'greeter' requires scopes that the request lacks: community.read";
  await expect(run('4-metadata', { scopes: ['community.write'] })).resolves.toEqual({
    command: { ...DONE, success: false, message: null, error },
    event: { ...DONE, success: false, message: null, error },
  });
});

test('6, configuration: a function by prefix and name', async () => {
  await expect(run('6-configuration')).resolves.toMatchObject({ success: true, message: 'count of tenors done' });
});

test('7, health: unhealthy after three failures in a row, healthy after a success', async () => {
  const { states, health } = await run<{ states: string[]; health: ModuleHealth }>('7-health', {
    commands: ['work', 'rest', 'rest', 'rest', 'work'],
  });
  expect(states).toEqual(['done: healthy', 'failed: healthy', 'failed: healthy', 'failed: unhealthy', 'done: healthy']);
  expect(health).toMatchObject({ totalRequests: 5, totalFailures: 3, consecutiveFailures: 0, errorRate: 0.6, isHealthy: true });
});

test('8, module info: every module, whoever called it', async () => {
  const infos = await run<ModuleInfo[]>('8-module-info');
  const names = ['reports', 'mail', 'archive', 'greeter', 'shop', 'flaky', 'members'];
  expect(infos.map(({ name }) => name)).toEqual(names);
  const info = (name: string) => infos.find((one) => one.name === name);
  expect(info('mail')).toMatchObject({ invocationType: 'Event', type: 'lambda_adapter', version: '1.0.0' });
  expect(info('archive')).toMatchObject({ maxRetries: 6 });
  expect(info('greeter')).toMatchObject({ version: '2.0.0', requiredScopes: ['community.read'], region: 'us-east-1' });
  expect(info('members')).toMatchObject({ functionName: 'choir-members', health: { totalRequests: 1 } });
  // What example 7 has done.
  expect(info('flaky')?.health).toMatchObject({ totalRequests: 5, totalFailures: 3 });
});

test('9, concurrent: answers in the order of the requests', async () => {
  const datasets = Array.from({ length: 10 }, (_, index) => `part-${index}.csv`);
  await expect(run('9-concurrent', { datasets })).resolves.toEqual({
    messages: datasets.map((dataset) => `summarize of ${dataset} done`),
    succeeded: 10,
  });
});

test('10, workflow: buys and confirms', async () => {
  await expect(run('10-workflow', { id: 'order_1', item: 'lamp', user: 'ada' })).resolves.toEqual({
    reply: 'One lamp, coming up.',
    confirmed: true,
    show: [{ type: 'discord' }],
  });
  const logged = () => deployment.logs('Mail');
  const found = await until('the log of order_1', LOGGED_MS, logged, (lines) => JSON.stringify(lines).includes('order_1'));
  expect(JSON.stringify(found)).toContain('order_1: send receipt lamp to ada');
});

test('10, workflow: says what did not work, and buys nothing', async () => {
  await expect(run('10-workflow', { id: 'order_2', item: 'yacht', user: 'ada' })).resolves.toEqual({
    reply: 'That did not work: there is no yacht',
    confirmed: false,
  });
});

test('5, errors: each failure is answered; the third in a row warns', async () => {
  await expect(run('5-errors', { item: 'chair' })).resolves.toEqual(['bought: One chair, coming up.']);
  const broken = /^not bought: Lambda invocation error: Lambda function error: \{.*'errorMessage': 'the stock can not be read'/;
  await expect(run('5-errors', { item: 'ghost' })).resolves.toEqual([expect.stringMatching(broken)]);
  await expect(run('5-errors', { item: 'boat' })).resolves.toEqual(['not bought: there is no boat']);
  await expect(run('5-errors', { item: 'ghost' })).resolves.toEqual([
    expect.stringMatching(broken),
    'the shop is down: 3 failures in a row',
  ]);
});

test('10, workflow: knows from the health that callers share that the shop is closed', async () => {
  await expect(run('10-workflow', { id: 'order_3', item: 'ghost', user: 'ada' })).resolves.toEqual({
    reply: 'The shop is closed at the moment.',
    confirmed: false,
  });
});

test('the gateway reaches the same modules', async () => {
  const request = {
    command: 'buy',
    args: ['lamp'],
    user_id: 'u',
    entity_id: 'e',
    community_id: 'c',
    session_id: 's',
    platform: 'discord',
  };
  await expect(deployment.function('Modules/Gateway').invoke({ module: 'shop', request })).resolves.toEqual({
    ...DONE,
    message: 'One lamp, coming up.',
    data: { targets: ['discord'] },
    targets: [{ type: 'discord' }],
  });
});

describe('in Python, from an ordinary process', () => {
  const FOLDER = join(__dirname, '..', '..', '..', 'examples', 'adapters', 'python');
  let environment: NodeJS.ProcessEnv;
  const seen = new Set<string>();

  beforeAll(async () => {
    const { KATAMARI_MODULES } = (await deployment.function('Example-8-module-info').configuration()).environment;
    // Only the variable of boto3: not the one of Lambda, which the runtime sets in a function.
    environment = {
      ...pythonEnvironment({ KATAMARI_MODULES, AWS_ENDPOINT_URL: deployment.clientSettings.endpoint }),
      AWS_REGION: undefined,
    };
  });

  async function runScript<Answer>(name: string, ...args: string[]): Promise<Answer> {
    seen.add(name);
    const { code, stdout, stderr } = await runProcess(await lambdaPython(), [join(FOLDER, name), ...args], {
      env: environment,
      cwd: FOLDER,
    });
    if (code !== 0) throw new Error(`${name} failed:\n${stderr}`);
    return JSON.parse(stdout);
  }

  test('1, basic', async () => {
    expect(await runScript('1_basic.py')).toEqual({ success: true, message: 'summarize of march.csv done' });
  });

  test('2, queued', async () => {
    expect(await runScript('2_queued.py')).toEqual({ success: true, message: 'Lambda function queued', has_run_id: true });
    const logged = () => deployment.logs('Mail');
    await until('the log of session_queued_python', LOGGED_MS, logged, (lines) =>
      JSON.stringify(lines).includes('session_queued_python: send welcome to user-17'),
    );
  });

  test('3, retries', async () => {
    expect(await runScript('3_retries.py')).toEqual({ ...DONE, message: 'up and running' });
  });

  test('4, metadata, with its scope and without', async () => {
    const targets = [{ type: 'discord' }, { type: 'overlay', id: 'rehearsals' }];
    expect(await runScript('4_metadata.py')).toMatchObject({
      command: { success: true, message: 'ada of Harbour Choir: welcome new tenors', targets },
      event: { success: true, message: 'ada of Harbour Choir: follow', targets },
    });
    const error = "Lambda not invoked: module 'greeter' requires scopes that the request lacks: community.read";
    expect(await runScript('4_metadata.py', 'community.write')).toMatchObject({ command: { error }, event: { error } });
  });

  test('5, errors', async () => {
    const broken = /^not bought: Lambda invocation error: Lambda function error: \{.*'errorMessage': 'the stock can not be read'/;
    expect(await runScript('5_errors.py', 'chair', 'ghost', 'boat', 'ghost')).toEqual([
      'bought: One chair, coming up.',
      expect.stringMatching(broken),
      'not bought: there is no boat',
      expect.stringMatching(broken),
      'the shop is down: 3 failures in a row',
    ]);
  });

  test('6, configuration', async () => {
    expect(await runScript('6_configuration.py')).toMatchObject({ success: true, message: 'count of tenors done' });
  });

  test('7, health', async () => {
    expect(await runScript('7_health.py', 'work', 'rest', 'rest', 'rest', 'work')).toMatchObject({
      states: ['done: healthy', 'failed: healthy', 'failed: healthy', 'failed: unhealthy', 'done: healthy'],
      health: { total_requests: 5, total_failures: 3, consecutive_failures: 0, error_rate: 0.6, is_healthy: true },
    });
  });

  test('8, module info', async () => {
    const infos = await runScript<{ name: string; region: string }[]>('8_module_info.py');
    expect(infos.map(({ name }) => name)).toEqual(['reports', 'mail', 'archive', 'greeter', 'shop', 'flaky', 'members']);
    expect(new Set(infos.map(({ region }) => region))).toEqual(new Set(['us-east-1']));
  });

  test('9, concurrent', async () => {
    const messages = ['a.csv', 'b.csv', 'c.csv'].map((dataset) => `summarize of ${dataset} done`);
    expect(await runScript('9_concurrent.py', 'a.csv', 'b.csv', 'c.csv')).toEqual({
      asyncio: messages,
      threads: messages,
      blocking: messages,
    });
  });

  test('10, workflow', async () => {
    expect(await runScript('10_workflow.py', 'order_4', 'lamp', 'ada')).toEqual({
      reply: 'One lamp, coming up.',
      confirmed: true,
      show: [{ type: 'discord' }],
    });
    expect(await runScript('10_workflow.py', 'order_5', 'yacht', 'ada')).toEqual({
      reply: 'That did not work: there is no yacht',
      confirmed: false,
    });
  });

  test('every example has run', () => {
    const scripts = readdirSync(FOLDER).filter((name) => /^\d+_\w+\.py$/.test(name));
    expect([...seen].sort()).toEqual(scripts.sort());
    expect(scripts).toHaveLength(10);
  });
});
