import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { strToU8, zipSync } from 'fflate';
import picocolors from 'picocolors';
import { deleteFunction } from '../../cli/commands/delete';
import { pruneLayers } from '../../cli/commands/layers-prune';
import { openShell } from '../../cli/commands/shell';
import { LocalStateFile } from '../../cli/shared/local-state';
import { localTarget } from '../../cli/shared/target';
import { FunctionClient, LayerClient } from '../../client';
import { FunctionGroup, ManagedFunction, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { until } from '../support/until';
import { type FinishedCommand, TestApp } from './command';

/** Allows for a process for each command. */
const TIMEOUT_MS = 180_000;

let deployment: TestDeployment<Stack>;
let app: TestApp;
/** Deployed names of the functions. */
let names: { readonly greet: string; readonly plain: string; readonly outside: string };

beforeAll(async () => {
  deployment = await deployForTest(
    (root) => {
      const stack = new Stack(root, 'Shop');
      const greet = Source.typescript('test/cli/handlers/greet.ts');
      const jobs = new FunctionGroup(stack, 'Jobs');
      const options = { source: greet, debugShell: true, description: 'Greets whoever comes', environment: { TOKEN: 'hidden' } };
      const greeter = jobs.addFunction('Greet', options);
      new lambda.CfnUrl(greeter, 'Url', { targetFunctionArn: greeter.functionArn, authType: 'NONE' });
      jobs.addFunction('Plain', { source: greet });
      jobs.addFunction('Snake', {
        source: Source.python('test/cli/python', { handler: 'greet.handler' }),
        debugShell: true,
        environment: { TOWN: 'Oslo' },
      });
      new FunctionGroup(stack, 'Others').addFunction('Plain', { source: greet });
      new ManagedFunction(stack, 'Outside', { source: greet });
      return stack;
    },
    { context: { 'katamari:debug': true } },
  );
  names = {
    greet: deployment.function('Greet').functionName,
    plain: deployment.function('Others/Plain').functionName,
    outside: deployment.function('Outside').functionName,
  };
  app = new TestApp({});
  const { endpoint, region } = deployment.clientSettings;
  // A local run writes this state file.
  mkdirSync(join(app.directory, '.katamari'));
  new LocalStateFile(app.directory).write({ endpoint, region });
}, TIMEOUT_MS);

afterAll(async () => {
  await app?.remove();
  await deployment?.cleanUp();
});

/** Runs a command that must succeed, and returns its standard output. */
async function stdout(...args: string[]): Promise<string> {
  const ended = await app.run(...args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout;
}

/** Runs a command that must fail. */
async function failure(...args: string[]): Promise<FinishedCommand> {
  const ended = await app.run(...args);
  expect(ended.code).toBe(1);
  return ended;
}

/** Creates the context of a command that runs in this process, with simulated input from a terminal. */
function terminal(...typed: string[]) {
  const lines: string[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true });
  for (const line of typed) input.write(`${line}\n`);
  const notes = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const context = {
    target: localTarget(deployment.clientSettings.endpoint as string),
    input,
    output: { line: (text: string) => lines.push(text), colors: picocolors.createColors(false), width: 100 },
  };
  const noted = () => {
    const text = notes.mock.calls.map(([chunk]) => String(chunk)).join('');
    notes.mockRestore();
    return text;
  };
  return { context, lines, noted };
}

describe('ls', () => {
  test('lists functions by group and name, and functions outside a group last', async () => {
    const [head, ...rows] = (await stdout('ls')).trimEnd().split('\n');
    expect(head).toMatch(/^FUNCTION +GROUP +RUNTIME +MEMORY +MODIFIED +DEPLOYED NAME$/);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['Greet', 'Shop/Jobs', 'nodejs24.x', '256 MiB', expect.any(String), names.greet],
      ['Plain', 'Shop/Jobs', 'nodejs24.x', '256 MiB', expect.any(String), expect.any(String)],
      ['Snake', 'Shop/Jobs', 'python3.13', '256 MiB', expect.any(String), expect.any(String)],
      ['Plain', 'Shop/Others', 'nodejs24.x', '256 MiB', expect.any(String), names.plain],
      ['Outside', 'nodejs24.x', '256 MiB', expect.any(String), names.outside],
      ['Record', 'nodejs24.x', '256 MiB', expect.any(String), expect.any(String)],
      ['Record', 'nodejs24.x', '256 MiB', expect.any(String), expect.any(String)],
    ]);
  });

  test('prints all fields with --json, only one group with --group, and URLs with --urls', async () => {
    const [greet, ...others] = await app.json<Record<string, unknown>[]>('ls', '--group', 'Shop/Jobs', '--urls');
    expect(greet).toEqual({
      function: 'Greet',
      group: 'Shop/Jobs',
      functionName: names.greet,
      runtime: 'nodejs24.x',
      architecture: 'arm64',
      memorySize: 256,
      timeout: 60,
      codeSize: expect.any(Number),
      lastModified: expect.stringMatching(/^\d{4}-.*Z$/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/_aws\/lambda-url\/\w+\/$/),
    });
    expect(others).toMatchObject([
      { function: 'Plain', url: null },
      { function: 'Snake', url: null },
    ]);
  });

  test('lists the available groups if the group does not exist', async () => {
    const { stderr } = await failure('ls', '--group', 'Shop');
    expect(stderr).toContain("group 'Shop' not found; available: 'Shop/Jobs', 'Shop/Others'\n");
  });
});

