import { currentRun } from '../../../lambda/runtime/current-run';
import { type Handler, trackWith } from '../../../lambda/tracker/track';
import { RESULT_MAX_BYTES } from '../../../lib/limits/constants';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { lambdaContext } from '../../../testing';
import { byBus, byClock } from '../../support/deliveries';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { useTracker } from '../../support/tracked';
import { until } from '../../support/until';

const ministack = useMiniStack();
const logs = useLogLines();
const database = useRunTable(ministack);
const tracked = useTracker(ministack, database);

describe.each<[string, Handler]>([
  ['async', async (event) => ({ got: event.value })],
  ['synchronous', (event) => ({ got: event.value })],
  ['with a callback', (event, _context, callback) => setImmediate(callback, null, { got: event.value })],
  ['that returns a promise beside its callback', (event, _context, _callback) => Promise.resolve({ got: event.value })],
])('a handler that is %s', (_name, handler) => {
  test('returns the same result as without the tracker, and its run is Completed', async () => {
    const { invoke, runs, functionName } = tracked(handler);
    expect(await invoke({ value: 7 }, { awsRequestId: 'request-1' })).toEqual({ got: 7 });
    const [record, ...others] = await runs();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      function: functionName,
      runId: 'request-1',
      requestId: 'request-1',
      state: 'Completed',
      trigger: 'invoke',
      attempt: 1,
    });
    expect(record?.logStream).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'INFO', message: 'run Completed', runId: 'request-1', attempt: 1 }),
    );
  });
});

function circle(): unknown {
  const made: Record<string, unknown> = {};
  made.self = made;
  return made;
}

function refuse(): never {
  throw new Error('not now');
}

class OrderError extends Error {
  public override name = 'OrderError';
}

describe.each<[string, Handler, unknown, string, string]>([
  [
    'rejects with an error',
    async () => {
      throw new OrderError('no stock');
    },
    new OrderError('no stock'),
    'OrderError',
    'no stock',
  ],
  [
    'throws at once',
    () => {
      throw new TypeError('bad');
    },
    new TypeError('bad'),
    'TypeError',
    'bad',
  ],
  [
    'throws at once though it has a callback',
    (_event, _context, _callback) => {
      throw new TypeError('bad');
    },
    new TypeError('bad'),
    'TypeError',
    'bad',
  ],
  [
    'calls back with an error',
    (_event, _context, callback) => callback(new RangeError('far')),
    new RangeError('far'),
    'RangeError',
    'far',
  ],
  ['rejects with a text', () => Promise.reject('just a text'), 'just a text', 'string', 'just a text'],
  ['rejects with an object', () => Promise.reject({ code: 7 }), { code: 7 }, 'Error', '{"code":7}'],
  ['rejects with nothing', () => Promise.reject(undefined), undefined, 'undefined', 'undefined'],
  ['rejects with null', () => Promise.reject(null), null, 'object', 'null'],
  [
    'has a very long message',
    () => Promise.reject(new Error('x'.repeat(5_000))),
    new Error('x'.repeat(5_000)),
    'Error',
    'x'.repeat(1_000),
  ],
])('a handler that %s', (_name, handler, thrown, errorType, errorMessage) => {
  test('fails with the same error, and its run is Failed with the reason', async () => {
    const { invoke, runs } = tracked(handler);
    const outcome = await invoke().then(
      () => 'no error',
      (error: unknown) => ({ error }),
    );
    expect(outcome).toEqual({ error: thrown });
    expect(await runs()).toEqual([expect.objectContaining({ state: 'Failed', attempt: 1, errorType, errorMessage })]);
  });
});

