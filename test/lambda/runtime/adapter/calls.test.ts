import {
  type ExecuteRequest,
  type ExecuteResponse,
  LambdaAdapter,
  toExecutePayload,
  toExecuteResponse,
} from '../../../../lambda/runtime';
import { RetryBudget } from '../../../../lambda/runtime/adapter/retry-budget';
import { until } from '../../../support/until';
import { OK, queues, refuses, request, returns, useLambdaStub } from './lambda-stub';

const lambda = useLambdaStub();
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:payments';

describe('the function', () => {
  test.each([
    ['a name', { functionName: 'payments' }, 'payments', 'us-east-1'],
    ['a name and an alias', { functionName: 'payments:live' }, 'payments:live', 'us-east-1'],
    ['a name and a prefix', { functionName: 'payments', functionPrefix: 'shop-' }, 'shop-payments', 'us-east-1'],
    ['a prefix, a name and a version', { functionName: 'payments:7', functionPrefix: 'shop-' }, 'shop-payments:7', 'us-east-1'],
    ['an ARN, whose region holds', { functionName: ARN }, ARN, 'eu-west-1'],
    ['the ARN of an alias', { functionName: `${ARN}:live` }, `${ARN}:live`, 'eu-west-1'],
  ])('is called by %s', async (_, options, name, region) => {
    lambda.stub.script(returns(OK));
    const adapter = lambda.adapter(options);
    await adapter.execute(request());
    const [invocation] = lambda.stub.invocations;
    expect(invocation?.functionName).toBe(name);
    expect(invocation?.headers.authorization).toContain(`/${region}/lambda/`);
    expect(await adapter.moduleInfo()).toMatchObject({ functionName: name, region });
  });

  test('is invoked synchronously or asynchronously', async () => {
    lambda.stub.script(returns(OK), queues);
    await lambda.adapter().execute(request());
    expect(await lambda.adapter({ invocationType: 'Event' }).execute(request())).toEqual({
      success: true,
      message: 'Lambda function queued',
      data: null,
      error: null,
      targets: [],
    });
    expect(lambda.stub.invocations.map(({ invocationType }) => invocationType)).toEqual(['RequestResponse', 'Event']);
  });

  test('is called without retries of the SDK, which would multiply the retries of the adapter', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    await lambda.adapter({ maxRetries: 0 }).execute(request());
    expect(lambda.stub.invocations.map(({ headers }) => headers['amz-sdk-request'])).toEqual(['attempt=1; max=1']);
  });
});

describe('the payload', () => {
  const MEGABYTE = 1_048_576;
  /** Creates a payload of a given size in bytes. */
  const ofBytes = (bytes: number) => ({ mapRequest: () => 'x'.repeat(bytes - 2) });

  test.each([
    ['RequestResponse', 6 * MEGABYTE],
    ['Event', MEGABYTE],
  ] as const)('of %s has at most %i bytes', async (invocationType, max) => {
    lambda.stub.script(invocationType === 'Event' ? queues : returns(OK));
    const options = { invocationType } as const;
    expect((await lambda.adapter({ ...options, ...ofBytes(max) }).execute(request())).success).toBe(true);
    expect(lambda.stub.invocations[0]?.body).toHaveLength(max);

    const adapter = lambda.adapter({ ...options, ...ofBytes(max + 1) });
    expect((await adapter.execute(request())).error).toBe(
      `Lambda not invoked: the payload of an invocation of type ${invocationType} must have at most ${max} bytes, got: ${max + 1}; put large data into S3 and send its key`,
    );
    expect(lambda.stub.invocations).toHaveLength(1);
    expect((await adapter.health()).totalRequests).toBe(0);
  });

  test('is measured in bytes, not in characters', async () => {
    const adapter = lambda.adapter({ invocationType: 'Event', mapRequest: () => 'ü'.repeat(600_000) });
    expect((await adapter.execute(request())).error).toMatch(/got: 1200002;/);
  });

  test.each([
    ['undefined', () => undefined, 'the payload of a request must be JSON, got: undefined'],
    ['a function', () => () => 1, 'the payload of a request must be JSON, got: function'],
    ['no number', () => Number.NaN, 'the payload of a request must be JSON, got: NaN or an infinity'],
    [
      'an error',
      () => {
        throw new Error('no such order');
      },
      'no such order',
    ],
  ])('is not sent if it is %s', async (_, mapRequest, error) => {
    const adapter = lambda.adapter({ mapRequest });
    expect((await adapter.execute(request())).error).toBe(`Lambda not invoked: ${error}`);
    expect((await adapter.health()).totalRequests).toBe(0);
  });

  test.each([null, undefined, 'text', 7, {}])('is not sent for the invalid request %p', async (wrong) => {
    lambda.stub.script(returns(OK));
    const { error } = await lambda.adapter().execute(wrong as unknown as ExecuteRequest);
    const fields = 'command, user_id, entity_id, community_id, session_id, platform';
    expect(error).toBe(`Lambda not invoked: a request must have ${fields}, missing: ${fields}`);
    expect(lambda.stub.invocations).toHaveLength(0);
  });

  test('is not sent if a field of the request is missing or the arguments are not a list', async () => {
    const { platform: _, ...without } = request();
    const sent = [without, request({ args: 'data' as unknown as string[] })].map((wrong) =>
      lambda.adapter().execute(wrong as ExecuteRequest),
    );
    const [first, second] = await Promise.all(sent);
    expect(first?.error).toMatch(/, missing: platform$/);
    expect(second?.error).toBe("Lambda not invoked: args of a request must be a list of strings, got: 'data'");
  });

  test('has no properties from prototypes', () => {
    const hostile = JSON.parse('{"community": {"__proto__": {"name": "x"}}, "is_event": false}');
    expect(toExecutePayload(request({ metadata: hostile })).community.name).toBe('Unknown Community');
  });

  test('of an event has neither command nor arguments, and nulls if there is no data', () => {
    expect(toExecutePayload(request({ metadata: { is_event: true } })).trigger).toEqual({
      type: 'event',
      command: null,
      context_text: null,
      event_type: null,
      event_data: null,
    });
  });

  test('has no context text without arguments', () => {
    expect(toExecutePayload(request({ args: [] })).trigger.context_text).toBeNull();
    expect(toExecutePayload(request({ args: undefined })).trigger.context_text).toBeNull();
  });
});

