import { CreateTableCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import type { SdkClient } from '../../../../lambda/runtime';
import { counted, type HealthCounts, NO_CALLS, toModuleHealth } from '../../../../lambda/runtime/adapter/health';
import { SharedHealth } from '../../../../lambda/runtime/adapter/shared-health';
import { ENV_HEALTH_NAMESPACE, HEALTH_SORT_KEY, healthPartition } from '../../../../lib/invoker/constants';
import { useLogLines } from '../../../support/log-lines';
import { useMiniStack } from '../../../support/ministack';
import { contextWith, OK, refuses, request, returns, useLambdaStub } from './lambda-stub';

const lambda = useLambdaStub();
const ministack = useMiniStack();
const log = useLogLines();
const denied = refuses('AccessDeniedException', 403);
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();

describe('the health of a module', () => {
  test.each([
    [0, 0, 0],
    [3, 1, 0.3333],
    [3, 2, 0.6667],
    [32, 1, 0.0312],
    [32, 3, 0.0938],
    [160, 1, 0.0063],
    [160, 3, 0.0187],
    [8, 1, 0.125],
    [7, 7, 1],
    [100_000, 1, 0],
    [20_000, 19_999, 1],
  ])(
    'after %i calls with %i failures has the error rate %d, rounded like in Python',
    (totalRequests, totalFailures, errorRate) => {
      expect(toModuleHealth({ ...NO_CALLS, totalRequests, totalFailures }).errorRate).toBe(errorRate);
    },
  );

  test.each([
    [0, true],
    [2, true],
    [3, false],
    [9, false],
  ])('after %i consecutive failures is healthy: %p', (consecutiveFailures, isHealthy) => {
    expect(toModuleHealth({ ...NO_CALLS, consecutiveFailures }).isHealthy).toBe(isHealthy);
  });

  test('counts any sequence of results', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (outcomes) => {
        const counts = outcomes.reduce((so, success, second) => counted(so, success, at(second)), NO_CALLS);
        const row = outcomes.length - 1 - outcomes.lastIndexOf(true);
        expect(counts).toMatchObject({
          totalRequests: outcomes.length,
          totalFailures: outcomes.filter((success) => !success).length,
          consecutiveFailures: row,
        });
        const last = (success: boolean) => (outcomes.includes(success) ? at(outcomes.lastIndexOf(success)) : undefined);
        expect([counts.lastSuccess, counts.lastFailure]).toEqual([last(true), last(false)]);
      }),
    );
  });

  test('is local to the adapter without a table', async () => {
    lambda.stub.script(returns(OK), denied, denied);
    const before = new Date().toISOString();
    const adapter = lambda.adapter();
    for (let call = 0; call < 3; call++) await adapter.execute(request());
    const health = await adapter.health();
    expect(health).toMatchObject({
      isHealthy: true,
      totalRequests: 3,
      totalFailures: 2,
      consecutiveFailures: 2,
      errorRate: 0.6667,
    });
    for (const time of [health.lastSuccess, health.lastFailure]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(time && time >= before).toBe(true);
    }
    expect(await lambda.adapter().health()).toMatchObject({ totalRequests: 0 });
  });
});

