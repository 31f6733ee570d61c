import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { AdapterBehavior } from '../../../../lambda/runtime';
import { toCallFailure } from '../../../../lambda/runtime/adapter/failures';
import {
  contextWith,
  fails,
  OK,
  type Reply,
  refuses,
  request,
  resets,
  resetsMidBody,
  returns,
  returnsText,
  stallsMidBody,
  useLambdaStub,
} from './lambda-stub';

const lambda = useLambdaStub();

// The stub triggers the timeouts, because a busy machine could cause other timeouts with a real clock.
const OTHER_TIMERS = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
let turn: NodeJS.Immediate;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: [...OTHER_TIMERS] });
  // What waits for no time at all goes on.
  const goOn = () => {
    jest.advanceTimersByTime(0);
    turn = setImmediate(goOn);
  };
  goOn();
});
const useClock = () => {
  clearImmediate(turn);
  jest.useRealTimers();
};
afterEach(useClock);

/** The timeout passes before the answer begins. */
const staysSilentUntilTooLate: Reply = () => {
  jest.advanceTimersByTime(30_000);
};

/** The timeout passes in the middle of the answer. */
const stallsUntilTooLate: Reply = (response, incoming) => {
  stallsMidBody(response, incoming);
  let turns = 50;
  const wait = () => {
    turns -= 1;
    if (turns > 0) setImmediate(wait);
    else jest.advanceTimersByTime(30_000);
  };
  wait();
};

interface Fault {
  readonly fault: string;
  readonly reply: Reply;
  readonly options?: AdapterBehavior;
  /** Number of calls: 4 if the error is retried, otherwise 1. */
  readonly calls: 1 | 4;
  /** The error message after `Lambda invocation error: `. */
  readonly error: string | RegExp;
  /** The whole error message, if it has another beginning. */
  readonly whole?: string;
}

const whenCalling = (code: string, message: string) =>
  `An error occurred (${code}) when calling the Invoke operation: ${message}`;

