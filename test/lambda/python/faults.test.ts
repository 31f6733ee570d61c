import { createServer } from 'node:net';
import type { RunStart } from '../../../lambda/tracker/attempt';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { type Fault, useFaultProxy } from './fault-proxy';
import { usePythonDriver } from './python-driver';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const proxy = useFaultProxy(ministack);
const python = usePythonDriver();
const NOW = Date.parse('2026-03-01T10:00:00.000Z');

let functions = 0;

const start = (runId: string, more: Partial<RunStart> = {}): RunStart => {
  const now = more.now ?? NOW;
  return { runId, trigger: 'invoke', requestId: `request-${runId}`, logStream: 's', now, deadline: now + 600_000, ...more };
};

function newFunction(overlapLimit?: number) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const given = {
    endpoint: proxy.endpoint,
    settings: { functionName, tableName: database.table.tableName, retentionDays: 30, overlapLimit },
  };
  return {
    begin: (one: RunStart, deadlineMs = 20_000) => python.ask('begin', { ...given, start: one, deadlineMs }),
    finish: (running: object, end: object) => python.ask('finish', { ...given, running, end }),
    invoke: (handler: object, { timeoutMs = 60_000, endpoint = proxy.endpoint } = {}) => {
      const context = { awsRequestId: 'request-1', logStreamName: 'stream', timeoutMs };
      return python.ask('invoke', { ...given, endpoint, handler, event: {}, context });
    },
    run: (runId: string) => database.table.run(functionName, runId),
    lease: () => database.table.lease(functionName),
  };
}

const on = (wanted: string, ...faults: readonly Fault[]) => {
  proxy.fault = (operation, before) => (operation === wanted ? (faults[before] ?? 'pass') : 'pass');
};
const cancelled = (code: string): Fault => ({
  type: 'TransactionCanceledException',
  more: { CancellationReasons: [{ Code: 'None' }, { Code: code }] },
});
const value = { kind: 'value', value: 'result' };
const UNRECORDED = [
  'could not record the start of the run; the handler runs anyway',
  'run Completed',
  'could not record the end of the run',
];
const messages = ({ logs }: { logs: readonly Record<string, unknown>[] }) => logs.map(({ message }) => message);