describe('in a table', () => {
  let client: DynamoDBClient;
  const healthTable = 'health-of-modules';
  let modules = 0;
  const newModule = () => `module-${++modules}`;
  beforeAll(async () => {
    client = ministack.dynamodb();
    const keys = [
      ['pk', 'HASH'],
      ['sk', 'RANGE'],
    ] as const;
    await client.send(
      new CreateTableCommand({
        TableName: healthTable,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      }),
    );
  });
  const item = async (moduleName: string) => {
    const Key = { pk: { S: healthPartition(moduleName) }, sk: { S: HEALTH_SORT_KEY } };
    const { Item } = await client.send(new GetItemCommand({ TableName: healthTable, Key, ConsistentRead: true }));
    return Item && unmarshall(Item);
  };
  // The timeout is long, because another test checks how long a call waits.
  const shared = (moduleName: string) => new SharedHealth(healthTable, moduleName, client, 60_000);
  const adapterOf = (moduleName: string) => lambda.adapter({ moduleName, healthTable, dynamoDb: client });

  test('is visible to all callers once the call has ended', async () => {
    const moduleName = newModule();
    const [here, there] = [adapterOf(moduleName), adapterOf(moduleName)];
    lambda.stub.script(returns(OK), denied);
    await here.execute(request());
    await there.execute(request());
    await here.execute(request());
    const health = await here.health();
    expect(health).toMatchObject({ isHealthy: true, totalRequests: 3, totalFailures: 2, consecutiveFailures: 2 });
    expect(await there.health()).toEqual(health);
    expect((await there.moduleInfo()).health).toEqual(health);
    expect(await item(moduleName)).toEqual({
      pk: `MODULE#${moduleName}`,
      sk: 'HEALTH',
      totalRequests: 3,
      totalFailures: 2,
      consecutiveFailures: 2,
      lastSuccess: health.lastSuccess,
      lastFailure: health.lastFailure,
    });
    await there.execute(request());
    expect([await here.isHealthy(), await there.isHealthy()]).toEqual([false, false]);
    expect((await adapterOf(newModule()).health()).totalRequests).toBe(0);
  });

  test('a success resets the consecutive failures of all callers', async () => {
    const moduleName = newModule();
    lambda.stub.script(denied, denied, returns(OK), denied);
    for (let call = 0; call < 4; call++) await adapterOf(moduleName).execute(request());
    expect(await adapterOf(moduleName).health()).toMatchObject({ totalFailures: 3, consecutiveFailures: 1 });
  });

  test('all calls of concurrent callers are counted', async () => {
    const moduleName = newModule();
    const containers = Array.from({ length: 20 }, () => shared(moduleName));
    const records = containers.flatMap((container, number) =>
      Array.from({ length: 25 }, (_, call) => container.record((number + call) % 5 !== 0, at(call))),
    );
    await Promise.all(records);
    expect(await containers[0]?.read()).toMatchObject({
      totalRequests: 500,
      totalFailures: 100,
      lastSuccess: at(24),
      lastFailure: at(24),
    });
  });

  test('matches the counters of one caller, no matter which calls one write contains', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 12 }), async (calls) => {
        const moduleName = newModule();
        const container = shared(moduleName);
        let expected: HealthCounts = NO_CALLS;
        for (const [second, [success, wait]] of calls.entries()) {
          expected = counted(expected, success, at(second));
          const record = container.record(success, at(second));
          if (wait) expect(await record).toEqual(expected);
        }
        await container.record(true, at(59));
        expect(await container.read()).toEqual(counted(expected, true, at(59)));
      }),
      { numRuns: 25 },
    );
  });

  test('calls that end during a write are combined in the next write', async () => {
    let writes = 0;
    const counting: SdkClient = {
      send: (command, options) => {
        writes += 1;
        return client.send(command, options);
      },
    };
    const container = new SharedHealth(healthTable, newModule(), counting, 60_000);
    const first = container.record(true, at(0));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...Array.from({ length: 100 }, () => container.record(false, at(1)))]);
    expect(writes).toBe(2);
    expect(await container.read()).toMatchObject({ totalRequests: 101, totalFailures: 100, consecutiveFailures: 100 });
  });

  test('times only increase, and late calls are still counted', async () => {
    const moduleName = newModule();
    await shared(moduleName).record(true, at(30));
    await shared(moduleName).record(false, at(20));
    await shared(moduleName).record(true, at(10));
    await shared(moduleName).record(false, at(5));
    expect(await shared(moduleName).read()).toEqual({
      totalRequests: 4,
      totalFailures: 2,
      consecutiveFailures: 1,
      lastSuccess: at(30),
      lastFailure: at(20),
    });
  });

  test('a throttled write is retried', async () => {
    let throttled = 0;
    const busy: SdkClient = {
      send: (command, options) => {
        throttled += 1;
        if (throttled > 2) return client.send(command, options);
        return Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
      },
    };
    const moduleName = newModule();
    await new SharedHealth(healthTable, moduleName, busy, 60_000).record(false, at(0));
    expect(await shared(moduleName).read()).toMatchObject({ totalRequests: 1, totalFailures: 1 });
  });
});

