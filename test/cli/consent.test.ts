import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import picocolors from 'picocolors';
import { createProgram } from '../../cli/program';
import { LocalStateFile } from '../../cli/shared/local-state';
import { processIdentity } from '../../cli/shared/process-identity';
import { findTarget } from '../../cli/shared/target';

/** The arguments of each command that acts on deployed resources. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  runs: ['runs'],
  logs: ['logs', 'F'],
  emit: ['emit', 'order.created', '{}'],
  invoke: ['invoke', 'F'],
  ls: ['ls'],
  info: ['info', 'F'],
  url: ['url', 'F'],
  wait: ['wait', 'F'],
  delete: ['delete', 'F', '--yes'],
  shell: ['shell', 'F', '1'],
  settings: ['settings'],
  'layers ls': ['layers', 'ls'],
  'layers prune': ['layers', 'prune', '--yes'],
};
/** The commands that change something. */
const CHANGING = ['emit', 'invoke', 'delete', 'shell', 'layers prune'];
/** Commands of the app, which deploy nothing to AWS. */
const APP_COMMANDS = ['local', 'bundle'];

const FUNCTION = {
  FunctionName: 'F',
  FunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:F',
  Runtime: 'nodejs22.x',
  State: 'Active',
  LastUpdateStatus: 'Successful',
  Environment: { Variables: { KATAMARI_EVENT_BUS: 'bus', KATAMARI_FUNCTION: 'F', KATAMARI_GROUP: 'Jobs' } },
};

/** What STS answers to GetCallerIdentity. */
const IDENTITY =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

/** A stub of AWS that the environment names, with the requests that it got. */
let aws: Server;
let requests: string[];
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  aws = createServer((request, response) => {
    const action = actionOf(request);
    requests.push(action);
    request.resume();
    if (action === 'POST /') {
      response.writeHead(200, { 'Content-Type': 'text/xml' }).end(IDENTITY);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answerTo(action)));
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  environment = process.env;
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as { port: number }).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_PROFILE: undefined,
  };
});
afterAll(async () => {
  process.env = environment;
  aws.closeAllConnections();
  await new Promise((resolve) => aws.close(resolve));
});
let app: string;
beforeEach(() => {
  requests = [];
  app = mkdtempSync(join(tmpdir(), 'katamari-consent-'));
});
afterEach(() => rmSync(app, { recursive: true }));

function actionOf({ method, url, headers }: IncomingMessage): string {
  return String(headers['x-amz-target'] ?? `${method} ${url}`);
}

/** A request that changes something or runs code. */
const CHANGE = /Invo|PutEvents|Delete|^(?:POST|PUT|DELETE) \/20/;

function answerTo(action: string): object {
  if (/^GET .*\/functions\/?(\?|$)/.test(action)) return { Functions: [FUNCTION] };
  if (/^GET .*\/functions\/F\/configuration/.test(action)) return FUNCTION;
  if (/^GET .*\/functions\/F/.test(action)) return { Configuration: FUNCTION, Tags: {} };
  if (/^GET .*\/layers\/?(\?|$)/.test(action))
    return {
      Layers: [
        {
          LayerName: 'L',
          LayerArn: 'arn:aws:lambda:eu-west-1:1:layer:L',
          LatestMatchingVersion: { Version: 2, LayerVersionArn: 'arn:aws:lambda:eu-west-1:1:layer:L:2' },
        },
      ],
    };
  if (/\/layers\/L\/versions/.test(action)) {
    return {
      LayerVersions: [2, 1].map((Version) => ({ Version, LayerVersionArn: `arn:aws:lambda:eu-west-1:1:layer:L:${Version}` })),
    };
  }
  return {};
}

/**
 * Runs a command without a terminal, as a script does.
 *
 * @param typed what a person types; the command then runs on a terminal
 */
