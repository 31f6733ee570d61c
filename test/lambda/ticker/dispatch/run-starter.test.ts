import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { sdkTable } from '../../../../lambda/shared/table/sdk-table';
import { RunStarter } from '../../../../lambda/ticker/dispatch/run-starter';
import type { RunMessage } from '../../../../lib/ticker/constants';
import { useMiniStack } from '../../../support/ministack';
import { TestRunTable } from '../../../support/run-table';

const ministack = useMiniStack();
const lambda = new LambdaClient({ region: 'us-east-1' });
const mock = mockClient(lambda);
const DUE = Date.parse('2026-03-01T10:00:10.000Z');

let client: DynamoDBClient;
let table: TestRunTable;
let slept: number[];

beforeEach(async () => {
  client = ministack.dynamodb();
  table = await TestRunTable.create(client);
  slept = [];
  mock.reset();
  mock.on(InvokeCommand).resolves({ StatusCode: 202 });
});

const starter = (now = DUE, dynamodb: Pick<DynamoDBClient, 'send'> = client) =>
  new RunStarter({
    lambda,
    table: sdkTable(dynamodb, table.tableName),
    retentionDays: 7,
    now: () => now,
    sleep: async (ms) => slept.push(ms),
  });

const message = (more: Partial<RunMessage> = {}): RunMessage => ({
  function: 'Job',
  functionArn: 'arn:job',
  scheduledTime: '2026-03-01T10:00:10.000Z',
  tracked: true,
  ...more,
});

const invocations = () =>
  mock.commandCalls(InvokeCommand).map(({ args }) => {
    const { Payload, ...input } = args[0].input;
    return { ...input, event: JSON.parse(String(Payload)) };
  });

test('a run is started by an asynchronous invocation with the event of its schedule', async () => {
  expect(await starter().start(message({ payload: { a: 1 } }))).toBe(true);
  expect(invocations()).toEqual([
    {
      FunctionName: 'arn:job',
      InvocationType: 'Event',
      event: {
        'katamari:delivery': 'schedule',
        event: {
          source: 'katamari.schedule',
          schedule: 'Job',
          scheduledTime: '2026-03-01T10:00:10.000Z',
          attempt: 1,
          payload: { a: 1 },
        },
      },
    },
  ]);
});

test('a function whose runs are not tracked receives the event without the envelope that the tracker removes', async () => {
  await starter().start(message({ tracked: false }));
  expect(invocations()).toMatchObject([{ event: { source: 'katamari.schedule', schedule: 'Job' } }]);
});

test('the payload of the event is null by default', async () => {
  await starter().start(message());
  expect(invocations()).toMatchObject([{ event: { event: { payload: null } } }]);
});

test.each([
  ['750 ms early waits for them', DUE - 750, [750]],
  ['in time starts', DUE, []],
  ['late starts', DUE + 5_000, []],
  ['very early, by another clock, waits a second', DUE - 5_000, [1_000]],
])('a message that comes %s', async (_name, now, sleeps) => {
  await starter(now).start(message());
  expect(slept).toEqual(sleeps);
  expect(invocations()).toHaveLength(1);
});

test('every delivery for a tracked function is forwarded without a claim, because its tracker detects duplicates', async () => {
  expect([await starter().start(message()), await starter().start(message())]).toEqual([true, true]);
  expect(invocations()).toHaveLength(2);
  expect(await table.items()).toEqual([]);
});

describe('of an untracked function', () => {
  const untracked = message({ tracked: false });

  test('each point starts one run, no matter how often its message is delivered', async () => {
    const started = await Promise.all(Array.from({ length: 10 }, () => starter().start(untracked)));
    expect(started.filter(Boolean)).toHaveLength(1);
    expect(await starter().start(untracked)).toBe(false);
    expect(await starter().start({ ...untracked, scheduledTime: '2026-03-01T10:00:20.000Z' })).toBe(true);
    expect(await starter().start({ ...untracked, function: 'Other' })).toBe(true);
    expect(invocations()).toHaveLength(3);
  });

  test('the claim expires after two days, when no queue contains the message any more', async () => {
    await starter().start(untracked);
    expect(await table.items()).toMatchObject([{ pk: 'CLAIM#RUN#Job', expiresAt: DUE / 1000 + 2 * 86_400 }]);
  });

  test('a run that Lambda did not accept is started by the next delivery', async () => {
    mock.on(InvokeCommand).rejectsOnce(new Error('throttled')).resolves({ StatusCode: 202 });
    await expect(starter().start(untracked)).rejects.toThrow('throttled');
    expect(await starter().start(untracked)).toBe(true);
    expect(await starter().start(untracked)).toBe(false);
  });

  test('a claim that the SDK sent again after a lost answer is recognized', async () => {
    let first = true;
    const losing = ministack.dynamodb();
    losing.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        if (first) {
          first = false;
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
        }
        return result;
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    expect(await starter(DUE, losing).start(untracked)).toBe(true);
    expect(first).toBe(false);
  });
});

describe('a run that could not be started', () => {
  const error = Object.assign(new Error('rate exceeded'), { name: 'TooManyRequestsException' });

  test.each([[true], [false]])('is recorded as Failed with the reason; tracked: %s', async (tracked) => {
    await starter(DUE + 1_000).recordFailure(message({ tracked, scheduledTime: '2026-03-01T10:00:10Z' }), error);
    expect(await table.runs('Job')).toEqual([
      {
        function: 'Job',
        runId: '2026-03-01T10:00:10.000Z',
        state: 'Failed',
        trigger: 'schedule',
        scheduledTime: '2026-03-01T10:00:10.000Z',
        startedAt: '2026-03-01T10:00:11.000Z',
        attempt: 0,
        errorType: 'TooManyRequestsException',
        errorMessage: 'could not start the run in 5 attempts; its message is in the dead-letter queue: rate exceeded',
        expiresAt: DUE / 1000 + 1 + 7 * 86_400,
      },
    ]);
  });

  test('keeps an existing record, which exists if an answer was lost', async () => {
    const record = {
      function: 'Job',
      runId: '2026-03-01T10:00:10.000Z',
      state: 'Completed',
      trigger: 'schedule',
      attempt: 1,
    } as const;
    await table.putRun(record);
    await starter().recordFailure(message(), error);
    expect(await table.runs('Job')).toEqual([record]);
  });

  test('and not recorded is an error', async () => {
    const failing = { send: () => Promise.reject(new Error('no table')) };
    await expect(starter(DUE, failing).recordFailure(message(), error)).rejects.toThrow('no table');
  });
});
