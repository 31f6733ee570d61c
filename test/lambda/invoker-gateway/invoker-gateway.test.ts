import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type InvokerGatewayDependencies, invokerGateway } from '../../../lambda/invoker-gateway/invoker-gateway';
import { type GatewayModule, type GatewayResponse, ModuleRegistry } from '../../../lambda/invoker-gateway/module-registry';
import type { ModuleHealth } from '../../../lambda/runtime';
import { lambdaContext } from '../../../testing';

const REQUEST = {
  command: 'enrol',
  user_id: 'user-17',
  entity_id: 'room-4',
  community_id: 'choir-8',
  session_id: 'session-2026',
  platform: 'discord',
};
const DONE: GatewayResponse = { success: true, message: 'done', data: null, error: null, targets: [], answered: true };
const REFUSED: GatewayResponse = { ...DONE, success: false, message: null, error: 'no such user' };
const FAILED: GatewayResponse = { success: false, message: null, data: null, error: 'it is down', targets: [] };
const HEALTH: ModuleHealth = {
  isHealthy: true,
  totalRequests: 4,
  totalFailures: 1,
  consecutiveFailures: 0,
  errorRate: 0.25,
  lastSuccess: '2030-01-01T00:00:00.000Z',
  lastFailure: null,
};

/** A module that returns a given answer and records its requests. */
class TestModule implements GatewayModule {
  public readonly calls: unknown[][] = [];

  public constructor(
    private readonly answer: GatewayResponse | Error = DONE,
    public readonly requiredScopes: string[] = [],
    private readonly health: ModuleHealth = HEALTH,
  ) {}

  public async execute(...given: unknown[]): Promise<GatewayResponse> {
    this.calls.push(given);
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }

  public async moduleInfo() {
    return { version: '2.1.0', health: this.health } as Awaited<ReturnType<GatewayModule['moduleInfo']>>;
  }
}

const context = lambdaContext();

function gatewayOf(modules: Record<string, GatewayModule>) {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const line = (level: string) => (message: unknown, fields: unknown) => {
    lines.push({ level, message: String(message), fields: fields as Record<string, unknown> });
  };
  const logger = { info: line('info'), warn: line('warn'), error: line('error') } as InvokerGatewayDependencies['logger'];
  const dependencies = { modules: new ModuleRegistry(new Map(Object.entries(modules))), logger };
  const direct = (event: unknown) => invokerGateway(event, context, dependencies);
  const http = async (method: string, rawPath: string, body?: string, more: object = {}) => {
    const event = { version: '2.0', rawPath, requestContext: { http: { method } }, body, isBase64Encoded: false, ...more };
    const answer = (await direct(event)) as APIGatewayProxyStructuredResultV2;
    return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body as string) };
  };
  return { lines, http, direct };
}