async function run(directory: string, args: readonly string[], typed?: string): Promise<unknown> {
  const input = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  input.end(typed ?? '');
  const program = createProgram({
    output: { line: () => undefined, colors: picocolors.createColors(false), width: 100 },
    input,
    directory,
    signal: AbortSignal.timeout(typed === undefined ? 500 : 10_000),
    fail: () => undefined,
  });
  return program.parseAsync(['node', 'katamari', ...args]).catch((error: unknown) => error);
}

test('every command is tried', () => {
  const { commands } = createProgram({} as never);
  const names = commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands.map((each) => `${command.name()} ${each.name()}`) : [command.name()],
  );
  expect([...Object.keys(COMMANDS), ...APP_COMMANDS].sort()).toEqual(names.sort());
});

describe('while the local run of the app is up but does not answer', () => {
  const states = {
    starting: {},
    busy: { endpoint: 'http://127.0.0.1:1', region: 'us-east-1' },
  };

  test.each(
    Object.entries(states).flatMap(([state, content]) => Object.keys(COMMANDS).map((name) => [state, name, content] as const)),
  )('%s: %s does not go to AWS', async (_state, name, content) => {
    const file = new LocalStateFile(app);
    file.claim();
    file.write(content);
    expect(await run(app, COMMANDS[name] ?? [])).toHaveProperty('name', 'TimeoutError');
    expect(requests).toEqual([]);
  });

  test('the error says how to use AWS', async () => {
    new LocalStateFile(app).claim();
    await expect(findTarget({}, app, { longestWaitMs: 10 })).rejects.toMatchObject({
      message: expect.stringMatching(/^the local run of this app is starting or stopping \(process \d+\)/),
      hint: expect.stringContaining('--aws'),
    });
  });

  test('a process that is stopped for a moment is up', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    try {
      const file = new LocalStateFile(app);
      file.claim();
      writeFileSync(
        `${file.folder}/local.json`,
        JSON.stringify({ pid: child.pid, process: processIdentity(child.pid as number) }),
      );
      child.kill('SIGSTOP');
      await expect(findTarget({}, app, { longestWaitMs: 10 })).rejects.toThrow('starting or stopping');
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await expect(findTarget({}, app)).resolves.toMatchObject({ kind: 'aws' });
  });

  test('another process that got the id of an ended local run is not the local run', async () => {
    const file = new LocalStateFile(app);
    file.claim();
    writeFileSync(`${file.folder}/local.json`, JSON.stringify({ pid: process.pid, process: 'another start' }));
    expect((await findTarget({}, app)).kind).toBe('aws');
  });
});

describe('without a local run', () => {
  test.each(CHANGING)('%s does not change AWS unless AWS is chosen', async (name) => {
    const error = await run(app, COMMANDS[name] ?? []);
    expect(error).toMatchObject({ name: 'CommandError', hint: expect.stringContaining('--aws') });
    expect(requests.filter((action) => CHANGE.test(action))).toEqual([]);
  });

  test.each(['delete', 'invoke', 'emit', 'layers prune'])('%s asks on a terminal, with account and region', async (name) => {
    const asked = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      await run(app, COMMANDS[name] ?? [], 'n\n');
      const question = asked.mock.calls.map(([text]) => String(text)).join('');
      expect(question).toMatch(/No local run is up\. .+ on AWS account 123456789012 in eu-west-1\? \[y\/N\]/);
      expect(requests.filter((action) => CHANGE.test(action))).toEqual([]);
      await run(app, COMMANDS[name] ?? [], 'y\n');
      expect(requests).toContainEqual(expect.stringMatching(CHANGE));
    } finally {
      asked.mockRestore();
    }
  });

  test.each(['emit', 'invoke', 'delete', 'layers prune'])('%s changes AWS with --aws', async (name) => {
    await run(app, [...(COMMANDS[name] ?? []), '--aws']);
    expect(requests).toContainEqual(expect.stringMatching(CHANGE));
  });

  test.each(Object.keys(COMMANDS).filter((name) => !CHANGING.includes(name) && name !== 'settings'))(
    '%s reads AWS',
    async (name) => {
      await run(app, COMMANDS[name] ?? []);
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.filter((action) => CHANGE.test(action))).toEqual([]);
    },
  );
});