describe.each<[string, () => unknown, string, string | RegExp]>([
  ['has a BigInt', () => ({ total: 10n }), 'Error', 'Unable to stringify response body: Do not know how to serialize a BigInt'],
  ['is circular', circle, 'Error', /^Unable to stringify response body: Converting circular structure to JSON/],
  ['fails to encode itself', () => ({ toJSON: refuse }), 'Error', 'Unable to stringify response body: not now'],
  [
    'is larger than Lambda allows',
    () => 'x'.repeat(RESULT_MAX_BYTES - 1),
    'Function.ResponseSizeTooLarge',
    'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  ],
])('a result that %s', (_name, result, errorType, message) => {
  test('fails the invocation as the runtime would, and its run is Failed', async () => {
    const { invoke, runs } = tracked(async () => result());
    const errorMessage = typeof message === 'string' ? message : expect.stringMatching(message);
    await expect(invoke()).rejects.toMatchObject({ name: errorType, message: errorMessage });
    expect(await runs()).toEqual([expect.objectContaining({ state: 'Failed', errorType, errorMessage })]);
  });
});

test.each([
  ['of the largest size', () => 'x'.repeat(RESULT_MAX_BYTES - 2)],
  ['of the largest size in bytes', () => 'ä'.repeat((RESULT_MAX_BYTES - 2) / 2)],
  ['that is undefined', () => undefined],
])('a result %s is returned', async (_name, result) => {
  const { invoke, runs } = tracked(async () => result());
  expect((await invoke()) === result()).toBe(true);
  expect(await runs()).toEqual([expect.objectContaining({ state: 'Completed' })]);
});

test('a retry of an invocation is the next attempt of its run', async () => {
  let calls = 0;
  const { invoke, runs } = tracked(async () => {
    calls += 1;
    if (calls < 3) throw new Error(`call ${calls}`);
    return currentRun()?.attempt;
  });
  const retry = () => invoke({}, { awsRequestId: 'same' });
  await expect(retry()).rejects.toThrow('call 1');
  await expect(retry()).rejects.toThrow('call 2');
  expect(await retry()).toBe(3);
  expect(await runs()).toEqual([expect.objectContaining({ runId: 'same', state: 'Completed', attempt: 3 })]);
});

describe('the deadline', () => {
  test('records a handler that is still running as Failed; if the handler ends later, the invocation fails', async () => {
    let end: () => void = () => undefined;
    const { invoke, runs } = tracked(() => new Promise<void>((resolve) => (end = resolve)));
    const invocation = invoke({}, { timeoutMs: 1_000 });
    const outcome = invocation.catch((error: unknown) => error);
    const [record] = await until('a failed run', 30_000, runs, (found) => found.some(({ state }) => state === 'Failed'));
    expect(record).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^Task timed out after (1\.00|0\.\d\d) seconds$/),
    });
    end();
    expect(await outcome).toMatchObject({ name: 'Sandbox.Timedout' });
    expect(await runs()).toEqual([record]);
  });

  test('is also observed if the handler blocks the process', async () => {
    const { invoke, runs } = tracked(async () => {
      const until = Date.now() + 450;
      while (Date.now() < until);
      return 'too late';
    });
    await expect(invoke({}, { timeoutMs: 400 })).rejects.toMatchObject({ name: 'Sandbox.Timedout' });
    expect(await runs()).toEqual([expect.objectContaining({ state: 'Failed', errorType: 'Sandbox.Timedout' })]);
  });

  test('has no effect on a handler that ends earlier', async () => {
    const { invoke, runs } = tracked(() => new Promise((resolve) => setImmediate(resolve)));
    await invoke({}, { timeoutMs: 20_000 });
    expect(await runs()).toEqual([expect.objectContaining({ state: 'Completed' })]);
  });
});

describe('currentRun', () => {
  test('is available in everything that the handler calls, separately for each run', async () => {
    const going: (() => void)[] = [];
    const { invoke, functionName } = tracked(async () => {
      // All three runs wait until the last one has begun, which then continues first.
      await new Promise<void>((resolve) => {
        going.push(resolve);
        if (going.length === 3) for (const end of going.reverse()) setImmediate(end);
      });
      return currentRun();
    }, 5);
    const runs = await Promise.all([1, 2, 3].map((number) => invoke({}, { awsRequestId: `request-${number}` })));
    expect(runs.map(({ runId }) => runId)).toEqual(['request-1', 'request-2', 'request-3']);
    expect(runs.map(({ function: name }) => name)).toEqual([functionName, functionName, functionName]);
    expect(runs.map(({ fencingToken }) => fencingToken).sort()).toEqual([1, 2, 3]);
    expect(currentRun()).toBeUndefined();
  });

  test('has the scheduled time of the run', async () => {
    const { invoke } = tracked(async () => currentRun()?.scheduledTime);
    expect(await invoke(byClock({ source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime: '2026-03-01T10:00:10Z' }))).toBe(
      '2026-03-01T10:00:10.000Z',
    );
  });
});

