import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { sdkTable } from '../../../../lambda/shared/table/sdk-table';
import { nextPlan } from '../../../../lambda/shared/tick-plan';
import { CurrentPlan } from '../../../../lambda/ticker/dispatch/current-plan';
import { dispatch } from '../../../../lambda/ticker/dispatch/dispatch';
import { RunStarter } from '../../../../lambda/ticker/dispatch/run-starter';
import { TickStore } from '../../../../lambda/ticker/tick/tick-store';
import type { RunMessage, TickerEntry } from '../../../../lib/ticker/constants';
import { useMiniStack } from '../../../support/ministack';
import { entry } from '../../../support/new-ticker';
import { TestRunTable } from '../../../support/run-table';

const ministack = useMiniStack();
const lambda = new LambdaClient({ region: 'us-east-1' });
const mock = mockClient(lambda);
const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;
const at = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString();

let client: DynamoDBClient;
let table: TestRunTable;
let now: number;
let logged: [level: string, message: string][];

beforeEach(async () => {
  client = ministack.dynamodb();
  table = await TestRunTable.create(client);
  now = T0 + 70_000;
  logged = [];
  mock.reset();
  mock.on(InvokeCommand).resolves({ StatusCode: 202 });
});

const message = (more: Partial<RunMessage> = {}): RunMessage => ({
  function: 'Job',
  functionArn: 'arn:job',
  scheduledTime: at(70),
  tracked: true,
  ...more,
});

/** Writes the plans of some ticks, a minute apart from T0. */
async function planned(...plans: readonly (readonly TickerEntry[])[]): Promise<void> {
  const store = new TickStore(sdkTable(client, table.tableName));
  let plan: ReturnType<typeof nextPlan> | undefined;
  for (const [index, entries] of plans.entries()) {
    const tick = T0 + index * MINUTE;
    plan = nextPlan(entries, plan, tick, index === 0 ? undefined : tick + MINUTE);
    await store.writePlan(plan);
  }
}

function dispatcher(dynamodb: Pick<DynamoDBClient, 'send'> = client) {
  const logger: Pick<Logger, 'info' | 'error'> = {
    info: (...[text]) => void logged.push(['info', String(text)]),
    error: (...[text]) => void logged.push(['error', String(text)]),
  };
  const runs = sdkTable(client, table.tableName);
  const dependencies = {
    runs: new RunStarter({ lambda, table: runs, retentionDays: 7, now: () => now, sleep: async () => undefined }),
    plan: new CurrentPlan({ table: sdkTable(dynamodb, table.tableName), logger, now: () => now }),
    logger,
  };
  return (...messages: RunMessage[]) => {
    const Records = messages.map((one, index) => ({
      messageId: `message-${index}`,
      body: JSON.stringify(one),
      attributes: { ApproximateReceiveCount: '1' },
    }));
    return dispatch({ Records: Records as unknown as SQSRecord[] } satisfies SQSEvent, dependencies);
  };
}

const invoked = () => mock.commandCalls(InvokeCommand).map(({ args }) => args[0].input.FunctionName);
const failures = (...indexes: number[]) => ({
  batchItemFailures: indexes.map((index) => ({ itemIdentifier: `message-${index}` })),
});

test('an enqueued run of a schedule that has ended is dropped at once, with a record of the reason', async () => {
  await planned([entry()], [entry({ function: 'Other' })]);
  expect(await dispatcher()(message(), message({ function: 'Other', functionArn: 'arn:job' }))).toEqual(failures());
  expect(invoked()).toEqual(['arn:job']);
  expect(await table.runs('Job')).toEqual([
    {
      function: 'Job',
      runId: at(70),
      state: 'Skipped',
      trigger: 'schedule',
      scheduledTime: at(70),
      startedAt: at(70),
      attempt: 0,
      errorType: 'Dropped',
      errorMessage: 'the run was enqueued, but its schedule was removed, paused or renamed, or another engine serves it',
      expiresAt: now / 1000 + 7 * 86_400,
    },
  ]);
  expect(logged).toContainEqual(['info', 'run dropped']);
  expect(logged.filter(([level]) => level === 'error')).toEqual([]);
});

