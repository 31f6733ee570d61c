import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { LocalState } from '../../cli/shared/local-state';
import type { RunJson } from '../../cli/shared/run-json';
import { localTarget } from '../../cli/shared/target';
import { isListening } from '../../engine/ports';
import { until } from '../support/until';
import { isAlive, type RunningCommand, TestApp } from './command';

// All tests use one local run and follow the steps of a user, so each test depends on the earlier ones.
jest.setTimeout(300_000);

let app: TestApp;
let local: RunningCommand;
let state: LocalState;
const readApp = (name: string) => readFileSync(join(app.directory, name), 'utf8');
const runsOf = (...args: string[]) => app.json<RunJson[]>('runs', ...args);
const version = async () => (await app.json<{ result: { version: string } }>('invoke', 'Beat')).result.version;

/** Changes a file and waits until the local run prints the outcome. */
async function change(name: string, content: string, outcome: string): Promise<string> {
  const before = local.length;
  app.write(name, content);
  await local.waitForOutput(outcome, 120_000, before);
  return local.output;
}

beforeAll(async () => {
  app = await new TestApp('local').withMiniStack();
  local = app.start(['local']);
  await local.waitForOutput('Ctrl-C stops everything', 180_000);
  state = JSON.parse(readApp('.katamari/local.json')) as LocalState;
});
afterAll(() => app.remove());

test('prints the running resources and example commands, with the names of the app', () => {
  expect(local.output).toContain('✔ deployed LocalFixture');
  expect(local.output).toMatch(/functions {2}Beat, Ending, Failing, OnOrder\n/);
  expect(local.output).toMatch(/next runs {2}Beat \d\d:\d\d:\d0\n/);
  expect(local.output).toContain("npx cdk-katamari emit order.example '");
  expect(local.output).toContain(`export AWS_ENDPOINT_URL=${state.endpoint} `);
});

test('a second start names the running one', async () => {
  const { code, stderr } = await app.run('local');
  expect(code).toBe(1);
  expect(stderr).toContain(`a local run of this app is already running on ${state.endpoint} (process ${state.pid})`);
});

test('listens only on the loopback interface', () => {
  const port = Number(new URL(state.endpoint as string).port)
    .toString(16)
    .toUpperCase()
    .padStart(4, '0');
  const addresses = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , status]) => address?.endsWith(`:${port}`) && status === '0A')
    .map(([, address]) => address?.split(':')[0]);
  expect(addresses).toEqual(process.platform === 'linux' ? ['0100007F'] : []);
});

test('sets the properties that CloudFormation in MiniStack drops', async () => {
  const { settings } = localTarget(state.endpoint as string);
  const dynamo = new DynamoDBClient(settings);
  const { TableNames } = await dynamo.send(new ListTablesCommand({}));
  const [TableName] = TableNames?.filter((name) => name.includes('Runs')) ?? [];
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  const { Functions } = await new LambdaClient(settings).send(new ListFunctionsCommand({}));
  const beat = Functions?.find(({ Environment }) => Environment?.Variables?.KATAMARI_FUNCTION === 'Beat');
  expect(beat?.DeadLetterConfig?.TargetArn).toMatch(/^arn:aws:sqs:us-east-1:000000000000:.*DeadLetters/);
});

test('invokes a function', async () => {
  expect(await version()).toBe('one');
  const { code, stdout } = await app.run('invoke', 'Failing', '{"fine": true}');
  expect({ code, result: JSON.parse(stdout) }).toEqual({ code: 0, result: { fine: true } });
});

test('reads a slow and large pipe completely', async () => {
  const text = 'x'.repeat(300_000);
  const { code, stdout } = await app.pipe(['invoke', 'Failing', '-'], ['\uFEFF{"fine": "', text, '"}'], 300);
  expect({ code, result: JSON.parse(stdout) }).toEqual({ code: 0, result: { fine: true } });
});

test('shows the error of a failed function', async () => {
  const { code, stdout } = await app.run('invoke', 'Failing');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Failing failed after .+\nOutOfStock: nothing left of article 42\n$/);
  expect(await runsOf('Failing', '--state', 'failed')).toMatchObject([
    { function: 'Failing', state: 'Failed', trigger: 'invoke', error: 'OutOfStock: nothing left of article 42' },
  ]);
});

test.each([
  ['is killed by its timeout', 'timeout', 'Sandbox.Timedout: Task timed out after 3.00 seconds'],
  ['exits the process', 'exit', 'Runtime.ExitError: the process exited with code 3 while the handler was running'],
])('a run whose handler %s is Failed with the reason', async (_what, by, error) => {
  const before = (await runsOf('Ending')).length;
  const { code } = await app.run('invoke', 'Ending', JSON.stringify({ by }));
  expect(code).toBe(1);
  await until('the end of the run', 60_000, async () => (await runsOf('Ending', '--state', 'failed')).length > before);
  const [run] = await runsOf('Ending');
  expect(run).toMatchObject({ function: 'Ending', state: 'Failed', trigger: 'invoke', attempt: 1, error });
  expect(run?.durationMs).toBe(Date.parse(run?.endedAt as string) - Date.parse(run?.startedAt as string));
  const { stdout } = await app.run('runs', 'Ending');
  expect(stdout).toMatch(/^Ending +Failed /m);
  expect(stdout).toContain(error.split(':')[0]);
});

