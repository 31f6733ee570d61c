import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainAwsError } from '../../../cli/shared/aws-error';
import { LocalStateFile } from '../../../cli/shared/local-state';
import { findTarget, localTarget } from '../../../cli/shared/target';

let app: string;
let server: Server;
let endpoint: string;
let healthy: boolean;

beforeEach(async () => {
  app = mkdtempSync(join(tmpdir(), 'katamari-target-'));
  healthy = true;
  server = createServer((_request, response) => response.writeHead(healthy ? 200 : 503).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(app, { recursive: true });
});

const state = (content: object) => {
  mkdirSync(join(app, '.katamari'), { recursive: true });
  writeFileSync(join(app, '.katamari', 'local.json'), JSON.stringify(content));
};

test('is the active local run', async () => {
  state({ pid: process.pid, endpoint });
  expect(await findTarget({}, app)).toMatchObject({
    kind: 'local',
    settings: { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    label: `the local run on ${endpoint}`,
  });
});

test('is the local run of the app that contains the working directory', async () => {
  state({ pid: process.pid, endpoint });
  const inside = join(app, 'src', 'handlers');
  mkdirSync(inside, { recursive: true });
  expect((await findTarget({ local: true }, inside)).settings.endpoint).toBe(endpoint);
});

test('is AWS with --aws, even if a local run is active', async () => {
  state({ pid: process.pid, endpoint });
  expect(await findTarget({ aws: true }, app)).toEqual({ kind: 'aws', settings: {}, label: 'AWS', chosen: true });
});

test.each([
  ['there is no local run', () => undefined],
  ['its process has ended', () => state({ pid: 2 ** 30, endpoint })],
  ['its state file is not an object', () => state([])],
  ['its state file has other fields', () => state({ pid: process.pid, endpoint: 7 })],
])('is AWS if %s', async (_why, prepare) => {
  prepare();
  expect((await findTarget({}, app)).kind).toBe('aws');
});

test('waits for a local run whose MiniStack does not answer for a moment', async () => {
  state({ pid: process.pid, endpoint });
  healthy = false;
  const found = findTarget({}, app);
  setTimeout(() => {
    healthy = true;
  }, 300);
  expect(await found).toMatchObject({ kind: 'local', settings: { endpoint } });
});

test('is not AWS if MiniStack does not answer in time', async () => {
  state({ pid: process.pid, endpoint });
  healthy = false;
  await expect(findTarget({}, app, { longestWaitMs: 10 })).rejects.toMatchObject({
    message: expect.stringContaining(`the local run on ${endpoint} does not answer (process ${process.pid})`),
    hint: expect.stringContaining('pass --aws to use AWS'),
  });
});

test('--local without a local run explains how to start one', async () => {
  await expect(findTarget({ local: true }, app)).rejects.toMatchObject({
    message: `no local run found for ${app}`,
    hint: expect.stringContaining("'npx cdk-katamari local'"),
  });
});

test('waits for a local run that is starting', async () => {
  const file = new LocalStateFile(app);
  expect(file.claim()).toBe(true);
  const found = findTarget({ local: true }, app);
  setTimeout(() => file.write({ endpoint }), 300);
  expect(await found).toMatchObject({ kind: 'local', settings: { endpoint } });
});

test('is not AWS if the local run ends during the wait', async () => {
  const file = new LocalStateFile(app);
  file.claim();
  const found = findTarget({}, app);
  setTimeout(() => file.remove(), 300);
  await expect(found).rejects.toThrow('the local run of this app ended during the command');
});

test('--local and --aws exclude each other', async () => {
  await expect(findTarget({ local: true, aws: true }, app)).rejects.toThrow('--local and --aws exclude each other, got: both');
});

test('only one process can claim an app, and Git ignores its state', async () => {
  const file = new LocalStateFile(app);
  expect(file.claim()).toBe(true);
  expect(new LocalStateFile(app).claim()).toBe(false);
  file.remove();
  expect(new LocalStateFile(app).claim()).toBe(true);
});

describe('an error of AWS is explained:', () => {
  const aws = { kind: 'aws', settings: {}, label: 'AWS' } as const;
  const named = (name: string, message: string, code?: string) => Object.assign(new Error(message), { name, code });

  test.each([
    [
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      /no valid AWS credentials: Could not load/,
    ],
    [named('ExpiredTokenException', 'The token has expired'), /no valid AWS credentials: The token has expired/],
    [named('Error', 'Region is missing'), /no AWS region set/],
    [named('AccessDeniedException', 'User x may not'), /^AWS denied access: User x may not/],
    [named('Error', 'getaddrinfo ENOTFOUND lambda', 'ENOTFOUND'), /^AWS does not answer: getaddrinfo ENOTFOUND lambda/],
  ])('%s', (error, message) => {
    expect(explainAwsError(error, aws)).toMatchObject({ name: 'CommandError', message: expect.stringMatching(message) });
  });

  test('a connection error of a local run that has ended', () => {
    const error = explainAwsError(named('AggregateError', '', 'ECONNREFUSED'), localTarget(endpoint));
    expect(error).toMatchObject({ message: `the local run on ${endpoint} does not answer: ECONNREFUSED` });
  });

  test('any other error is unchanged', () => {
    const error = new Error('a fault of ours');
    expect(explainAwsError(error, aws)).toBe(error);
  });
});
