import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CfnOutput, Duration, Stack, type Stage } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { HealthStatus } from '../../lambda/invoker-gateway/module-registry';
import type { ExecuteRequest, ExecuteResponse, ModuleHealth } from '../../lambda/runtime';
import { AdapterInvoker, InvokerTarget, ManagedFunction, Overlap, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';

const DEPLOY_MS = 180_000;
const CALLS = 20;

class ModulesStack extends Stack {
  public readonly effects = new dynamodb.Table(this, 'Effects', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
  });

  public constructor(app: Stage) {
    super(app, 'Modules');
    const works = this.worker('Works');
    const tight = InvokerTarget.function(this.worker('Tight', Overlap.queue(1)));
    const fails = new ManagedFunction(this, 'Fails', { source: Source.typescript('test/integ/invoker/fail.ts') });
    const invoker = new AdapterInvoker(this, 'Invoker', {
      modules: {
        works: { target: InvokerTarget.function(works.addAlias('live')), version: '2.0.0', scopes: ['community.read'] },
        fails: { target: InvokerTarget.function(fails) },
        tight: { target: tight },
        impatient: { target: tight, maxRetries: 0 },
        silent: { target: InvokerTarget.prefix('nobody-', 'there') },
      },
      gateway: {},
    });
    const source = Source.typescript('test/integ/invoker/call.ts');
    for (const id of ['First', 'Second']) {
      invoker.addTo(new ManagedFunction(this, id, { source, timeout: Duration.minutes(2) }));
    }
    new CfnOutput(this, 'GatewayUrl', { value: invoker.gatewayUrl?.url ?? '' });
    new CfnOutput(this, 'EffectsName', { value: this.effects.tableName });
  }

  private worker(id: string, overlap?: Overlap): ManagedFunction {
    const fn = new ManagedFunction(this, id, {
      source: Source.typescript('test/integ/invoker/work.ts'),
      environment: { EFFECTS: this.effects.tableName, WORK_MS: overlap ? '200' : '0' },
      overlap,
    });
    this.effects.grantWriteData(fn);
    return fn;
  }
}

let deployment: TestDeployment<ModulesStack>;
let dynamoDb: DynamoDBClient;

beforeAll(async () => {
  deployment = await deployForTest((app) => new ModulesStack(app));
  dynamoDb = new DynamoDBClient(deployment.clientSettings);
}, DEPLOY_MS);
afterAll(async () => {
  dynamoDb?.destroy();
  await deployment?.cleanUp();
});

const requestOf = (session_id: string, more: Partial<ExecuteRequest> = {}): ExecuteRequest => ({
  command: 'enrol',
  args: ['tenor'],
  user_id: 'user-17',
  entity_id: 'room-4',
  community_id: 'choir-8',
  session_id,
  platform: 'discord',
  scopes: ['community.read'],
  ...more,
});
const eventOf = (session_id: string) =>
  requestOf(session_id, { metadata: { is_event: true, event_type: 'follow', event_data: { who: 'x' } } });

/** Returns how often the work of each request was done. */
async function effects(): Promise<Record<string, number>> {
  const { Items = [] } = await dynamoDb.send(
    new ScanCommand({ TableName: deployment.output('EffectsName'), ConsistentRead: true }),
  );
  return Object.fromEntries(Items.map(({ pk, times }) => [pk?.S, Number(times?.N)]));
}

const invokeGateway = (module: string, request: ExecuteRequest): Promise<ExecuteResponse> =>
  deployment.function('Invoker/Gateway').invoke({ module, request });

