import { LambdaAdapter } from '../../../../lambda/runtime';
import { Slots } from '../../../../lambda/runtime/adapter/slots';
import { contextWith, OK, request, returns, useLambdaStub } from './lambda-stub';

const lambda = useLambdaStub();
const TOOK_MS = 20_000;

/** An adapter whose client answers after 20 s of the fake clock, one request at a time. */
function slowAdapter(options = {}) {
  const client = {
    slots: new Slots(1),
    send: jest.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, TOOK_MS));
      return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(OK)) };
    }),
  };
  const adapter = new LambdaAdapter({ functionName: 'fn', moduleName: 'm', region: 'us-east-1', lambda: client, ...options });
  return { adapter, client };
}

describe('beyond the sockets of the client', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('calls wait for longer than their timeout', async () => {
    const { adapter, client } = slowAdapter({ maxRetries: 0, requestTimeoutMs: 30_000 });
    const running = Promise.all([1, 2, 3, 4].map(() => adapter.execute(request())));
    await jest.advanceTimersByTimeAsync(4 * TOOK_MS);
    expect((await running).map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(client.send).toHaveBeenCalledTimes(4);
  });

  test('a call that waits until its caller has no time left is not sent, and does not count', async () => {
    const { adapter, client } = slowAdapter();
    const running = Promise.all([adapter.execute(request()), adapter.execute(request(), { context: contextWith(5_000) })]);
    await jest.advanceTimersByTimeAsync(TOOK_MS);
    const [, late] = await running;
    expect(late.error).toBe('Lambda not invoked: the caller has no time left');
    expect(client.send).toHaveBeenCalledTimes(1);
    expect((await adapter.health()).totalRequests).toBe(1);
  });

  test('a call that is cancelled while it waits leaves its place', async () => {
    const { adapter, client } = slowAdapter();
    const controller = new AbortController();
    const running = Promise.all([
      adapter.execute(request()),
      adapter.execute(request(), { signal: controller.signal }),
      adapter.execute(request()),
    ]);
    controller.abort('enough');
    await jest.advanceTimersByTimeAsync(2 * TOOK_MS);
    expect((await running).map(({ error }) => error)).toEqual([
      null,
      'Lambda invocation error: the caller has given up: enough',
      null,
    ]);
    expect(client.send).toHaveBeenCalledTimes(2);
  });
});

test('the client of an adapter has as many slots as sockets', async () => {
  let active = 0;
  let most = 0;
  lambda.stub.script((response, incoming) => {
    active += 1;
    most = Math.max(most, active);
    setImmediate(() => {
      active -= 1;
      returns(OK)(response, incoming);
    });
  });
  const adapter = lambda.adapter({ maxSockets: 2 });
  const responses = await Promise.all(Array.from({ length: 20 }, () => adapter.execute(request())));
  expect(responses.every(({ success }) => success)).toBe(true);
  expect(most).toBeLessThanOrEqual(2);
  expect(lambda.stub.connections()).toBe(2);
});

test('the run id of an event is handed on', async () => {
  lambda.stub.script((response) => response.writeHead(202, { 'x-amzn-requestid': 'run-7' }).end());
  const response = await lambda.adapter({ invocationType: 'Event' }).execute(request());
  expect(response).toMatchObject({ success: true, message: 'Lambda function queued', data: null, runId: 'run-7' });
});

test('a response of another call has no run id', async () => {
  lambda.stub.script((response) => response.writeHead(200, { 'x-amzn-requestid': 'request-7' }).end(JSON.stringify(OK)));
  expect(await lambda.adapter().execute(request())).not.toHaveProperty('runId');
});