describe.each([
  ['Overlap.allow', undefined],
  ['Overlap.skip', 1],
])('with %s', (_name, overlapLimit) => {
  test.each([
    ['its result', value, { result: 'result' }, UNRECORDED],
    [
      'its error',
      { kind: 'raise', type: 'OrderError', message: 'own' },
      { error: { name: 'OrderError', message: 'own' } },
      [UNRECORDED[0], 'run Failed', UNRECORDED[2]],
    ],
  ])('if the table refuses connections, the caller still gets %s', async (_what, handler, expected, logged) => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const outcome = await newFunction(overlapLimit).invoke(handler, { endpoint: `http://127.0.0.1:${port}` });
    expect(outcome).toMatchObject(expected);
    expect(messages(outcome)).toEqual(logged);
  });

  test.each([[1_000], [60_000]])(
    // track.test.ts tests how long the tracker waits for it.
    'if the table never answers, the handler still runs and returns its result, with a timeout of %d ms',
    async (timeoutMs) => {
      proxy.fault = () => 'hang';
      const outcome = await newFunction(overlapLimit).invoke(value, { timeoutMs });
      expect(outcome.result).toBe('result');
      expect(messages(outcome)).toEqual(UNRECORDED);
      expect(outcome.logs[0]).toMatchObject({ errorMessage: expect.stringMatching(/no answer|timeout/i) });
    },
    30_000,
  );

  test('a request is retried after a closed connection, and the run is recorded', async () => {
    proxy.fault = (_operation, before) => (before === 0 ? 'drop' : 'pass');
    const given = newFunction(overlapLimit);
    const outcome = await given.invoke(value);
    expect(messages(outcome)).toEqual(['run Completed']);
    expect(await given.run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
  });

  test('a start is retried after a lost answer, and recognizes its own record', async () => {
    on(overlapLimit ? 'TransactWriteItems' : 'UpdateItem', 'lose');
    const given = newFunction(overlapLimit);
    expect((await given.begin(start('a'))).result).toMatchObject({ kind: 'running', attempt: 1 });
    expect(await given.run('a')).toMatchObject({ state: 'Running', attempt: 1 });
    expect((await given.lease())?.holders ?? []).toHaveLength(overlapLimit ?? 0);
  });

  test('a run whose start gets no answer is recorded at its end, and its slot is released', async () => {
    on(overlapLimit ? 'TransactWriteItems' : 'UpdateItem', 'lose', 'lose', 'lose');
    const given = newFunction(overlapLimit);
    const outcome = await given.invoke(value);
    expect(messages(outcome)).toEqual(UNRECORDED.slice(0, 2));
    expect(await given.run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
    expect((await given.lease())?.holders ?? []).toEqual([]);
  });

  test('a run whose start was throttled is recorded completely at its end', async () => {
    const throttled: Fault = { type: 'ProvisionedThroughputExceededException' };
    on(overlapLimit ? 'TransactWriteItems' : 'UpdateItem', throttled, throttled, throttled);
    const given = newFunction(overlapLimit);
    expect(messages(await given.invoke(value))).toEqual(UNRECORDED.slice(0, 2));
    expect(await given.run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
    expect(proxy.requests.slice(0, 3)).toEqual(Array(3).fill(overlapLimit ? 'TransactWriteItems' : 'UpdateItem'));
    expect(proxy.requests.slice(3)).toEqual(['PutItem']);
  });
});

test('the handler runs even if the process cannot start a thread', async () => {
  const settings = { functionName: 'no-threads', tableName: database.table.tableName, retentionDays: 30 };
  const context = { awsRequestId: 'request-1', logStreamName: 'stream', timeoutMs: 60_000 };
  const given = { endpoint: proxy.endpoint, settings, context, handler: value, event: {} };
  const outcome = await python.ask('invokeWithoutThreads', given);
  expect(outcome.result).toBe('result');
  expect(messages(outcome)).toEqual([
    UNRECORDED[0],
    'cannot start the deadline timer of the run; the handler runs without it',
    ...UNRECORDED.slice(1),
  ]);
});

describe('a start that competes for a slot', () => {
  test('is retried after conflicts', async () => {
    on('TransactWriteItems', ...Array(4).fill(cancelled('TransactionConflict')));
    expect((await newFunction(1).begin(start('a'))).result).toEqual({ kind: 'running', attempt: 1, fencingToken: 1 });
    expect(proxy.requests).toEqual([...Array(5).fill('TransactWriteItems'), 'GetItem']);
  });

  test('does not run if it conflicts until its timeout', async () => {
    on('TransactWriteItems', ...Array(1_000).fill(cancelled('TransactionConflict')));
    const given = newFunction(1);
    expect((await given.begin(start('a'), 400)).error).toMatchObject({
      name: 'Katamari.LeaseContended',
      message: 'too many concurrent starts: could not find out in time whether a slot is free, so the run was not started',
      unsure: false,
      cause: { name: 'TimeoutError', message: 'no answer from the run table within 400 ms' },
    });
    expect(await given.run('a')).toBeUndefined();
  });

  test('runs if the table has no capacity until its timeout', async () => {
    on('TransactWriteItems', ...Array(1_000).fill(cancelled('ThrottlingError')));
    const { error } = await newFunction(1).begin(start('a'), 400);
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'no answer from the run table within 400 ms' });
  });

  test('does not run after a conflict and no further answer, and releases a slot that it may have taken', async () => {
    on('TransactWriteItems', cancelled('TransactionConflict'), 'lose', 'lose', 'lose');
    const given = newFunction(1);
    const outcome = await given.invoke(value);
    expect(outcome.error).toMatchObject({ name: 'Katamari.LeaseContended', unsure: true });
    expect(messages(outcome)).toEqual(['run Failed']);
    expect(await given.run('request-1')).toMatchObject({
      state: 'Failed',
      attempt: 1,
      errorType: 'Katamari.LeaseContended',
    });
    expect((await given.lease())?.holders).toEqual([]);
    expect((await given.invoke(value)).result).toBe('result');
    expect(await given.run('request-1')).toMatchObject({ state: 'Completed', attempt: 2 });
  });

  test('runs without a fencing token if the token can’t be read', async () => {
    on('GetItem', { type: 'InternalServerError' }, { type: 'InternalServerError' }, { type: 'InternalServerError' });
    expect((await newFunction(1).begin(start('a'))).result).toEqual({ kind: 'running', attempt: 1 });
  });
});

describe('an end', () => {
  test('is retried after conflicts until it succeeds', async () => {
    const given = newFunction(1);
    await given.begin(start('a'));
    proxy.reset();
    on('TransactWriteItems', ...Array(3).fill(cancelled('TransactionConflict')));
    await given.finish({ start: start('a'), attempt: 1 }, { state: 'Completed', now: NOW + 10 });
    expect(await given.run('a')).toMatchObject({ state: 'Completed' });
    expect(proxy.requests).toEqual(Array(4).fill('TransactWriteItems'));
  });

  test('is not retried if the table has no capacity', async () => {
    const given = newFunction(1);
    await given.begin(start('a'));
    proxy.reset();
    on('TransactWriteItems', cancelled('ThrottlingError'));
    const { error } = await given.finish({ start: start('a'), attempt: 1 }, { state: 'Completed', now: NOW + 10 });
    expect(error?.name).toBe('TransactionCanceledException');
    expect(proxy.requests).toEqual(['TransactWriteItems']);
  });
});

test('an abandoned start sends no further requests', async () => {
  proxy.fault = () => 'hang';
  await newFunction().begin(start('a'), 300);
  expect(proxy.requests).toEqual(['UpdateItem']);
  await python.result('settle');
  expect(proxy.requests).toEqual(['UpdateItem']);
});
