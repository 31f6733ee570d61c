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
const WRITE_TIMEOUT_MS = 60_000;

jest.setTimeout(2 * WRITE_TIMEOUT_MS);

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
  /** Results of calls: whether each call succeeded, and when it ended. */
  type Ends = readonly (readonly [success: boolean, at: string])[];

  async function record(moduleName: string, ends: Ends): Promise<void> {
    // A write without an answer may or may not be counted, so the timeout is too long for any write on a busy machine.
    const shared = new SharedHealth(TABLE, moduleName, ministack.dynamodb(), WRITE_TIMEOUT_MS);
    for (const [success, at] of ends) await shared.record(success, at);
  }

  async function recordInPython(moduleName: string, ends: Ends): Promise<void> {
    const code = `import json, sys
from botocore.session import get_session
from katamari_runtime.adapter._health_table import HealthTable
from katamari_runtime.adapter._shared_health import SharedHealth
shared = SharedHealth(HealthTable(lambda client=get_session().create_client("dynamodb"): client, sys.argv[1], sys.argv[2]))
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

  test('the same calls create the same record', async () => {
    await record('of-typescript', ends);
    await recordInPython('of-python', ends);
    expect(await item('of-python')).toEqual(await item('of-typescript'));
    expect(await item('of-python')).toMatchObject({ totalRequests: { N: '6' }, consecutiveFailures: { N: '2' } });
  });

  test('each continues the record of the other', async () => {
    await record('in-turn', ends.slice(0, 3));
    await recordInPython('in-turn', ends.slice(3));
    expect(await item('in-turn')).toEqual(await item('of-typescript'));
  });

  test('all calls are counted if both write at the same time', async () => {
    const many: Ends = Array.from({ length: 100 }, (_, index) => [index % 4 !== 0, day(1 + (index % 28))] as const);
    await Promise.all([
      record('together', many),
      record('together', many),
      recordInPython('together', many),
      recordInPython('together', many),
    ]);
    const { totalRequests, lastSuccess } = await item('together');
    expect(totalRequests).toEqual({ N: '400' });
    expect(lastSuccess).toEqual({ S: day(28) });
  });
});