const faults: Fault[] = [
  {
    fault: 'throttling',
    reply: refuses('TooManyRequestsException', 429, 'Rate Exceeded.'),
    calls: 4,
    error: whenCalling('TooManyRequestsException', 'Rate Exceeded.'),
  },
  {
    fault: 'throttling of the API',
    reply: refuses('ThrottlingException', 429, 'Rate exceeded'),
    calls: 4,
    error: whenCalling('ThrottlingException', 'Rate exceeded'),
  },
  {
    fault: '503 of Lambda',
    reply: refuses('ServiceUnavailableException', 503, 'try later'),
    calls: 4,
    error: whenCalling('ServiceUnavailableException', 'try later'),
  },
  {
    fault: '500 of Lambda',
    reply: refuses('ServiceException', 500, 'internal'),
    calls: 1,
    error: whenCalling('ServiceException', 'internal'),
  },
  {
    fault: '500 of Lambda, which the caller wants to be tried again',
    reply: refuses('ServiceException', 500, 'internal'),
    options: { alsoRetry: ['ServiceException'] },
    calls: 4,
    error: whenCalling('ServiceException', 'internal'),
  },
  {
    fault: '502 of a proxy',
    reply: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>'),
    calls: 1,
    error: whenCalling('502', 'Bad Gateway'),
  },
  {
    fault: 'a connection that is reset',
    reply: resets,
    calls: 4,
    error: whenCalling('ECONNRESET', 'read ECONNRESET'),
  },
  {
    fault: 'a connection that is reset in the middle of the answer',
    reply: resetsMidBody,
    calls: 4,
    error: whenCalling('ECONNRESET', 'aborted'),
  },
  {
    fault: 'an answer that stops in its middle',
    reply: stallsUntilTooLate,
    calls: 4,
    error: whenCalling('TimeoutError', 'no answer within 30000 ms'),
  },
  {
    fault: 'no answer at all',
    reply: staysSilentUntilTooLate,
    calls: 4,
    error: whenCalling('TimeoutError', 'no answer within 30000 ms'),
  },
  {
    fault: 'an error that the function handles',
    reply: fails('Handled', { errorMessage: "it's off", errorType: 'ValueError', stackTrace: [] }),
    calls: 1,
    error: `Lambda function error: {'errorMessage': "it's off", 'errorType': 'ValueError', 'stackTrace': []}`,
  },
  {
    fault: 'an error that ends the function',
    reply: fails('Unhandled', { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 3.00 seconds' }),
    calls: 1,
    error: `Lambda function error: {'errorType': 'Sandbox.Timedout', 'errorMessage': 'Task timed out after 3.00 seconds'}`,
  },
  {
    fault: 'an error of the function that names an error which is tried again',
    reply: fails('Unhandled', { errorMessage: 'ThrottlingException', errorType: 'TooManyRequestsException' }),
    calls: 1,
    error: `Lambda function error: {'errorMessage': 'ThrottlingException', 'errorType': 'TooManyRequestsException'}`,
  },
  {
    fault: 'an error of a function that may run twice',
    reply: fails('Unhandled', { errorMessage: 'bad' }),
    options: { retryFunctionErrors: true },
    calls: 4,
    error: `Lambda function error: {'errorMessage': 'bad'}`,
  },
  {
    fault: 'an error of the function that is no JSON',
    reply: (response) => response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('segmentation fault'),
    calls: 1,
    error: 'Lambda function error: segmentation fault',
  },
  {
    fault: 'an answer that is cut off',
    reply: returnsText('{"success": true, "mess'),
    calls: 1,
    whole: 'Lambda response must be a dictionary, got 23 bytes that are not JSON: {"success": true, "mess',
    error: '',
  },
  {
    fault: 'an answer that is no JSON',
    reply: returnsText(`<html>${'x'.repeat(100)}</html>`),
    calls: 1,
    error: '',
    whole: `Lambda response must be a dictionary, got 113 bytes that are not JSON: <html>${'x'.repeat(34)}…${'x'.repeat(33)}</html>`,
  },
  {
    fault: 'an answer that is too large for Lambda',
    reply: fails('Unhandled', {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    }),
    calls: 1,
    error: /^Lambda function error: .*Function\.ResponseSizeTooLarge.*6291556 bytes/,
  },
  {
    fault: 'a missing permission',
    reply: refuses('AccessDeniedException', 403, 'User: a is not authorized to perform: lambda:InvokeFunction on resource: b'),
    calls: 1,
    error: whenCalling('AccessDeniedException', 'User: a is not authorized to perform: lambda:InvokeFunction on resource: b'),
  },
  {
    fault: 'a missing function',
    reply: refuses('ResourceNotFoundException', 404, 'Function not found: payments'),
    calls: 1,
    error: whenCalling('ResourceNotFoundException', 'Function not found: payments'),
  },
  {
    fault: 'a parameter that Lambda refuses',
    reply: refuses('InvalidParameterValueException', 400, 'no'),
    calls: 1,
    error: whenCalling('InvalidParameterValueException', 'no'),
  },
];

const errorOf = (error: string | RegExp) =>
  typeof error === 'string'
    ? `Lambda invocation error: ${error}`
    : expect.stringMatching(new RegExp(`^Lambda invocation error: ${error.source.slice(1)}`, 's'));

describe.each(faults)('$fault', ({ reply, options, calls, error, whole }) => {
  test('is returned as a response and counts as one failure', async () => {
    lambda.stub.script(reply);
    const adapter = lambda.adapter(options);
    expect(await adapter.execute(request())).toEqual({
      success: false,
      message: null,
      data: null,
      error: whole ?? errorOf(error),
      targets: [],
    });
    expect(lambda.stub.invocations).toHaveLength(calls);
    expect(lambda.pauses).toEqual([500, 1_000, 2_000].slice(0, calls - 1));
    expect(await adapter.health()).toMatchObject({
      totalRequests: 1,
      totalFailures: 1,
      consecutiveFailures: 1,
      lastSuccess: null,
    });
  });

  test(calls === 1 ? 'is not retried, even if the next try would succeed' : 'ends with a successful retry', async () => {
    lambda.stub.script(reply, returns(OK));
    const adapter = lambda.adapter(options);
    expect((await adapter.execute(request())).success).toBe(calls > 1);
    expect(lambda.stub.invocations).toHaveLength(calls === 1 ? 1 : 2);
    expect((await adapter.health()).totalFailures).toBe(calls === 1 ? 1 : 0);
  });

  test('does not affect the next call', async () => {
    lambda.stub.script(reply);
    const adapter = lambda.adapter({ ...options, maxRetries: 0 });
    await adapter.execute(request());
    lambda.stub.script(returns(OK));
    expect(await adapter.execute(request())).toMatchObject({ success: true, message: 'hi' });
  });
});

describe('a connection that is refused', () => {
  test('is retried, and the error names it', async () => {
    const port = await unusedPort();
    const adapter = lambda.adapter({ endpoint: `http://127.0.0.1:${port}` });
    expect((await adapter.execute(request())).error).toBe(
      `Lambda invocation error: ${whenCalling('ECONNREFUSED', `connect ECONNREFUSED 127.0.0.1:${port}`)}`,
    );
    expect(lambda.pauses).toEqual([500, 1_000, 2_000]);
    expect(await adapter.health()).toMatchObject({ totalRequests: 1, totalFailures: 1 });
  });

  test('ends once a server listens', async () => {
    const port = await unusedPort();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}`));
    });
    const adapter = lambda.adapter({
      endpoint: `http://127.0.0.1:${port}`,
      pause: async () => once(server.listen(port, '127.0.0.1'), 'listening'),
    });
    expect(await adapter.execute(request())).toMatchObject({ success: true, error: null });
    server.close();
  });
});

