import { createServer, type Server } from 'node:net';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import { RunStore } from '../../../lambda/tracker/run-store';
import type { Handler } from '../../../lambda/tracker/track';
import { ENV_FUNCTION, ENV_OVERLAP_LIMIT, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { lambdaContext } from '../../../testing';
import { useLogLines } from '../../support/log-lines';
import { until } from '../../support/until';

const logs = useLogLines();
const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

/** Creates the tracker with all of its dependencies, like in a deployed function. */
function track(handler: Handler, endpoint: string, more: Record<string, string> = {}): Handler {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [ENV_RUN_TABLE]: 'runs',
    [ENV_FUNCTION]: 'fn',
    ...more,
  });
  let wrapped: Handler = handler;
  jest.isolateModules(() => {
    wrapped = jest.requireActual('../../../lambda/tracker').trackModule(() => handler);
  });
  return wrapped;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

async function refusedEndpoint(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const messages = () => logs.map(({ message }) => message);
const UNRECORDED = [
  'could not record the start of the run; the handler runs anyway',
  'run Completed',
  'could not record the end of the run',
];

describe.each([
  ['Overlap.allow', {}],
  ['Overlap.skip', { [ENV_OVERLAP_LIMIT]: '1' }],
])('with %s', (_name, env) => {
  test('the result is unchanged if the table refuses connections', async () => {
    const handler = track(async (event) => event.value * 2, await refusedEndpoint(), env);
    expect(await handler({ value: 21 }, lambdaContext())).toBe(42);
    expect(messages()).toEqual(UNRECORDED);
  });

  test('the error is unchanged if the table refuses connections', async () => {
    const error = new RangeError('own');
    const handler = track(() => Promise.reject(error), await refusedEndpoint(), env);
    await expect(handler({}, lambdaContext())).rejects.toBe(error);
    expect(messages()).toEqual([UNRECORDED[0], 'run Failed', UNRECORDED[2]]);
  });

  describe('a table that never answers', () => {
    let server: Server;
    let endpoint: string;
    const sockets = new Set<{ destroy(): void }>();
    beforeAll(async () => {
      server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
      endpoint = `http://127.0.0.1:${await listen(server)}`;
    });
    afterAll(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });

    // deadline.test.ts tests how long the tracker waits, with a fake clock.
    test.each([[1_000], [60_000]])(
      'costs neither the handler nor its result, with a timeout of %d ms',
      async (timeoutMs) => {
        const handler = track(async () => 'result', endpoint, env);
        expect(await handler({}, lambdaContext({ timeoutMs }))).toBe('result');
        expect(messages()).toEqual(UNRECORDED);
      },
      20_000,
    );
  });
});

describe('a table that throttles', () => {
  const settings = { functionName: 'fn', tableName: 'runs', retentionDays: 1 };
  const start = { runId: 'a', trigger: 'invoke', requestId: 'r', logStream: 's', now: 1_000, deadline: 61_000 } as const;
  const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const mock = mockClient(client);
  const newStore = (overlapLimit?: number) =>
    new RunStore(
      sdkTable(client, 'runs', () => 0),
      { ...settings, overlapLimit },
    );
  afterEach(() => mock.reset());

  test('at the start and at the end does not affect the handler', async () => {
    mock.onAnyCommand().rejects(throttled);
    for (const overlapLimit of [undefined, 1]) {
      const store = newStore(overlapLimit);
      await expect(store.begin(start)).rejects.toBe(throttled);
      await expect(store.finish({ start }, { state: 'Completed', now: 2_000 })).rejects.toBe(throttled);
    }
  });

  test('only at the start gets the complete record at the end of the run', async () => {
    mock.on(UpdateItemCommand).rejects(throttled).on(PutItemCommand).resolves({});
    const store = newStore();
    await expect(store.begin(start)).rejects.toBe(throttled);
    await store.finish({ start }, { state: 'Completed', now: 2_000 });
    expect(mock.commandCalls(PutItemCommand)[0]?.args[0].input.Item).toMatchObject({
      state: { S: 'Completed' },
      attempt: { N: '1' },
      durationMs: { N: '1000' },
    });
  });

  const cancelled = (code: string) =>
    new TransactionCanceledException({ message: code, $metadata: {}, CancellationReasons: [{ Code: 'None' }, { Code: code }] });

  test('or cancels the end because of a conflict gets the write again until it succeeds', async () => {
    mock
      .on(TransactWriteItemsCommand)
      .rejectsOnce(cancelled('TransactionConflict'))
      .rejectsOnce(cancelled('TransactionConflict'))
      .resolves({});
    const store = newStore(1);
    await store.finish({ start, attempt: 1 }, { state: 'Completed', now: 2_000 });
    expect(mock.commandCalls(TransactWriteItemsCommand)).toHaveLength(3);
    expect(mock.calls()).toHaveLength(3);
  });

  test('or cancels the end because of missing capacity does not get the write again', async () => {
    mock.on(TransactWriteItemsCommand).rejects(cancelled('ThrottlingError'));
    const store = newStore(1);
    const finished = store.finish({ start, attempt: 1 }, { state: 'Completed', now: 2_000 });
    await expect(finished).rejects.toBeInstanceOf(TransactionCanceledException);
    expect(mock.calls()).toHaveLength(1);
  });

  test('or cancels starts because of missing capacity gets them again until the timeout, and then they run', async () => {
    mock
      .on(TransactWriteItemsCommand)
      .rejectsOnce(cancelled('ThrottlingError'))
      .rejects(cancelled('ProvisionedThroughputExceeded'));
    const store = newStore(1);
    const over = new AbortController();
    const begun = store.begin(start, over.signal);
    await until('four calls', 30_000, () => mock.calls().length >= 4);
    over.abort(new Error('time is over'));
    await expect(begun).rejects.toThrow('time is over');
  });

  test('or cancels all starts because of conflicts prevents them from running', async () => {
    mock.on(TransactWriteItemsCommand).rejects(cancelled('TransactionConflict'));
    const store = newStore(1);
    const over = new AbortController();
    const begun = store.begin(start, over.signal);
    await until('four calls', 30_000, () => mock.calls().length >= 4);
    over.abort(new Error('time is over'));
    await expect(begun).rejects.toMatchObject({ name: 'Katamari.LeaseContended', unsure: false });
  });

  test('and then fails a condition without returning the item causes an error', async () => {
    const refused = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    mock.on(UpdateItemCommand).rejects(refused);
    await expect(newStore().begin(start)).rejects.toBe(refused);
  });
});
