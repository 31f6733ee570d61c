import { join } from 'node:path';
import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { runProcess } from '../../../../engine/run-process';
import { SharedHealth } from '../../../../lambda/runtime/adapter/shared-health';
import { HEALTH_SORT_KEY, healthPartition } from '../../../../lib/invoker/constants';
import { PARTITION_KEY, SORT_KEY } from '../../../../lib/runs/constants';
import { START_TIMEOUT_MS, useMiniStack } from '../../../support/ministack';
import { pytestSuite } from '../pytest';
import { lambdaPython, pythonEnvironment } from '../python-driver';

const TABLE = 'health';
const ministack = useMiniStack();

beforeAll(async () => {
  const keys = [PARTITION_KEY, SORT_KEY];
  await ministack.dynamodb().send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
      KeySchema: keys.map((name, index) => ({
        AttributeName: name,
        KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const),
      })),
    }),
  );
}, START_TIMEOUT_MS);

const environment = () => ({ AWS_ENDPOINT_URL_DYNAMODB: ministack.endpoint, TEST_HEALTH_TABLE: TABLE });

pytestSuite(['adapter/test_health.py'], environment);

describe('beside callers in TypeScript', () => {
  /** Ends of calls: whether well, and when. */
  type Ends = readonly (readonly [success: boolean, at: string])[];

  /** @returns how many of them the table has confirmed: one that is slow to do so may have counted a call or not */
  async function record(moduleName: string, ends: Ends): Promise<number> {
    const shared = new SharedHealth(TABLE, moduleName, ministack.dynamodb());
    // The first request takes longer than a record may.
    await shared.read();
    let confirmed = 0;
    for (const [success, at] of ends) {
      await shared.record(success, at).then(
        () => {
          confirmed += 1;
        },
        (error) => expect(String(error)).toMatch(/no answer from the health table within/),
      );
    }
    return confirmed;
  }

  async function recordInPython(moduleName: string, ends: Ends): Promise<void> {
    const code = `import json, sys
from botocore.session import get_session
from katamari_runtime.adapter._health_table import HealthTable
from katamari_runtime.adapter._shared_health import SharedHealth
shared = SharedHealth(HealthTable(get_session().create_client("dynamodb"), sys.argv[1], sys.argv[2]))
for success, at in json.loads(sys.argv[3]): shared.write(shared.record(success, at))`;
    const args = ['-c', code, TABLE, moduleName, JSON.stringify(ends)];
    const { code: exitCode, stderr } = await runProcess(await lambdaPython(), args, {
      env: pythonEnvironment(environment()),
      cwd: join(__dirname),
    });
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  }

  async function item(moduleName: string) {
    const Key = { [PARTITION_KEY]: { S: healthPartition(moduleName) }, [SORT_KEY]: { S: HEALTH_SORT_KEY } };
    const { Item } = await ministack.dynamodb().send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
    const { [PARTITION_KEY]: _, ...rest } = Item ?? {};
    return rest;
  }

  const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`;
  const ends: Ends = [true, false, false, true, false, false].map((success, index) => [success, day((index * 5) % 7)] as const);

  test('the same calls make the same record', async () => {
    expect(await record('of-typescript', ends)).toBe(ends.length);
    await recordInPython('of-python', ends);
    expect(await item('of-python')).toEqual(await item('of-typescript'));
    expect(await item('of-python')).toMatchObject({ totalRequests: { N: '6' }, consecutiveFailures: { N: '2' } });
  });

  test('each goes on where the other has left off', async () => {
    expect(await record('in-turn', ends.slice(0, 3))).toBe(3);
    await recordInPython('in-turn', ends.slice(3));
    expect(await item('in-turn')).toEqual(await item('of-typescript'));
  });

  test('no call of either gets lost when both write at a time', async () => {
    const many: Ends = Array.from({ length: 100 }, (_, index) => [index % 4 !== 0, day(1 + (index % 28))] as const);
    const [first = 0, second = 0] = await Promise.all([
      record('together', many),
      record('together', many),
      recordInPython('together', many),
      recordInPython('together', many),
    ]);
    const { totalRequests, lastSuccess } = await item('together');
    const total = Number(totalRequests?.N);
    expect(total).toBeGreaterThanOrEqual(first + second + 200);
    expect(total).toBeLessThanOrEqual(400);
    expect(first + second).toBeGreaterThan(100);
    expect(lastSuccess).toEqual({ S: day(28) });
  });
});