test('a connection timeout is retried at the retry cost of a timeout', () => {
  const error = Object.assign(new Error('did not establish a connection'), { name: 'TimeoutError' });
  const failure = toCallFailure(error, new Set(), 30_000);
  expect(failure).toMatchObject({ retryable: true, timedOut: true });
  expect(failure.message).toBe(whenCalling('TimeoutError', 'did not establish a connection'));
});

test.each([
  ['before its answer', staysSilentUntilTooLate],
  ['in the middle of its answer', stallsUntilTooLate],
])('the connection of a request that takes too long %s is closed, so that no other request waits for it', async (_, reply) => {
  const closed: Promise<unknown>[] = [];
  lambda.stub.script((response, incoming) => {
    closed.push(once(incoming.socket, 'close'));
    reply(response, incoming);
  });
  await lambda.adapter({ maxRetries: 1 }).execute(request());
  expect(closed).toHaveLength(2);
  await Promise.all(closed);
});

test('calls that end early do not affect concurrent calls', async () => {
  useClock();
  lambda.stub.script((response, incoming) => {
    const slow = incoming.headers['x-amz-invocation-type'] === 'RequestResponse' && lambda.stub.invocations.length % 2 === 0;
    setTimeout(() => response.end(JSON.stringify(OK)), slow ? 20_000 : 150).unref();
  });
  const adapter = lambda.adapter({ requestTimeoutMs: 2_500, maxRetries: 0, breaker: false });
  const controller = new AbortController();
  const given = Array.from({ length: 20 }, (_, call) =>
    adapter.execute(request(), call % 4 === 1 ? { signal: controller.signal } : {}),
  );
  setTimeout(() => controller.abort(), 20);
  const responses = await Promise.all(given);
  const ended = responses.map(({ success, error }) =>
    success ? 'answered' : error?.includes('given up') ? 'abandoned' : 'late',
  );
  expect([...new Set(ended)].sort()).toEqual(['abandoned', 'answered', 'late']);
  expect(ended.filter((how) => how === 'abandoned')).toHaveLength(5);
});

test('a response of 6 MB is received completely', async () => {
  const message = 'm'.repeat(6 * 1024 * 1024 - 30);
  lambda.stub.script(returns({ success: true, message }));
  const response = await lambda.adapter().execute(request());
  expect(response.success).toBe(true);
  expect(response.message === message).toBe(true);
});