describe('a table that fails', () => {
  const failing: SdkClient = { send: () => Promise.reject(new Error('no table')) };
  const silent: SdkClient = { send: () => new Promise(() => undefined) };
  const adapterWith = (dynamoDb: SdkClient) => lambda.adapter({ healthTable: 'health-of-modules', dynamoDb });

  test('does not make calls fail; they are counted locally, and the failure is logged', async () => {
    lambda.stub.script(returns(OK));
    const adapter = adapterWith(failing);
    expect((await adapter.execute(request())).success).toBe(true);
    expect(await adapter.health()).toMatchObject({ totalRequests: 1 });
    expect(log).toMatchObject([
      { level: 'WARN', message: 'could not record the health of the module', module: 'payments', reason: 'Error: no table' },
      { level: 'WARN', message: 'could not read the health of the module', module: 'payments', reason: 'Error: no table' },
    ]);
  });

  test('delays a call by at most 500 ms', async () => {
    lambda.stub.script(returns(OK));
    expect((await adapterWith(silent).execute(request())).success).toBe(true);
    expect(log).toMatchObject([{ reason: 'Error: no answer from the health table within 500 ms' }]);
  });

  test('delays a call by at most its remaining time', async () => {
    lambda.stub.script(returns(OK));
    const context = contextWith(5_000, 130);
    expect((await adapterWith(silent).execute(request(), { context })).success).toBe(true);
    expect(log).toMatchObject([{ reason: 'Error: no answer from the health table within 30 ms' }]);
  });

  test.each([
    ['that DynamoDB has rejected', Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 400 } }), ['1', '2']],
    ['that did not reach DynamoDB', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), ['1', '2']],
    // The answer may have been lost after the write.
    ['that broke off', new Error('socket hang up'), ['1', '1']],
    ['that ended in a fault', Object.assign(new Error('fault'), { $metadata: { httpStatusCode: 500 } }), ['1', '1']],
  ])('a write %s is added to the next one only if no call can be counted twice', async (_what, error, totals) => {
    const written: unknown[] = [];
    const recovering: SdkClient = {
      send: async ({ input }: { input: { ExpressionAttributeValues: Record<string, { N: string }> } }) => {
        written.push(input.ExpressionAttributeValues[':totalRequests']?.N);
        if (written.length === 1) throw error;
        return { Attributes: { totalRequests: { N: '7' } } };
      },
    };
    lambda.stub.script(returns(OK));
    const adapter = adapterWith(recovering);
    await adapter.execute(request());
    await adapter.execute(request());
    expect([written, log.length]).toEqual([totals, 1]);
  });

  test('a write that was throttled for too long is added to the next one, with its consecutive failures', async () => {
    const written: (string | undefined)[][] = [];
    let throttled = true;
    const recovering: SdkClient = {
      send: async ({ input }: { input: { ExpressionAttributeValues: Record<string, { N: string }> } }) => {
        const values = input.ExpressionAttributeValues;
        if (throttled) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
        written.push([':totalRequests', ':totalFailures', ':consecutiveFailures'].map((name) => values[name]?.N));
        return { Attributes: {} };
      },
    };
    lambda.stub.script(denied, denied);
    const adapter = adapterWith(recovering);
    await adapter.execute(request());
    throttled = false;
    await adapter.execute(request());
    expect(written).toEqual([['2', '2', '2']]);
  });
});

describe('the metric', () => {
  const rows = () => log.filter((line) => '_aws' in line).map(({ ConsecutiveFailures }) => ConsecutiveFailures);

  test('is logged after each failure, and after the success that resets it', async () => {
    process.env[ENV_HEALTH_NAMESPACE] = 'Shop';
    lambda.stub.script(returns(OK), denied, denied, returns(OK), returns(OK));
    const adapter = lambda.adapter();
    for (let call = 0; call < 5; call++) await adapter.execute(request());
    expect(rows()).toEqual([1, 2, 0]);
    expect(log[0]).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          { Namespace: 'Shop', Dimensions: [['Module']], Metrics: [{ Name: 'ConsecutiveFailures', Unit: 'Count' }] },
        ],
      },
      Module: 'payments',
      ConsecutiveFailures: 1,
    });
  });

  test('has the value of the table if there is one', async () => {
    process.env[ENV_HEALTH_NAMESPACE] = 'Shop';
    const dynamoDb: SdkClient = { send: async () => ({ Attributes: { consecutiveFailures: { N: '41' } } }) };
    lambda.stub.script(denied);
    await lambda.adapter({ healthTable: 'health-of-modules', dynamoDb }).execute(request());
    expect(rows()).toEqual([41]);
  });

  test('is not logged without a namespace', async () => {
    delete process.env[ENV_HEALTH_NAMESPACE];
    lambda.stub.script(denied);
    await lambda.adapter().execute(request());
    expect(log).toEqual([]);
  });
});