describe('finds a function', () => {
  test.each([['greet'], ['outside']] as const)('by its deployed name: %s', async (which) => {
    expect(await app.json('info', names[which])).toMatchObject({ functionName: names[which] });
  });

  test('by its ARN, and by its construct id if it is outside a group', async () => {
    const { functionArn } = await app.json<{ functionArn: string }>('info', 'Outside');
    expect(await app.json('info', functionArn)).toMatchObject({ function: 'Outside', group: null, functionName: names.outside });
  });

  test('by its name and group if several groups have a function with this name', async () => {
    const { stderr } = await failure('info', 'Plain');
    expect(stderr).toContain("function 'Plain' exists in 2 groups: 'Shop/Jobs', 'Shop/Others'");
    expect(await app.json('info', 'Plain', '--group', 'Shop/Others')).toMatchObject({ functionName: names.plain });
  });

  test('and lists the available names if it does not exist', async () => {
    const { stderr } = await failure('info', 'Nobody');
    expect(stderr).toContain("function 'Nobody' not found; available: 'Greet', 'Plain', 'Snake', 'Outside', 'Record'\n");
    expect(stderr).toContain("'npx cdk-katamari ls' lists them");
  });
});

describe('info', () => {
  test('shows the configuration without the values of environment variables', async () => {
    const text = await stdout('info', 'Greet');
    for (const line of [
      /^Greet\n/,
      /^group +Shop\/Jobs$/m,
      /^stack +Shop$/m,
      /^state +Active, last update Successful$/m,
      /^runtime +nodejs24\.x on arm64, handler katamari-handler\.handler$/m,
      /^limits +256 MiB, 60 s, 512 MiB of \/tmp$/m,
      /^URL +http:\/\/127\.0\.0\.1:/m,
      /^ +TOKEN$/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toContain('hidden');
    expect(await stdout('info', 'Greet', '--env')).toMatch(/^ +TOKEN=hidden$/m);
  });

  test('prints all fields with --json', async () => {
    const info = await app.json<{ environment: Record<string, string | null> }>('info', 'Greet');
    expect(info).toMatchObject({
      stackName: 'Shop',
      description: 'Greets whoever comes',
      state: 'Active',
      layers: [],
      aliases: [],
      eventSources: [],
      tags: { 'aws:cloudformation:stack-name': 'Shop' },
    });
    expect(info.environment.TOKEN).toBeNull();
    expect(await app.json('info', 'Greet', '--env')).toMatchObject({ environment: { TOKEN: 'hidden' } });
  });
});

test('url prints a URL that answers, or says that the function has none', async () => {
  const url = (await stdout('url', 'Greet')).trimEnd();
  expect(await (await fetch(url)).json()).toEqual({ greeting: 'hello nobody' });
  expect(await app.json('url', 'Greet')).toEqual({
    function: 'Greet',
    group: 'Shop/Jobs',
    url,
    authType: 'NONE',
    invokeMode: 'BUFFERED',
  });
  expect((await failure('url', 'Outside')).stderr).toContain("function 'Outside' has no URL\n");
});

test('wait ends once a function is active or updated', async () => {
  expect(await stdout('wait', 'Greet')).toMatch(/^Greet is active after \d+ ms\n$/);
  expect(await stdout('wait', 'Greet', '--updated')).toMatch(/^Greet is updated after \d+ ms\n$/);
  expect(await app.json('wait', 'Greet', '--timeout', '5')).toMatchObject({ state: 'Active', lastUpdateStatus: 'Successful' });
  expect(await stdout('wait', 'Greet', '--state', 'Active', '--interval', '0.2', '--attempts', '3')).toMatch(
    /^Greet is active after /,
  );
});

describe('invoke', () => {
  test('shows the log of the invocation before its result', async () => {
    expect(await stdout('invoke', 'Greet', '{"name":"you"}', '--logs')).toMatch(
      /^greeting you\nrun Completed\nrequest [0-9a-f-]{36}: ran \d+ ms\n\{\n {2}"greeting": "hello you"\n\}\n$/,
    );
    const shown = await app.json<{ logs: string; requestId: string }>('invoke', 'Greet', '{"name":"you"}', '--logs');
    expect(shown).toMatchObject({ result: { greeting: 'hello you' }, error: null, requestId: expect.any(String) });
    const [run] = await app.json<{ runId: string }[]>('runs', 'Greet', '--limit', '1');
    expect(shown.requestId).toBe(run?.runId);
    expect(shown.logs).toContain('greeting you');
  });

  test('also shows the log of a failing function', async () => {
    const { stdout: text } = await failure('invoke', 'Greet', '{"fail":true}', '--logs');
    expect(text).toMatch(/^greeting nobody\nERROR run Failed: RangeError: as it was told\n/);
    expect(text).toMatch(/Greet failed after \d+ ms\nRangeError: as it was told\n$/);
  });

  test('does not wait for the result with --async, and only checks permissions with --dry-run', async () => {
    expect(await stdout('invoke', 'Greet', '{"name":"later"}', '--async')).toBe(
      'accepted show the outcome with: npx cdk-katamari runs Greet\n',
    );
    expect(await stdout('invoke', 'Greet', '{"name":"never"}', '--dry-run')).toBe('allowed Greet was not invoked\n');
    expect(await app.json('invoke', 'Greet', '--dry-run')).toEqual({
      function: 'Greet',
      group: 'Shop/Jobs',
      allowed: true,
      reason: null,
    });
  });

  test('invokes a function outside a group, and logs shows its log', async () => {
    expect(JSON.parse(await stdout('invoke', 'Outside', '{"name":"out"}'))).toEqual({ greeting: 'hello out' });
    expect(await stdout('logs', 'Outside')).toMatch(/ Outside greeting out\n/);
    expect(await stdout('invoke', names.outside, '--async')).toContain('npx cdk-katamari logs Outside');
  });
});

describe('shell', () => {
  test('runs code in the function, with access to its environment and handler', async () => {
    const code = 'console.log(process.env.TOKEN); await handler({ name: "shell" }, context)';
    expect(await stdout('shell', 'Greet', code)).toBe("hidden\n{ greeting: 'hello shell' }\n");
    expect(await app.json('shell', 'Greet', code)).toEqual({
      function: 'Greet',
      group: 'Shop/Jobs',
      result: { greeting: 'hello shell' },
      repr: "{ greeting: 'hello shell' }",
      stdout: 'hidden\n',
      error: null,
    });
  });

  test('runs Python code in a Python function', async () => {
    const code = 'import os; print(os.environ["TOWN"]); handler({"name": "shell"}, context)';
    expect(await stdout('shell', 'Snake', code)).toBe("Oslo\n{'greeting': 'hello shell from Oslo'}\n");
    const before = await deployment.runs('Snake');
    expect(before).toMatchObject([{ state: 'Completed' }]);
    expect((await failure('shell', 'Snake', '{}["missing"]')).stdout).toBe("KeyError: 'missing'\n");
    expect(await deployment.runs('Snake')).toEqual(before);
    const event = { 'katamari:shell': { secret: 'guessed', language: 'python', code: '1' } };
    await expect(deployment.function('Snake').invoke(event)).rejects.toMatchObject({ errorMessage: 'refused' });
  });

  test('records no run, and shows the errors of the code', async () => {
    const before = (await deployment.runs('Greet', { limit: 1_000 })).length;
    const { stdout: text } = await failure('shell', 'Greet', 'throw new TypeError("no")');
    expect(text).toBe('TypeError: no\n');
    expect(await deployment.runs('Greet', { limit: 1_000 })).toHaveLength(before);
  });

  test('runs each line separately until .exit', async () => {
    const { context, lines, noted } = terminal('const kept = 1; kept', '', 'typeof kept', 'null.x', '.exit', '"not reached"');
    expect(await openShell(context, { name: 'Greet' })).toBe(true);
    expect(noted()).toContain(`javascript in ${names.greet} on the local run on http://127.0.0.1:`);
    expect(lines).toEqual(['1', "'undefined'", "TypeError: Cannot read properties of null (reading 'x')"]);
  });

  test('runs code from standard input', async () => {
    const { context, lines, noted } = terminal();
    const input = new PassThrough();
    input.end('const a = 20;\nconst b = 22;\na + b');
    expect(await openShell({ ...context, input }, { name: 'Greet' })).toBe(true);
    noted();
    expect(lines).toEqual(['42']);
  });

  test('rejects a caller that may invoke the function but does not know the secret', async () => {
    const event = { 'katamari:shell': { secret: 'guessed', language: 'javascript', code: '1' } };
    await expect(deployment.function('Greet').invoke(event)).rejects.toMatchObject({ errorMessage: 'refused' });
  });

  test('is not available through the URL of the function', async () => {
    const body = JSON.stringify({ 'katamari:shell': { secret: 'guessed', language: 'javascript', code: '1' } });
    const answer = await fetch((await stdout('url', 'Greet')).trimEnd(), { method: 'POST', body });
    expect(await answer.json()).toEqual({ greeting: 'hello nobody' });
  });

  test('explains how to deploy a function with a shell', async () => {
    const { stderr } = await failure('shell', 'Outside', '1');
    expect(stderr).toContain("function 'Outside' has no debug shell\n");
    expect(stderr).toContain('cdk deploy --context katamari:debug=true');
  });
});

test('settings shows the quotas of the account and their usage', async () => {
  const text = await stdout('settings');
  expect(text).toMatch(/^functions +7$/m);
  expect(text).toMatch(/^concurrent executions +at most \d+, 0 reserved for functions$/m);
  expect(text).toMatch(/^function size +at most 250 MB unzipped, including layers$/m);
  expect(await app.json('settings')).toMatchObject({ limit: { codeSizeUnzipped: 262_144_000 }, usage: { functionCount: 7 } });
});

describe('layers', () => {
  const arns: string[] = [];
  beforeAll(async () => {
    const layer = new LayerClient('tools', deployment.clientSettings);
    for (const text of ['one', 'two', 'three', 'four']) {
      const zipFile = zipSync({ 'nodejs/tool.js': strToU8(text) });
      arns.push((await layer.publish({ content: { zipFile }, compatibleRuntimes: ['nodejs24.x'] })).layerVersionArn);
    }
    await new FunctionClient(names.outside, deployment.clientSettings).setLayers([arns[1] as string]);
  });

  test('ls lists layers with their newest versions, or all versions of one layer', async () => {
    const [head, row] = (await stdout('layers', 'ls')).split('\n');
    expect(head).toMatch(/^LAYER +VERSION +CREATED +RUNTIMES +ARCHITECTURES +DESCRIPTION$/);
    expect(row).toMatch(/^tools +4 +\S+ +nodejs24\.x +any$/);
    const versions = await app.json<{ version: number }[]>('layers', 'ls', 'tools');
    expect(versions.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    expect(await stdout('layers', 'ls', 'nothing')).toBe("layer 'nothing' has no published version\n");
  });

  test('prune --dry-run lists the versions that prune would delete, and deletes nothing', async () => {
    expect(await stdout('layers', 'prune', '--dry-run')).toBe(
      `unused ${arns[2]}\nunused ${arns[0]}\n2 versions would be deleted (kept: 1 in use, 1 newest)\n`,
    );
    expect(await app.json('layers', 'prune', 'tools', '--keep', '2', '--dry-run')).toMatchObject({
      dryRun: true,
      deleted: [arns[0]],
      inUse: [arns[1]],
    });
    expect(await app.json('layers', 'ls', 'tools')).toHaveLength(4);
  });

  test('prune asks for confirmation, and continues only after yes', async () => {
    expect((await failure('layers', 'prune')).stderr).toContain('standard input is not a terminal\n  Pass --yes');
    const { context, lines, noted } = terminal('maybe');
    expect(await pruneLayers(context, { keep: 1 })).toBe(false);
    expect(noted()).toContain('Delete 2 versions for good on the local run on http://127.0.0.1:');
    expect(lines).toHaveLength(2);
    expect(await app.json('layers', 'ls', 'tools')).toHaveLength(4);
  });

  test('prune deletes unused versions', async () => {
    expect(await stdout('layers', 'prune', '--yes')).toMatch(/\n2 deleted \(kept: 1 in use, 1 newest\)\n$/);
    const versions = await app.json<{ version: number }[]>('layers', 'ls', 'tools');
    expect(versions.map(({ version }) => version)).toEqual([4, 2]);
    expect(await stdout('layers', 'prune')).toBe('nothing to delete (kept: 1 in use, 1 newest)\n');
  });

  test('prune deletes only the confirmed versions, even if the used versions change in the meantime', async () => {
    const layer = new LayerClient('raced', deployment.clientSettings);
    const outside = new FunctionClient(names.outside, deployment.clientSettings);
    const publish = async (text: string) =>
      (await layer.publish({ content: { zipFile: zipSync({ 'nodejs/tool.js': strToU8(text) }) } })).layerVersionArn;
    const first = await publish('one');
    const second = await publish('two');
    const third = await publish('three');
    await publish('four');
    await outside.setLayers([second]);
    const { context, lines, noted } = terminal();
    const pruning = pruneLayers(context, { layer: 'raced', keep: 1 });
    await until('the list of unused versions', 30_000, () => lines.length >= 2);
    await outside.setLayers([third]);
    await publish('five');
    context.input.write('yes\n');
    expect(await pruning).toBe(true);
    noted();
    expect(lines.slice(0, 2)).toEqual([`unused ${third}`, `unused ${first}`]);
    expect(lines[2]).toMatch(/^1 deleted /);
    expect((await layer.versions()).map(({ version }) => version)).toEqual([5, 4, 3, 2]);
  });
});

describe('delete', () => {
  const logGroups = async () => {
    const client = new CloudWatchLogsClient(deployment.clientSettings);
    const { logGroups: found = [] } = await client.send(new DescribeLogGroupsCommand({}));
    client.destroy();
    return found.map(({ logGroupName }) => logGroupName);
  };

  test('asks for confirmation, and warns if the function belongs to a stack', async () => {
    const { stderr } = await failure('delete', 'Outside');
    expect(stderr).toContain("'Outside' belongs to the CloudFormation stack 'Shop'");
    expect(stderr).toContain('Pass --yes to skip the prompt.');
    const { context, noted } = terminal('n');
    expect(await deleteFunction(context, { name: 'Outside' })).toBe(false);
    expect(noted()).toContain(`Delete ${names.outside} and its log group /`);
    expect(await deployment.function('Outside').exists()).toBe(true);
  });

  test('deletes the function and its log group', async () => {
    const { logGroup } = await deployment.function('Outside').configuration();
    const { context, lines, noted } = terminal('yes');
    expect(await deleteFunction(context, { name: 'Outside' })).toBe(true);
    noted();
    expect(lines).toEqual([`deleted ${names.outside}`, `deleted log group ${logGroup}`]);
    expect(await deployment.function('Outside').exists()).toBe(false);
    expect(await logGroups()).not.toContain(logGroup);
  });

  test('keeps the log group with --keep-logs', async () => {
    const { logGroup } = await deployment.function('Others/Plain').configuration();
    const deleted = await app.run('delete', names.plain, '--keep-logs', '--yes', '--json');
    expect(JSON.parse(deleted.stdout)).toEqual({
      function: 'Plain',
      group: 'Shop/Others',
      functionName: names.plain,
      functionDeleted: true,
      logGroupDeleted: null,
      logGroupKept: null,
    });
    expect(await logGroups()).toContain(logGroup);
  });
});