test('an error of a function is cut after 4,096 characters', async () => {
  lambda.stub.script(fails('Unhandled', { errorMessage: 'e'.repeat(5_000) }));
  const { error } = await lambda.adapter().execute(request());
  expect(error).toHaveLength('Lambda invocation error: Lambda function error: '.length + 4_096 + 1);
});

test('an empty answer is an error', async () => {
  lambda.stub.script(returnsText(''));
  expect((await lambda.adapter().execute(request())).error).toBe('Lambda response must be a dictionary');
});

test('an answer whose inner text is not JSON is an error', async () => {
  lambda.stub.script(returns('not json'));
  const adapter = lambda.adapter();
  expect((await adapter.execute(request())).error).toBe(
    'Failed to parse Lambda response as JSON: Expecting value: line 1 column 1 (char 0)',
  );
  expect((await adapter.health()).totalFailures).toBe(1);
});

test('an event has the same faults, and the same retries', async () => {
  lambda.stub.script(refuses('TooManyRequestsException', 429), (response) => response.writeHead(202).end());
  const adapter = lambda.adapter({ invocationType: 'Event' });
  expect(await adapter.execute(request())).toMatchObject({ success: true, message: 'Lambda function queued' });
  expect(lambda.stub.invocations.map(({ invocationType }) => invocationType)).toEqual(['Event', 'Event']);
});

describe('the remaining time of the caller', () => {
  test('limits the wait for an answer', async () => {
    lambda.stub.script(staysSilentUntilTooLate);
    const { error } = await lambda.adapter().execute(request(), { context: contextWith(540) });
    expect(error).toMatch(
      /\(TimeoutError\) .*: no answer within 40 ms; not retried: a retry after 500 ms does not fit into the remaining 40 ms/,
    );
    expect(lambda.stub.invocations).toHaveLength(1);
  });

  test('a retry that does not fit is not started, and the error says so', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const adapter = lambda.adapter();
    // The margin is 500 ms, so a retry after 500 ms would have 999 ms.
    const { error } = await adapter.execute(request(), { context: contextWith(1_999) });
    expect(error).toBe(
      `Lambda invocation error: ${whenCalling('ThrottlingException', 'x')}; not retried: a retry after 500 ms does not fit into the remaining 1499 ms`,
    );
    expect(lambda.stub.invocations).toHaveLength(1);
    expect(lambda.pauses).toEqual([]);
    expect((await adapter.health()).totalFailures).toBe(1);
  });

  test('a retry that just fits is started', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429), returns(OK));
    expect((await lambda.adapter().execute(request(), { context: contextWith(2_000) })).success).toBe(true);
    expect(lambda.pauses).toEqual([500]);
  });

  test('the margin comes from the options, and a shorter request timeout needs less time', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429), returns(OK));
    const adapter = lambda.adapter({ deadlineMarginMs: 100, requestTimeoutMs: 200 });
    expect((await adapter.execute(request(), { context: contextWith(800) })).success).toBe(true);
    lambda.stub.script(refuses('ThrottlingException', 429), returns(OK));
    expect((await adapter.execute(request(), { context: contextWith(799) })).success).toBe(false);
  });

  test('a retry is not started if no time is left after the pause', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const context = contextWith(5_000, 5_000, 400);
    const { error } = await lambda.adapter().execute(request(), { context });
    expect(error).toMatch(/not retried: no time is left$/);
    expect(lambda.stub.invocations).toHaveLength(1);
  });

  test.each([500, 0, -10])('a call with %i ms is not sent, and does not count', async (left) => {
    lambda.stub.script(returns(OK));
    const adapter = lambda.adapter();
    const { error } = await adapter.execute(request(), { context: contextWith(left) });
    expect(error).toBe('Lambda not invoked: the caller has no time left');
    expect(lambda.stub.invocations).toHaveLength(0);
    expect((await adapter.health()).totalRequests).toBe(0);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