describe('by a direct invocation', () => {
  test('it executes a request on the named module, and returns the response', async () => {
    const [payments, other] = [new TestModule(), new TestModule()];
    const { direct, lines } = gatewayOf({ payments, other });
    await expect(direct({ module: 'payments', request: REQUEST })).resolves.toEqual({
      success: true,
      message: 'done',
      data: null,
      error: null,
      targets: [],
    });
    expect(payments.calls).toEqual([[REQUEST, { context }]]);
    expect(other.calls).toEqual([]);
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'answered',
        fields: { module: 'payments', requestId: 'session-2026', answered: true, success: true },
      },
    ]);
  });

  test('a failed call returns a response instead of throwing', async () => {
    const { direct } = gatewayOf({ payments: new TestModule(FAILED) });
    await expect(direct({ module: 'payments', request: REQUEST })).resolves.toEqual(FAILED);
  });

  test('a response that is too large is replaced by an error response', async () => {
    const { direct } = gatewayOf({
      fits: new TestModule({ ...DONE, message: 'x'.repeat(6_290_000) }),
      large: new TestModule({ ...DONE, message: 'x'.repeat(6_291_000) }),
    });
    await expect(direct({ module: 'fits', request: REQUEST })).resolves.toMatchObject({ success: true });
    await expect(direct({ module: 'large', request: REQUEST })).resolves.toMatchObject({
      success: false,
      error: expect.stringMatching(
        /^the response of module 'large' must have at most 6291456 bytes when the gateway returns it, got: 629\d{4}$/,
      ),
    });
  });

  test.each<[unknown, string]>([
    [undefined, 'the request must be an object, got: undefined'],
    ['text', "the request must be an object, got: 'text'"],
    [{ request: REQUEST }, 'module must be a string, got: undefined'],
    [{ module: 'payments' }, 'request must be an object, got: undefined'],
    [{ module: 'payments', request: { ...REQUEST, user_id: 7 } }, 'request.user_id must be a string, got: 7'],
    [{ module: 'payments', request: { ...REQUEST, args: 'a' } }, "request.args must be a list of strings, got: 'a'"],
    [{ module: 'payments', request: { ...REQUEST, args: ['a', 1] } }, 'request.args.1 must be a string, got: 1'],
    [{ module: 'payments', request: { ...REQUEST, scopes: {} } }, 'request.scopes must be a list of strings, got: {}'],
    [{ module: 'payments', request: { ...REQUEST, metadata: [] } }, 'request.metadata must be an object, got: []'],
    [
      { module: 'payments', request: { ...REQUEST, metadata: { community: { is_subscribed: 'yes' } } } },
      "request.metadata.community.is_subscribed must be true, false or null, got: 'yes'",
    ],
    [
      { module: 'payments', request: { ...REQUEST, metadata: { user: 'x'.repeat(200) } } },
      `request.metadata.user must be an object, got: '${'x'.repeat(79)}…`,
    ],
    [{ module: 'other', request: REQUEST }, "module 'other' not found; available: 'payments'"],
    [{ module: 'constructor', request: REQUEST }, "module 'constructor' not found; available: 'payments'"],
    [{ module: '__proto__', request: REQUEST }, "module '__proto__' not found; available: 'payments'"],
    [{ module: '../payments', request: REQUEST }, "module '../payments' not found; available: 'payments'"],
  ])('%j is rejected: %s', async (event, reason) => {
    const payments = new TestModule();
    const { direct, lines } = gatewayOf({ payments });
    await expect(direct(event)).resolves.toEqual({ success: false, message: null, data: null, error: reason, targets: [] });
    expect(payments.calls).toEqual([]);
    expect(lines).toEqual([{ level: 'warn', message: 'refused', fields: { reason } }]);
  });

  test('further fields of metadata are passed on, and unknown fields of the request are not', async () => {
    const payments = new TestModule();
    const metadata = { is_event: true, event_type: 'follow', event_data: { n: [1] }, trace: 'x', community: { tier: 3 } };
    await gatewayOf({ payments }).direct({ module: 'payments', request: { ...REQUEST, metadata, accessKeyId: 'x' } });
    expect(payments.calls[0]?.[0]).toEqual({ ...REQUEST, metadata });
  });

  test('an internal error names the log and reveals nothing else', async () => {
    const { direct, lines } = gatewayOf({ payments: new TestModule(new TypeError('secret of the table')) });
    await expect(direct({ module: 'payments', request: REQUEST })).rejects.toThrow(
      new Error(`internal error: see the log of invocation ${context.awsRequestId}`),
    );
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ error: new TypeError('secret of the table') }),
      }),
    ]);
  });
});