describe('the answer', () => {
  test('has its targets as objects, without those that are neither strings nor objects', () => {
    const { targets } = toExecuteResponse({ success: true, targets: ['discord', { type: 'twitch', id: 7 }, 5, null, ['x']] });
    expect(targets).toEqual([{ type: 'discord' }, { type: 'twitch', id: 7 }]);
  });

  test.each([
    [null, []],
    ['discord', [{ type: 'discord' }]],
    [{ type: 'twitch' }, [{ type: 'twitch' }]],
  ])('has a list of targets for %p', (targets, expected) => {
    expect(toExecuteResponse({ success: true, targets }).targets).toEqual(expected);
  });

  test('is a failure if it has no success field', () => {
    expect(toExecuteResponse({ message: 'm' })).toMatchObject({ success: false, message: 'm', error: 'Unknown error' });
  });

  test('keeps fields with any name', () => {
    const { data } = toExecuteResponse(JSON.parse('{"success": true, "__proto__": {"polluted": 1}, "constructor": 2}'));
    expect(Object.keys(data ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('a custom mapping', () => {
  interface Order {
    readonly id: number;
  }
  type Receipt = { readonly success: true; readonly total: number };
  const receipts = () =>
    new LambdaAdapter<Order, Receipt>({
      functionName: 'orders',
      moduleName: 'orders',
      endpoint: lambda.stub.endpoint,
      mapRequest: ({ id }) => ({ order: id }),
      parseResponse: (payload) => {
        const { total } = payload as { total?: number };
        if (total === undefined) throw new Error('no total');
        return { success: true, total };
      },
    });

  test('replaces the default mapping and determines the types', async () => {
    lambda.stub.script(returns({ total: 12 }));
    const response = await receipts().execute({ id: 7 });
    expect(lambda.stub.invocations[0]?.body).toBe('{"order":7}');
    expect(response.success ? response.total : response.error).toBe(12);
  });

  test('that throws makes the call fail', async () => {
    lambda.stub.script(returns({}));
    const adapter = receipts();
    expect(await adapter.execute({ id: 7 })).toMatchObject({ success: false, error: 'Lambda invocation error: no total' });
    expect((await adapter.health()).totalFailures).toBe(1);
  });

  test('is required by the compiler if the default mapping does not match the types', () => {
    const target = { functionName: 'orders', moduleName: 'orders' };
    // @ts-expect-error an order is not an ExecuteRequest
    new LambdaAdapter<Order>({ ...target });
    // @ts-expect-error an ExecuteResponse is not a receipt
    new LambdaAdapter<ExecuteRequest, Receipt>({ ...target });
    // @ts-expect-error neither type matches the default mapping
    expect(() => LambdaAdapter.fromEnvironment<Order, Receipt>('orders')).toThrow('KATAMARI_MODULES');
    new LambdaAdapter<Order>({ ...target, mapRequest: ({ id }) => id });
    new LambdaAdapter<ExecuteRequest, Receipt>({ ...target, parseResponse: () => ({ success: true, total: 1 }) });
    new LambdaAdapter<ExecuteRequest & { readonly tenant: string }, ExecuteResponse>(target);
  });
});

describe('required scopes', () => {
  const requiredScopes = ['community.read', 'community.write'];

  test.each([
    ['none at all', {}, {}, 'community.read, community.write'],
    ['not all of them', { scopes: ['community.read'] }, {}, 'community.write'],
    ['ones that only begin alike', { scopes: ['community', 'community.read.all'] }, {}, 'community.read, community.write'],
    ['those that the caller vouches for', { scopes: requiredScopes }, { scopes: ['other'] }, 'community.read, community.write'],
    ['no list', { scopes: 'community.read' as unknown as string[] }, {}, 'community.read, community.write'],
  ])('prevent the call if there are %s', async (_, more, options, missing) => {
    lambda.stub.script(returns(OK));
    const adapter = lambda.adapter({ requiredScopes });
    expect((await adapter.execute(request(more), options)).error).toBe(
      `Lambda not invoked: module 'payments' requires scopes that the request lacks: ${missing}`,
    );
    expect(lambda.stub.invocations).toHaveLength(0);
    expect((await adapter.health()).totalRequests).toBe(0);
  });

  test.each([
    ['the request has them, and more', { scopes: [...requiredScopes, 'x'] }, {}],
    ['the caller vouches for them', {}, { scopes: requiredScopes }],
  ])('allow the call if %s', async (_, more, options) => {
    lambda.stub.script(returns(OK));
    expect((await lambda.adapter({ requiredScopes }).execute(request(more), options)).success).toBe(true);
  });
});

describe('a signal', () => {
  test('ends the wait for an answer, and does not count as a failure of the module', async () => {
    let answering = () => {};
    const asked = new Promise<void>((resolve) => {
      answering = resolve;
    });
    lambda.stub.script(() => answering());
    const adapter = lambda.adapter();
    const controller = new AbortController();
    const response = adapter.execute(request(), { signal: controller.signal });
    await asked;
    controller.abort(new Error('no longer needed'));
    expect((await response).error).toBe('Lambda invocation error: the caller has given up: no longer needed');
    expect((await adapter.health()).totalRequests).toBe(0);
  });

  test('ends a pause', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const controller = new AbortController();
    const adapter = lambda.adapter({ pause: undefined, initialRetryDelayMs: 600_000, maxRetryDelayMs: 600_000 });
    const response = adapter.execute(request(), { signal: controller.signal });
    await until('an invocation', 30_000, () => lambda.stub.invocations.length > 0);
    // The pause begins in one of the next iterations of the event loop.
    setTimeout(() => controller.abort('enough'), 20);
    expect((await response).error).toBe('Lambda invocation error: the caller has given up: enough');
    expect(lambda.stub.invocations).toHaveLength(1);
  });

  test('that is already aborted prevents the call', async () => {
    lambda.stub.script(returns(OK));
    expect((await lambda.adapter().execute(request(), { signal: AbortSignal.abort('over') })).error).toBe(
      'Lambda invocation error: the caller has given up: over',
    );
    expect(lambda.stub.invocations).toHaveLength(0);
  });

  test('can be shared by many calls', async () => {
    lambda.stub.script(returns(OK));
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    const adapter = lambda.adapter();
    await Promise.all(Array.from({ length: 50 }, () => adapter.execute(request(), { signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings.map(({ name }) => name)).not.toContain('MaxListenersExceededWarning');
    expect(lambda.stub.invocations).toHaveLength(50);
  });
});

describe('pauses', () => {
  test('have random lengths up to their limits', async () => {
    const chance = jest.spyOn(Math, 'random').mockReturnValue(0.25);
    lambda.stub.script(refuses('ThrottlingException', 429));
    await lambda.adapter({ jitter: 'full', maxRetries: 8 }).execute(request());
    chance.mockRestore();
    expect(lambda.pauses).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 7_500, 7_500]);
  });

  test('have jitter by default', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const { pauses } = lambda;
    await lambda.adapter({ jitter: undefined, maxRetries: 20 }).execute(request());
    expect(pauses).toHaveLength(20);
    expect(pauses.some((ms, index) => ms !== Math.min(30_000, 500 * 2 ** index))).toBe(true);
    expect(pauses.every((ms, index) => ms >= 0 && ms <= Math.min(30_000, 500 * 2 ** index))).toBe(true);
  });
});

describe('the retry budget', () => {
  test('is the same as in the AWS SDKs', () => {
    const budget = new RetryBudget();
    const takeAll = (afterTimeout: boolean) => {
      let taken = 0;
      while (budget.take(afterTimeout) !== undefined) taken += 1;
      return taken;
    };
    expect(takeAll(false)).toBe(100);
    // A success without a retry returns 1 token, and a success after a retry returns the cost of the retry.
    for (let success = 0; success < 4; success++) budget.giveBack(undefined);
    expect(takeAll(false)).toBe(0);
    budget.giveBack(undefined);
    expect(takeAll(false)).toBe(1);
    budget.giveBack(10);
    expect(takeAll(true)).toBe(1);
    for (let success = 0; success < 1_000; success++) budget.giveBack(5);
    expect(takeAll(true)).toBe(50);
  });

  const throttledCalls = async (options: { retryBudget?: boolean }) => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const adapter = lambda.adapter({ ...options, breaker: false });
    const errors: (string | null)[] = [];
    for (let call = 0; call < 35; call++) errors.push((await adapter.execute(request())).error);
    return errors;
  };

  test('limits the retries of all calls together, and the error names it', async () => {
    const errors = await throttledCalls({});
    // 100 retries: those of 33 calls, and one more.
    expect(lambda.stub.invocations).toHaveLength(35 + 100);
    expect(errors.filter((error) => error?.endsWith('; not retried: the retry budget is used up'))).toHaveLength(2);
  });

  test('can be disabled', async () => {
    await throttledCalls({ retryBudget: false });
    expect(lambda.stub.invocations).toHaveLength(35 * 4);
  });

  test('is refilled by successful calls', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429));
    const adapter = lambda.adapter({ breaker: false });
    for (let call = 0; call < 34; call++) await adapter.execute(request());
    lambda.stub.script(returns(OK));
    for (let call = 0; call < 5; call++) await adapter.execute(request());
    lambda.stub.script(refuses('ThrottlingException', 429), returns(OK));
    expect((await adapter.execute(request())).success).toBe(true);
  });
});

describe('many concurrent calls', () => {
  test('1,000 calls are all answered, and their connections are reused', async () => {
    const waiting: (() => void)[] = [];
    lambda.stub.script((response) => {
      // The stub answers only after all requests have arrived.
      waiting.push(() => response.end(JSON.stringify(OK)));
      if (waiting.length === 1_000) for (const answer of waiting) answer();
    });
    const adapter = lambda.adapter({ maxSockets: 1_000 });
    const responses = await Promise.all(Array.from({ length: 1_000 }, () => adapter.execute(request())));
    expect(responses.every(({ success }) => success)).toBe(true);
    expect(await adapter.health()).toMatchObject({ totalRequests: 1_000, totalFailures: 0 });
    const before = lambda.stub.connections();
    lambda.stub.script(returns(OK));
    await Promise.all(Array.from({ length: 100 }, () => adapter.execute(request())));
    expect([before, lambda.stub.connections()]).toEqual([1_000, 0]);
  });

  test('adapters with the same connection options share their connections', async () => {
    lambda.stub.script(returns(OK));
    for (const moduleName of ['a', 'b', 'c']) await lambda.adapter({ moduleName, maxSockets: 7 }).execute(request());
    expect(lambda.stub.connections()).toBe(1);
  });
});

describe('a module that does not run', () => {
  test.each([
    ['its overlap skips the run', { runId: 'r', state: 'Skipped' }, 'Overlap.skip limits its concurrent runs'],
    ['a run has the same key', { runId: 'key:a', state: 'Running', duplicate: true }, "run 'key:a' is Running"],
  ])('is told by the response because %s, and does not count', async (_why, katamari, why) => {
    lambda.stub.script(returns({ katamari }));
    const parseResponse = jest.fn(toExecuteResponse);
    const adapter = lambda.adapter({ parseResponse });
    const response = await adapter.execute(request());
    expect(response).toEqual({
      success: false,
      message: null,
      data: null,
      error: `module '${adapter.moduleName}' did not run: ${why}`,
      targets: [],
      notRun: { runId: katamari.runId, state: katamari.state },
    });
    expect(parseResponse).not.toHaveBeenCalled();
    expect(await adapter.health()).toMatchObject({ totalRequests: 0, totalFailures: 0 });
  });

  test('is called with the idempotency key in the envelope of the tracker, also by retries', async () => {
    lambda.stub.script(refuses('ThrottlingException', 429), returns(OK));
    await lambda.adapter({ mapRequest: () => ({ n: 1 }) }).execute(request(), { idempotencyKey: 'order-17' });
    const envelope = { 'katamari:delivery': 'invoke', idempotencyKey: 'order-17', event: { n: 1 } };
    expect(lambda.stub.invocations.map(({ body }) => JSON.parse(body))).toEqual([envelope, envelope]);
  });
});
