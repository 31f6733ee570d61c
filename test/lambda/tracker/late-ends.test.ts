import { join } from 'node:path';
import { runProcess } from '../../../engine/run-process';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import type { RunEnd, RunningAttempt } from '../../../lambda/tracker/attempt';
import { LateEnds } from '../../../lambda/tracker/late-ends';
import { RunStore } from '../../../lambda/tracker/run-store';
import { type Handler, trackWith } from '../../../lambda/tracker/track';
import { ENV_FUNCTION, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { lambdaContext } from '../../../testing';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { until } from '../../support/until';
import { type Fault, useFaultProxy } from '../python/fault-proxy';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const logs = useLogLines();
const proxy = useFaultProxy(ministack);
const THROTTLED: Fault = { type: 'ProvisionedThroughputExceededException' };

let functions = 0;

beforeEach(() => {
  functions += 1;
});

const run = (runId: string) => database.table.run(`fn-${functions}`, runId);
const messages = () => logs.map(({ message }) => message);

/** Lets the requests of an operation meet a fault, until `proxy.reset()`. A handler calls it, so that the end of its run meets it. */
function failAll(operation: string, fault: Fault): void {
  proxy.fault = (wanted) => (wanted === operation ? fault : 'pass');
}

function track(handler: Handler, overlapLimit?: number): Handler {
  const functionName = `fn-${functions}`;
  const { tableName } = database.table;
  const client = ministack.dynamodb({ endpoint: proxy.endpoint });
  const store = new RunStore(sdkTable(client, tableName), { functionName, tableName, retentionDays: 30, overlapLimit });
  return trackWith({ functionName, store, now: Date.now }, handler);
}

test.each([
  ['refuses', THROTTLED, undefined],
  ['refuses, with a limit on overlap,', THROTTLED, 1],
  ['does not answer in time', 'hang', undefined],
] as const)(
  'an end that the table %s is written before the next run, whose slot it may hold',
  async (_name, fault, overlapLimit) => {
    let hasFailed = false;
    const handler = track(async () => {
      if (!hasFailed) failAll(overlapLimit ? 'TransactWriteItems' : 'UpdateItem', fault);
      hasFailed = true;
      return 'result';
    }, overlapLimit);
    expect(await handler({}, lambdaContext({ awsRequestId: 'request-1' }))).toBe('result');
    proxy.reset();
    expect(await handler({}, lambdaContext({ awsRequestId: 'request-2' }))).toBe('result');
    expect(await run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
    expect((await database.table.lease(`fn-${functions}`))?.holders ?? []).toEqual([]);
    expect(messages().slice(0, 3)).toEqual([
      'run Completed',
      'could not record the end of the run',
      'the end of the run was recorded late',
    ]);
    expect(logs[2]).toMatchObject({ runId: 'request-1', state: 'Completed', attempt: 1 });
  },
  30_000,
);

test('an end that the table refuses is written in the background, with the time and error of the end', async () => {
  const before = Date.now();
  const handler = track(async () => {
    failAll('UpdateItem', THROTTLED);
    throw new RangeError('own');
  });
  await expect(handler({}, lambdaContext({ awsRequestId: 'request-1' }))).rejects.toThrow('own');
  proxy.reset();
  const after = Date.now();
  const record = await until(
    'the end',
    30_000,
    () => run('request-1'),
    (found) => found?.state === 'Failed',
  );
  expect(record).toMatchObject({ attempt: 1, errorType: 'RangeError', errorMessage: 'own' });
  expect(Date.parse(record?.endedAt as string)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(record?.endedAt as string)).toBeLessThanOrEqual(after);
});

test('an end that is left when the process exits is written by another process', async () => {
  // The start of the run passes. The handler's process tries its end three times, and the one that writes it later is the fourth.
  const faults: Fault[] = ['pass', THROTTLED, THROTTLED, THROTTLED];
  proxy.fault = (operation) => (operation === 'UpdateItem' ? (faults.shift() ?? 'pass') : 'pass');
  const root = join(__dirname, '..', '..', '..');
  const invoke = join(root, 'test', 'fixtures', 'handlers', 'invoke.cjs');
  const tracker = join(root, 'dist', 'lambda', 'tracker', 'index.js');
  const { code, stdout } = await runProcess(process.execPath, [invoke, tracker, 'returns', 'request-1', '20000'], {
    env: {
      ...process.env,
      ...ministack.environment(),
      AWS_ENDPOINT_URL: proxy.endpoint,
      [ENV_RUN_TABLE]: database.table.tableName,
      [ENV_FUNCTION]: `fn-${functions}`,
    },
  });
  expect(code).toBe(0);
  expect(stdout).toContain('could not record the end of the run');
  expect(stdout).not.toContain('recorded late');
  expect(await run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
});

describe('the ends that a process keeps', () => {
  const running = (index: number): RunningAttempt => ({
    start: {
      runId: `run-${index}`,
      trigger: 'invoke',
      requestId: `request-${index}`,
      logStream: 's',
      now: 0,
      deadline: 1_000,
    },
    attempt: 1,
  });
  const end: RunEnd = { state: 'Completed', now: 10 };

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('are the last hundred, and the process watches no others', async () => {
    const written: string[] = [];
    const watched = new Set<string>();
    const late = new LateEnds({
      store: { finish: async ({ start }) => void written.push(start.runId) },
      exits: {
        watch: ({ start }) => {
          watched.add(start.runId);
          return () => watched.delete(start.runId);
        },
      },
      deadlineMs: 1_000,
      onWritten: () => undefined,
    });
    for (let index = 0; index < 105; index++) late.add(running(index), end);
    const last = Array.from({ length: 100 }, (_, index) => `run-${index + 5}`);
    expect([...watched]).toEqual(last);
    await late.write();
    expect(written).toEqual(last);
    expect([watched.size, late.size]).toEqual([0, 0]);
  });

  test('are tried again after longer and longer delays, until they are written', async () => {
    let [tries, answers] = [0, false];
    const late = new LateEnds({
      store: {
        finish: async () => {
          tries += 1;
          if (!answers) throw new Error('no table');
        },
      },
      deadlineMs: 1_000,
      onWritten: () => undefined,
    });
    late.add(running(0), end);
    const after: number[] = [];
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      await jest.advanceTimersByTimeAsync(seconds * 1_000 - 1);
      after.push(tries);
      await jest.advanceTimersByTimeAsync(1);
    }
    expect(after).toEqual([0, 1, 2, 3, 4, 5, 6]);
    answers = true;
    await jest.advanceTimersByTimeAsync(30_000);
    expect([tries, late.size]).toEqual([8, 0]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tries).toBe(8);
  });
});