describe('by its URL', () => {
  test.each<[string, GatewayResponse, number]>([
    ['done', DONE, 200],
    ['refused by the module', REFUSED, 200],
    ['not answered by the module', FAILED, 502],
  ])('a call that is %s', async (_how, response, status) => {
    const { answered, ...body } = response;
    const payments = new TestModule(response);
    const { http, lines } = gatewayOf({ payments });
    expect(await http('POST', '/payments', JSON.stringify(REQUEST))).toEqual({
      status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body,
    });
    expect(payments.calls).toEqual([[REQUEST, { context }]]);
    expect(lines).toEqual([{ level: 'info', message: 'answered', fields: { method: 'POST', path: '/payments', status } }]);
  });

  test('a body in base64 is decoded', async () => {
    const payments = new TestModule();
    const body = Buffer.from(JSON.stringify({ ...REQUEST, command: 'ünïcode 日本' })).toString('base64');
    const { status } = await gatewayOf({ payments }).http('POST', '/payments', body, { isBase64Encoded: true });
    expect(status).toBe(200);
    expect(payments.calls[0]?.[0]).toMatchObject({ command: 'ünïcode 日本' });
  });

  const rule = 'the path must be /health or /{module}';
  test.each<[string, string, string | undefined, number, string, string]>([
    ['POST', '/payments', undefined, 400, "the body must be a request in JSON, got: ''", ''],
    ['POST', '/payments', '{"command":', 400, `the body must be a request in JSON, got: '{"command":'`, ''],
    ['POST', '/payments', 'null', 400, 'the request must be an object, got: null', ''],
    ['POST', '/payments', '{}', 400, 'command must be a string, got: undefined', ''],
    ['POST', '/payments', JSON.stringify({ ...REQUEST, session_id: null }), 400, 'session_id must be a string, got: null', ''],
    ['POST', '/admin', JSON.stringify(REQUEST), 403, `scopes of a request to module 'admin' must include 'b', got: ["a"]`, ''],
    ['POST', '/other', JSON.stringify(REQUEST), 404, "module 'other' not found; available: 'payments', 'admin'", ''],
    ['POST', '/other', '{', 404, "module 'other' not found; available: 'payments', 'admin'", ''],
    ['POST', '/toString', JSON.stringify(REQUEST), 404, "module 'toString' not found; available: 'payments', 'admin'", ''],
    ['GET', '/', undefined, 404, `${rule}, got: '/'`, ''],
    ['GET', '/other', undefined, 404, `${rule}, got: '/other'`, ''],
    ['POST', '/payments/', JSON.stringify(REQUEST), 404, `${rule}, got: '/payments/'`, ''],
    ['POST', '/payments/more', JSON.stringify(REQUEST), 404, `${rule}, got: '/payments/more'`, ''],
    ['POST', '/%70ayments', JSON.stringify(REQUEST), 404, `${rule}, got: '/%70ayments'`, ''],
    ['GET', '/payments', undefined, 405, "the method of /payments must be POST, got: 'GET'", 'POST'],
    ['DELETE', '/health', undefined, 405, "the method of /health must be GET or HEAD, got: 'DELETE'", 'GET, HEAD'],
    ['POST', '/health', JSON.stringify(REQUEST), 405, "the method of /health must be GET or HEAD, got: 'POST'", 'GET, HEAD'],
  ])('%s %s with %s is rejected with %d: %s', async (method, path, body, status, error, allow) => {
    const payments = new TestModule();
    const admin = new TestModule(DONE, ['a', 'b']);
    const { http, lines } = gatewayOf({ payments, admin });
    const given = path === '/admin' ? JSON.stringify({ ...REQUEST, scopes: ['a'] }) : body;
    const answer = await http(method, path, given);
    expect(answer).toEqual({ status, headers: answer.headers, body: { error } });
    expect(answer.headers?.allow ?? '').toBe(allow);
    expect([...payments.calls, ...admin.calls]).toEqual([]);
    expect(lines).toEqual([{ level: 'warn', message: 'refused', fields: { method, path, status, reason: error } }]);
  });

  test('a module may be named health', async () => {
    const health = new TestModule();
    const { http } = gatewayOf({ health });
    expect(await http('POST', '/health', JSON.stringify(REQUEST))).toMatchObject({ status: 200, body: { message: 'done' } });
    expect(await http('GET', '/health')).toMatchObject({ status: 200, body: { is_healthy: true } });
    expect(await http('PUT', '/health')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } });
    expect(health.calls).toHaveLength(1);
  });

  test('a request with all required scopes is accepted', async () => {
    const admin = new TestModule(DONE, ['a', 'b']);
    const body = JSON.stringify({ ...REQUEST, scopes: ['b', 'c', 'a'] });
    expect(await gatewayOf({ admin }).http('POST', '/admin', body)).toMatchObject({ status: 200 });
  });

  test('GET /health returns the health of every module', async () => {
    const sick: ModuleHealth = { ...HEALTH, isHealthy: false, consecutiveFailures: 3, lastFailure: '2030-01-02T00:00:00.000Z' };
    const { http } = gatewayOf({ payments: new TestModule(), sick: new TestModule(DONE, [], sick) });
    const payments = {
      is_healthy: true,
      last_success: '2030-01-01T00:00:00.000Z',
      last_failure: null,
      consecutive_failures: 0,
      total_requests: 4,
      total_failures: 1,
      error_rate: 0.25,
      version: '2.1.0',
    };
    expect(await http('GET', '/health')).toMatchObject({
      status: 200,
      body: {
        is_healthy: false,
        modules: {
          payments,
          sick: { ...payments, is_healthy: false, consecutive_failures: 3, last_failure: '2030-01-02T00:00:00.000Z' },
        },
      },
    });
  });

  test('an internal error is answered with status 500 and reveals nothing', async () => {
    const { http, lines } = gatewayOf({ payments: new TestModule(new TypeError('secret of the table')) });
    const answer = await http('POST', '/payments', JSON.stringify(REQUEST));
    expect(answer).toMatchObject({ status: 500, body: { error: 'internal error', requestId: context.awsRequestId } });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ error: new TypeError('secret of the table') }),
      }),
    ]);
  });
});

test('through the URL, a module whose overlap skips the run is answered with 429', async () => {
  const answer: GatewayResponse = { ...FAILED, notRun: { runId: 'r', state: 'Skipped' } };
  const { http } = gatewayOf({ payments: new TestModule(answer) });
  const { status, headers, body } = await http('POST', '/payments', JSON.stringify(REQUEST));
  expect([status, headers?.['retry-after'], body]).toEqual([429, '1', answer]);
});