test('a run of a function that Lambda does not know any more is dropped at once, with a record of the reason', async () => {
  mock.on(InvokeCommand).rejects(Object.assign(new Error('Function not found'), { name: 'ResourceNotFoundException' }));
  await planned([entry()]);
  expect(await dispatcher()(message(), message({ function: 'Plain', functionArn: 'arn:plain', tracked: false }))).toEqual(
    failures(),
  );
  expect(await table.runs('Job')).toMatchObject([
    {
      state: 'Skipped',
      errorType: 'Dropped',
      errorMessage: 'the run was enqueued, but the function does not exist any more: arn:job',
    },
  ]);
  expect(await table.runs('Plain')).toMatchObject([{ runId: at(70), state: 'Skipped' }]);
  expect(logged.filter(([level]) => level === 'error')).toEqual([]);
});

test('a record that a run has already is not replaced', async () => {
  const record = { function: 'Job', runId: at(70), state: 'Completed', trigger: 'schedule', attempt: 1 } as const;
  await table.putRun(record);
  await planned([entry()], []);
  expect(await dispatcher()(message())).toEqual(failures());
  expect(await table.runs('Job')).toEqual([record]);
});

test('a message whose drop cannot be recorded is delivered again', async () => {
  await planned([entry()], []);
  const dispatchNow = dispatcher();
  const tableName = table.tableName;
  Object.defineProperty(client, 'send', {
    configurable: true,
    value: async (command: { input: { Item?: unknown } }) => {
      if (command.input.Item) throw new Error(`no table ${tableName}`);
      return Object.getPrototypeOf(client).send.call(client, command);
    },
  });
  expect(await dispatchNow(message())).toEqual(failures(0));
});

test.each([
  ['a schedule that is back', [[entry()], [], [entry()]], 70],
  ['a new schedule, whose plan is not yet written', [[entry({ function: 'Other' })]], 70],
  ['a schedule that was changed after the run was enqueued', [[entry()], [entry({ intervalSeconds: 45 })]], 70],
  ['a former schedule of the name, which ended before', [[entry()], []], 120],
] as const)('a run of %s starts', async (_name, plans, due) => {
  await planned(...plans);
  expect(await dispatcher()(message({ scheduledTime: at(due) }))).toEqual(failures());
  expect(invoked()).toEqual(['arn:job']);
});

test('a run whose function was replaced since it was enqueued starts the new function', async () => {
  await planned([entry()], [entry({ functionArn: 'arn:replaced' })]);
  expect(await dispatcher()(message())).toEqual(failures());
  expect(invoked()).toEqual(['arn:replaced']);
});

test('a function that the dispatcher may not invoke is tried again: its policy may be newer than the plan', async () => {
  mock.on(InvokeCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
  await planned([entry()]);
  const dispatchNow = dispatcher();
  expect(await dispatchNow(message())).toEqual(failures(0));
  await planned([entry()], []);
  now += 3 * MINUTE;
  expect(await dispatchNow(message())).toEqual(failures());
  expect(await table.runs('Job')).toMatchObject([{ state: 'Skipped' }]);
});

test('the plan is read at most once in ten seconds', async () => {
  await planned([entry()]);
  let reads = 0;
  const counting = {
    send: (command: never) => {
      reads += 1;
      return client.send(command);
    },
  } as unknown as DynamoDBClient;
  const dispatchNow = dispatcher(counting);
  for (const seconds of [0, 5, 9.9, 10, 15]) {
    now = T0 + 70_000 + seconds * 1_000;
    await dispatchNow(message(), message({ scheduledTime: at(80) }));
  }
  expect(reads).toBe(2);
});

test('a run starts as its message says if the plan cannot be read', async () => {
  const failing = { send: () => Promise.reject(new Error('no table')) };
  expect(await dispatcher(failing)(message())).toEqual(failures());
  expect(invoked()).toEqual(['arn:job']);
  expect(logged).toContainEqual(['error', 'plan of the ticker could not be read']);
});