test('a published event runs the function that subscribes to it', async () => {
  const { eventId } = await app.json<{ eventId: string }>('emit', 'order.created', '{"id": 42}');
  await until('a run of OnOrder', 60_000, async () => (await runsOf('OnOrder')).some((run) => run.state === 'Completed'));
  expect(await runsOf('OnOrder')).toEqual(
    expect.arrayContaining([expect.objectContaining({ runId: eventId, trigger: 'event', scheduledTime: null, attempt: 1 })]),
  );
  const { stdout } = await app.run('logs', 'OnOrder');
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d OnOrder order \{ name: 'order\.created', detail: \{ id: 42 \} \}$/m);
  await local.waitForOutput("order { name: 'order.created', detail: { id: 42 } }", 60_000);
});

test.each([
  [['invoke', 'Bet'], "function 'Bet' not found; available: 'Beat', 'Ending', 'Failing', 'OnOrder'"],
  [['invoke', 'Beat', '{'], 'the argument must be JSON, got: {'],
  [['runs', '--group', 'X'], "group 'X' not found; available: 'LocalFixture/Jobs'"],
])('%j reports the error without a stack trace', async (args, message) => {
  const { code, stderr } = await app.run(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('runs the scheduled function on its grid and shows its runs', async () => {
  const scheduled = async () => (await runsOf('Beat', '--state', 'Completed')).filter((run) => run.trigger === 'schedule');
  await until('two scheduled runs', 150_000, async () => (await scheduled()).length >= 2);
  for (const run of await scheduled()) expect(Date.parse(run.scheduledTime as string) % 10_000).toBe(0);
  await local.waitForOutput('✔ Completed in', 60_000);
  await local.waitForOutput('beat one for ', 60_000);
});

test('deploys changed code, and deploys the original code again', async () => {
  const source = readApp('handlers/beat.ts');
  await change('handlers/beat.ts', source.replace("'one'", "'two'"), 'handlers/beat.ts changed: deployed the new code');
  expect(await version()).toBe('two');
  await change('handlers/beat.ts', source, 'handlers/beat.ts changed: deployed the new code');
  expect(await version()).toBe('one');
  // The records of earlier runs still exist.
  expect(await runsOf('Failing')).not.toEqual([]);
});

test('keeps the deployed version while the app does not synthesize', async () => {
  const source = readApp('app.js');
  await change('app.js', source.replace("every: '10s'", "every: '10x'"), 'the previous version keeps running');
  expect(local.output).toContain("got: '10x'");
  expect(local.output).not.toMatch(/^\s+at .*app\.js/m);
  expect(await version()).toBe('one');
  await change('app.js', source, 'app.js changed: nothing to deploy');
});

test('updates changed resources in place: rows, ids and runs stay', async () => {
  const { settings } = localTarget(state.endpoint as string);
  const dynamo = new DynamoDBClient(settings);
  const before = await dynamo.send(new ListTablesCommand({}));
  const runs = await runsOf('Failing');
  expect(runs).not.toEqual([]);
  const source = readApp('app.js');
  const more = "group.addFunction('More', { source: Source.typescript(handlers + '/failing.ts') });";
  await change('app.js', `${source}\n${more}\n`, 'app.js changed: deployed LocalFixture');
  expect(local.output).not.toContain('are lost');
  expect(await app.json('invoke', 'More', '{"fine": true}')).toMatchObject({ result: { fine: true }, error: null });
  expect(await runsOf('Failing')).toEqual(runs);
  expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual(before.TableNames);
  dynamo.destroy();
});

test('rolls a failed update back, and deploys the app again when it is mended', async () => {
  const source = readApp('app.js');
  const broken = `
    const { CfnResource } = require('aws-cdk-lib');
    group.addFunction('More', { source: Source.typescript(handlers + '/failing.ts'), environment: { CHANGED: 'yes' } });
    new CfnResource(stack, 'Odd', { type: 'AWS::SQS::Queue', properties: { FifoQueue: true, QueueName: 'plain' } });`;
  const without = source.replace(/\ngroup\.addFunction\('More'.*\n/, '\n');
  const output = await change('app.js', `${without}\n${broken}\n`, 'the previous version keeps running');
  expect(output).toContain('Odd (AWS::SQS::Queue) of LocalFixture');
  expect(await app.json('invoke', 'More', '{"fine": true}')).toMatchObject({ result: { fine: true } });
  expect(await runsOf('Failing')).not.toEqual([]);
  await change('app.js', without, 'app.js changed: deployed LocalFixture');
  expect((await app.run('invoke', 'More')).stderr).toContain("function 'More' not found");
});

test('Ctrl-C stops everything', async () => {
  local.signal('SIGINT');
  const { code } = await local.finished;
  expect(code).toBe(0);
  expect(await isListening(Number(new URL(state.endpoint as string).port))).toBe(false);
  expect(isAlive(state.ministackPid as number)).toBe(false);
  expect(existsSync(join(app.directory, '.katamari', 'local.json'))).toBe(false);
  const { code: after, stderr } = await app.run('runs', '--local');
  expect(after).toBe(1);
  expect(stderr).toContain("Start one with 'npx cdk-katamari local'");
});