async function fetchGateway<Body = unknown>(method: string, path: string, body?: unknown, signed = true) {
  const [, id] = /^https:\/\/([a-z0-9]+)\.lambda-url\./.exec(deployment.output('GatewayUrl')) ?? [];
  const response = await fetch(`${deployment.clientSettings.endpoint}/_aws/lambda-url/${id}${path}`, {
    method,
    // MiniStack checks that a request is signed, but not who signed it.
    headers: {
      'content-type': 'application/json',
      ...(signed && {
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0000',
      }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

interface CallerAnswer {
  readonly responses: ExecuteResponse[];
  readonly health: ModuleHealth;
  readonly process: number;
}
const call = (caller: string, module: string, requests: ExecuteRequest[] = []): Promise<CallerAnswer> =>
  deployment.function(`Modules/${caller}`).invoke({ module, requests });

const OUT_OF_STOCK = /^Lambda invocation error: Lambda function error: \{.*'errorMessage': 'out of stock'/;

describe('through the gateway', () => {
  test('a command and an event reach a working module, by invocation and by URL', async () => {
    const answered = { success: true, error: null, targets: [{ type: 'discord' }] };
    await expect(invokeGateway('works', requestOf('g-command'))).resolves.toMatchObject({
      ...answered,
      message: 'command enrol',
    });
    await expect(invokeGateway('works', eventOf('g-event'))).resolves.toMatchObject({
      ...answered,
      message: 'event follow',
      data: { data_of_event: { who: 'x' } },
    });
    await expect(fetchGateway('POST', '/works', requestOf('u-command'))).resolves.toMatchObject({
      status: 200,
      body: { ...answered, message: 'command enrol' },
    });
    await expect(fetchGateway('POST', '/works', eventOf('u-event'))).resolves.toMatchObject({
      status: 200,
      body: { ...answered, message: 'event follow' },
    });
    await expect(effects()).resolves.toMatchObject({ 'g-command': 1, 'g-event': 1, 'u-command': 1, 'u-event': 1 });
  });

  test('a command and an event to a failing module are answered with its error', async () => {
    const failed = { success: false, message: null, data: null, targets: [], error: expect.stringMatching(OUT_OF_STOCK) };
    await expect(invokeGateway('fails', requestOf('f-1'))).resolves.toEqual(failed);
    await expect(fetchGateway('POST', '/fails', eventOf('f-2'))).resolves.toEqual({ status: 502, body: failed });
  });

  test('an invalid request is answered with the reason, and no module is called', async () => {
    const before = await effects();
    await expect(invokeGateway('other', requestOf('x-1'))).resolves.toMatchObject({
      success: false,
      error: "module 'other' not found; available: 'works', 'fails', 'tight', 'impatient', 'silent'",
    });
    await expect(fetchGateway('POST', '/works', requestOf('x-2', { scopes: [] }))).resolves.toEqual({
      status: 403,
      body: { error: "scopes of a request to module 'works' must include 'community.read', got: []" },
    });
    await expect(fetchGateway('POST', '/works', { command: 'enrol' })).resolves.toEqual({
      status: 400,
      body: { error: 'user_id must be a string, got: undefined' },
    });
    await expect(fetchGateway('GET', '/works')).resolves.toMatchObject({ status: 405 });
    await expect(fetchGateway('GET', '/')).resolves.toMatchObject({ status: 404 });
    await expect(fetchGateway('GET', '/health', undefined, false)).resolves.toMatchObject({ status: 403 });
    await expect(effects()).resolves.toEqual(before);
  });
});

describe('health', () => {
  test('is the same in every container, no matter which one made the calls', async () => {
    // The gateway has made two calls; this is the third one in a row.
    const first = await call('First', 'fails', [requestOf('h-1')]);
    expect(first.responses).toEqual([expect.objectContaining({ error: expect.stringMatching(OUT_OF_STOCK) })]);
    const second = await call('Second', 'fails');
    expect(second.process).not.toBe(first.process);
    expect(second.health).toEqual({
      isHealthy: false,
      totalRequests: 3,
      totalFailures: 3,
      consecutiveFailures: 3,
      errorRate: 1,
      lastSuccess: null,
      lastFailure: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(first.health).toEqual(second.health);

    const { status, body } = await fetchGateway<HealthStatus>('GET', '/health');
    expect(status).toBe(200);
    expect(body.is_healthy).toBe(false);
    expect(Object.keys(body.modules)).toEqual(['works', 'fails', 'tight', 'impatient', 'silent']);
    expect(body.modules.fails).toEqual({
      is_healthy: false,
      last_success: null,
      last_failure: second.health.lastFailure,
      consecutive_failures: 3,
      total_requests: 3,
      total_failures: 3,
      error_rate: 1,
      version: '1.0.0',
    });
    expect(body.modules.works).toMatchObject({ is_healthy: true, total_requests: 4, total_failures: 0, version: '2.0.0' });
    // No container has called this module.
    expect(body.modules.silent).toMatchObject({ is_healthy: true, total_requests: 0, last_success: null });
  });

  test('counts every call of containers that call at the same time', async () => {
    const before = await call('First', 'works');
    const requests = (caller: string) => Array.from({ length: 8 }, (_, index) => requestOf(`${caller}-${index}`));
    const answers = await Promise.all(['First', 'Second'].map((caller) => call(caller, 'works', requests(caller))));
    expect(answers.flatMap(({ responses }) => responses).every(({ success }) => success)).toBe(true);
    const after = await call('Second', 'works');
    expect(after.health.totalRequests - before.health.totalRequests).toBe(16);
    expect(after.health).toMatchObject({ totalFailures: 0, isHealthy: true });
  });
});

describe(`${CALLS} concurrent calls of a function with a concurrency of 1`, () => {
  const CLEAR = [
    /^Lambda invocation error: An error occurred \(TooManyRequestsException\) when calling the Invoke operation: /,
    /^Lambda not invoked: module '\w+' failed 3 times in a row; /,
  ];

  const run = async (module: string) => {
    const ids = Array.from({ length: CALLS }, (_, index) => `${module}-${index}`);
    const { responses } = await call(
      'First',
      module,
      ids.map((id) => requestOf(id)),
    );
    expect(responses).toHaveLength(CALLS);
    const done = ids.filter((_, index) => responses[index]?.success);
    const errors = responses.flatMap(({ success, error }) => (success ? [] : [error ?? '']));
    expect(errors.filter((error) => !CLEAR.some((clear) => clear.test(error)))).toEqual([]);
    // Exactly the successful calls did their work, each one once.
    const times = Object.entries(await effects()).filter(([id]) => id.startsWith(`${module}-`));
    expect(Object.fromEntries(times)).toEqual(Object.fromEntries(done.map((id) => [id, 1])));
    return { done: done.length, errors };
  };

  test('without retries, most fail with a throttling error', async () => {
    const { done, errors } = await run('impatient');
    expect(done).toBeGreaterThanOrEqual(1);
    expect(errors.length).toBeGreaterThan(CALLS / 2);
    expect(errors.every((error) => CLEAR[0]?.test(error))).toBe(true);
  });

  test('with retries, each one succeeds or fails with a throttling or circuit breaker error', async () => {
    const { done, errors } = await run('tight');
    expect(done).toBeGreaterThan(1);
    expect(done + errors.length).toBe(CALLS);
  });
});
