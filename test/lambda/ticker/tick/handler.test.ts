import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { RunsClient } from '../../../../client';
import { sdkTable } from '../../../../lambda/shared/table/sdk-table';
import { nextPlan } from '../../../../lambda/shared/tick-plan';
import { TickStore } from '../../../../lambda/ticker/tick/tick-store';
import { ENV_RUN_RETENTION_DAYS, ENV_RUN_TABLE } from '../../../../lib/runs/constants';
import { ENV_RUN_QUEUE_URL } from '../../../../lib/ticker/constants';
import { lambdaContext } from '../../../../testing';
import { useMiniStack } from '../../../support/ministack';
import { useRunTable } from '../../../support/run-table';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const environment = { ...process.env };
let QueueUrl: string;
let handler: (event: unknown, context: unknown) => Promise<unknown>;

beforeAll(async () => {
  ({ QueueUrl = '' } = await ministack.sqs().send(new CreateQueueCommand({ QueueName: 'runs' })));
  Object.assign(process.env, ministack.environment(), {
    [ENV_RUN_TABLE]: database.table.tableName,
    [ENV_RUN_RETENTION_DAYS]: '3',
    [ENV_RUN_QUEUE_URL]: QueueUrl,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  jest.isolateModules(() => {
    ({ handler } = jest.requireActual('../../../../lambda/ticker/tick'));
  });
});
afterAll(() => {
  process.env = environment;
});

const plan = [{ function: 'Job', functionArn: 'arn:job', intervalSeconds: 1, anchor: 0, tracked: true, payload: { a: 1 } }];

test('the tick of a deployed plan enqueues runs, which are then Pending', async () => {
  expect(await handler({ plan }, lambdaContext())).toEqual({ kind: 'enqueued', enqueued: 120, missed: 0 });
  const { Messages = [] } = await ministack.sqs().send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  expect(JSON.parse(Messages[0]?.Body ?? '')).toEqual({
    function: 'Job',
    functionArn: 'arn:job',
    scheduledTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    payload: { a: 1 },
    tracked: true,
  });
  const pending = await new RunsClient(database.table.tableName, ministack.dynamodb()).list('Job', { limit: 500 });
  expect(pending).toHaveLength(120);
  expect(pending.every(({ state }) => state === 'Pending')).toBe(true);
  expect(await handler({ plan }, lambdaContext())).toMatchObject({ kind: 'enqueued', missed: 0 });
});

test('the record of missed runs has the retention of the group', async () => {
  const store = new TickStore(sdkTable(ministack.dynamodb(), database.table.tableName));
  const old = Date.now() - 3_600_000;
  const late = [{ ...plan[0], function: 'Late', intervalSeconds: 100 }] as const;
  await store.writePlan(nextPlan(late as never, undefined, old, undefined));
  await store.claim('old', Date.now(), Date.now());
  await store.commit('old', old);
  expect(await handler({ plan: late }, lambdaContext())).toMatchObject({ kind: 'enqueued', missed: 1 });
  const [record] = await database.table.runs('Late');
  const days = ((record?.expiresAt ?? 0) * 1000 - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(2);
  expect(days).toBeLessThanOrEqual(3);
});

test.each([
  ['no plan', {}],
  ['an interval of 0', { plan: [{ ...plan[0], intervalSeconds: 0 }] }],
  ['half a second', { plan: [{ ...plan[0], intervalSeconds: 0.5 }] }],
  ['a function without a name', { plan: [{ ...plan[0], function: undefined }] }],
])('an event with %s is rejected', async (_name, event) => {
  await expect(handler(event, lambdaContext())).rejects.toMatchObject({ name: '$ZodError' });
});