describe('overlap', () => {
  test('skips runs over the limit without calling the handler', async () => {
    let end: () => void = () => undefined;
    const handler = jest.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const { invoke, runs } = tracked(handler, 1);
    const first = invoke({}, { awsRequestId: 'first' });
    await until('a call of the handler', 30_000, () => handler.mock.calls.length > 0);
    expect(await invoke({}, { awsRequestId: 'second' })).toEqual({ katamari: { runId: 'second', state: 'Skipped' } });
    end();
    await first;
    expect((await runs()).map(({ runId, state }) => [runId, state])).toEqual([
      ['first', 'Completed'],
      ['second', 'Skipped'],
    ]);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a function URL', { version: '2.0', requestContext: { http: { method: 'GET' } } }],
    ['a REST API', { httpMethod: 'GET', requestContext: { stage: 'live' } }],
    ['a load balancer', { httpMethod: 'GET', requestContext: { elb: { targetGroupArn: 'arn' } } }],
    ['a WebSocket API', { requestContext: { connectionId: 'c', eventType: 'CONNECT' } }],
  ])('answers a request of %s with 429 while all slots are taken', async (_what, request) => {
    const handler = jest.fn(async () => undefined);
    const { invoke, runs, functionName } = tracked(handler, 1);
    await database.table.put({ pk: `LEASE#${functionName}`, sk: 'LEASE', holders: new Set([`${Date.now() + 600_000}|other`]) });
    expect(await invoke(request)).toEqual({
      statusCode: 429,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '1' },
      body: `{"message":"too many concurrent runs of '${functionName}'; try again later"}`,
    });
    expect(handler).not.toHaveBeenCalled();
    expect(await runs()).toEqual([expect.objectContaining({ state: 'Skipped', trigger: 'invoke' })]);
  });

  test('makes a retry without a free slot fail, so that Lambda retries it', async () => {
    let end: () => void = () => undefined;
    const { invoke, runs } = tracked(
      (event) => (event.fail ? Promise.reject(new Error('first')) : new Promise<void>((resolve) => (end = resolve))),
      1,
    );
    await expect(invoke({ fail: true }, { awsRequestId: 'a' })).rejects.toThrow('first');
    const other = invoke({}, { awsRequestId: 'b' });
    await until('the second run', 30_000, runs, (found) => found.length >= 2);
    await expect(invoke({ fail: true }, { awsRequestId: 'a' })).rejects.toMatchObject({
      name: 'Katamari.RetryTooEarly',
      message: 'no slot is free to retry the failed run; running: 1',
    });
    end();
    await other;
    expect((await runs())[0]).toMatchObject({ runId: 'a', state: 'Failed', attempt: 1, errorMessage: 'first' });
  });
});

test('a retry by Lambda fails until the lease of the earlier attempt expires, so that it can reach the dead-letter queue', async () => {
  let end: () => void = () => undefined;
  const handler = jest.fn(() => new Promise<void>((resolve) => (end = resolve)));
  const { invoke } = tracked(handler);
  const first = invoke({}, { awsRequestId: 'same' });
  await until('a call of the handler', 30_000, () => handler.mock.calls.length > 0);
  await expect(invoke({}, { awsRequestId: 'same' })).rejects.toMatchObject({ name: 'Katamari.RetryTooEarly' });
  expect(handler).toHaveBeenCalledTimes(1);
  end();
  await first;
});

describe('a handler that streams its response', () => {
  const marks = {
    [Symbol.for('aws.lambda.runtime.handler.streaming')]: 'response',
    [Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')]: 1_024,
  };

  test('is not tracked: it receives event, stream and context, and keeps its marks', async () => {
    const handler = Object.assign(
      jest.fn(async (event, stream, context) => [event, stream, context]),
      marks,
    );
    const { wrapped, runs } = tracked(handler as Handler);
    const [event, stream, context] = [{ n: 1 }, {}, lambdaContext()];
    const received = await wrapped(event, stream as never, context);
    expect([received[0] === event, received[1] === stream, received[2] === context]).toEqual([true, true, true]);
    expect({ ...wrapped }).toMatchObject(marks);
    expect(await runs()).toEqual([]);
  });

  test('receives a delivery without its envelope', async () => {
    const { wrapped } = tracked(Object.assign(async (event: unknown) => event, marks));
    const event = { id: 'ab12', 'detail-type': 'order.placed', detail: { order: 1 } };
    expect(await wrapped(byBus(event), {} as never, lambdaContext())).toEqual(event);
  });
});

describe('with tracking off', () => {
  const off = (handler: Handler) => trackWith({ functionName: 'fn', now: Date.now }, handler);

  test('the handler receives the normalized event, and there is no current run', async () => {
    const handler = off(async (event) => [event, currentRun()]);
    const event = { source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime: '2026-03-01T10:00:00Z', attempt: '3' };
    expect(await handler(event, lambdaContext())).toEqual([
      { ...event, scheduledTime: '2026-03-01T10:00:00.000Z', attempt: 3 },
      undefined,
    ]);
    expect(logs).toEqual([]);
  });

  test('handlers with callbacks and handlers that throw behave as without the tracker', async () => {
    expect(await off((_event, _context, callback) => callback(null, 1))({}, lambdaContext())).toBe(1);
    const failing = off(() => {
      throw new Error('own');
    });
    await expect(failing({}, lambdaContext())).rejects.toThrow('own');
  });
});
