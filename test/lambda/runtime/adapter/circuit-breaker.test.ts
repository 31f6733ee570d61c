import type { AdapterBehavior } from '../../../../lambda/runtime';
import { contextWith, fails, OK, type Reply, refuses, request, returns, useLambdaStub } from './lambda-stub';

const lambda = useLambdaStub();
const denied = refuses('AccessDeniedException', 403);

let now = 0;
beforeEach(() => {
  now = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** Creates an adapter whose circuit breaker has just opened. */
async function opened(options: AdapterBehavior = {}, reply: Reply = denied) {
  lambda.stub.script(reply);
  const adapter = lambda.adapter({ maxRetries: 0, ...options });
  for (let call = 0; call < 3; call++) await adapter.execute(request());
  expect(lambda.stub.invocations).toHaveLength(3);
  return adapter;
}

const REFUSAL = "Lambda not invoked: module 'payments' failed 3 times in a row; calls are refused for 30000 ms";

test('opens after 3 consecutive failures; the next call is rejected and does not count', async () => {
  const adapter = await opened();
  const before = await adapter.health();
  expect(before).toMatchObject({ isHealthy: false, consecutiveFailures: 3 });
  expect((await adapter.execute(request())).error).toBe(REFUSAL);
  expect(lambda.stub.invocations).toHaveLength(3);
  expect(await adapter.health()).toEqual(before);
});

test('stays closed if the failures are not consecutive', async () => {
  lambda.stub.script(denied, denied, returns(OK), denied, denied, returns(OK));
  const adapter = lambda.adapter();
  for (let call = 0; call < 6; call++) await adapter.execute(request());
  expect(lambda.stub.invocations).toHaveLength(6);
});

test.each([
  ['a function that fails', fails('Unhandled', { errorMessage: 'x' })],
  ['an answer that is no JSON', ((response) => response.end('<html>')) as Reply],
  ['throttling', refuses('ThrottlingException', 429)],
])('opens for %s', async (_, reply) => {
  expect((await (await opened({}, reply)).execute(request())).error).toBe(REFUSAL);
});

test('stays closed for a module that answers with failures', async () => {
  lambda.stub.script(returns({ success: false, error: 'unknown command' }));
  const adapter = lambda.adapter();
  for (let call = 0; call < 5; call++) expect((await adapter.execute(request())).error).toBe('unknown command');
  expect(lambda.stub.invocations).toHaveLength(5);
  expect(await adapter.isHealthy()).toBe(false);
});

test('stays closed for errors of its callers', async () => {
  const adapter = lambda.adapter({ requiredScopes: ['x'] });
  for (let call = 0; call < 3; call++) await adapter.execute(request());
  for (let call = 0; call < 3; call++) await adapter.execute(request({ scopes: ['x'] }), { signal: AbortSignal.abort() });
  for (let call = 0; call < 3; call++) await adapter.execute(request({ scopes: ['x'] }), { context: contextWith(0) });
  lambda.stub.script(returns(OK));
  expect((await adapter.execute(request({ scopes: ['x'] }))).success).toBe(true);
});

describe('half-open', () => {
  test('begins exactly 30 s later', async () => {
    const adapter = await opened();
    lambda.stub.script(returns(OK));
    now += 29_999;
    expect((await adapter.execute(request())).error).toBe(REFUSAL);
    now += 1;
    expect((await adapter.execute(request())).success).toBe(true);
    expect((await adapter.execute(request())).success).toBe(true);
    expect(lambda.stub.invocations).toHaveLength(2);
  });

  test('allows exactly one of many calls', async () => {
    const adapter = await opened();
    now += 30_000;
    let answer = () => {};
    const probed = new Promise<void>((resolve) => {
      lambda.stub.script((response) => {
        answer = () => response.end(JSON.stringify(OK));
        resolve();
      });
    });
    const calls = Array.from({ length: 100 }, () => adapter.execute(request()));
    const refused = await Promise.all(calls.slice(1));
    await probed;
    expect(new Set(refused.map(({ error }) => error))).toEqual(
      new Set(["Lambda not invoked: module 'payments' failed 3 times in a row; calls are refused while a probe is running"]),
    );
    answer();
    expect((await calls[0])?.success).toBe(true);
    expect(lambda.stub.invocations).toHaveLength(1);
    lambda.stub.script(returns(OK));
    const after = await Promise.all(Array.from({ length: 10 }, () => adapter.execute(request())));
    expect(after.every(({ success }) => success)).toBe(true);
  });

  test('a failed probe is not retried, and calls are rejected for another 30 s', async () => {
    const adapter = await opened({ maxRetries: 3 });
    lambda.stub.script(refuses('ThrottlingException', 429));
    now += 30_000;
    expect((await adapter.execute(request())).error).toMatch(/ThrottlingException/);
    expect(lambda.stub.invocations).toHaveLength(1);
    now += 29_999;
    expect((await adapter.execute(request())).error).toBe(REFUSAL);
    now += 1;
    lambda.stub.script(returns(OK));
    expect((await adapter.execute(request())).success).toBe(true);
  });

  test('a probe that its caller has aborted has no effect, and calls are still rejected', async () => {
    const adapter = await opened();
    now += 30_000;
    await adapter.execute(request(), { signal: AbortSignal.abort() });
    expect((await adapter.execute(request())).error).toBe(REFUSAL);
  });
});

test('uses the thresholds of the options', async () => {
  lambda.stub.script(denied);
  const adapter = lambda.adapter({ breaker: { failures: 1, halfOpenAfterMs: 50 } });
  await adapter.execute(request());
  expect((await adapter.execute(request())).error).toBe(
    "Lambda not invoked: module 'payments' failed 1 times in a row; calls are refused for 50 ms",
  );
  now += 50;
  await adapter.execute(request());
  expect(lambda.stub.invocations).toHaveLength(2);
});

test('can be disabled', async () => {
  const adapter = await opened({ breaker: false });
  await adapter.execute(request());
  expect(lambda.stub.invocations).toHaveLength(4);
});

test('is separate for each adapter', async () => {
  await opened();
  lambda.stub.script(returns(OK));
  expect((await lambda.adapter().execute(request())).success).toBe(true);
});
