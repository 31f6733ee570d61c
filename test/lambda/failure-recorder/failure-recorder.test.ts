import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { deadLetters } from '../../../lambda/failure-recorder/dead-letters';
import { type FailureRecorderDependencies, recordFailure } from '../../../lambda/failure-recorder/failure-recorder';
import { FunctionNames } from '../../../lambda/failure-recorder/function-names';
import { failedInvocation } from '../../../lambda/failure-recorder/schema';
import type { RunRecord } from '../../../lambda/shared/run';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import { RunStore } from '../../../lambda/tracker/run-store';
import { trackWith } from '../../../lambda/tracker/track';
import { DELIVERY_KEY } from '../../../lib/runs/constants';
import { lambdaContext } from '../../../testing';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:Shop-JobsPoll-1A2B';
const NOW = Date.parse('2026-03-01T10:06:00.000Z');
const SCHEDULED = '2026-03-01T10:00:20.000Z';
const EXIT = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: r-1 Error: Runtime exited with error: signal: killed' };

const ministack = useMiniStack();
const database = useRunTable(ministack);
const logged: Record<string, unknown>[] = [];
let functions = 0;
let name: string;

beforeEach(() => {
  functions += 1;
  name = `fn-${functions}`;
  logged.length = 0;
});

const dependencies = (more: Partial<FailureRecorderDependencies> = {}): FailureRecorderDependencies => ({
  table: sdkTable(ministack.dynamodb(), database.table.tableName),
  nameOf: async () => name,
  retentionDays: 7,
  now: () => NOW,
  logger: {
    info: (message, ...fields) => logged.push({ level: 'INFO', message, ...Object(fields[0]) }),
    warn: (message, ...fields) => logged.push({ level: 'WARN', message, ...Object(fields[0]) }),
  },
  ...more,
});

/** A run of the ticker, as the tracker identifies it. */
const scheduleEvent = {
  [DELIVERY_KEY]: 'schedule',
  event: { source: 'katamari.schedule', schedule: 'Poll', scheduledTime: SCHEDULED, attempt: 1, payload: null },
};

/** The record that Lambda sends. */
function failed(more: Record<string, unknown> = {}, context: Record<string, unknown> = {}) {
  return failedInvocation.parse({
    version: '1.0',
    timestamp: '2026-03-01T10:05:58.651Z',
    requestContext: {
      requestId: 'r-1',
      functionArn: `${ARN}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
      ...context,
    },
    requestPayload: { order: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: EXIT,
    ...more,
  });
}

const record = (
  more?: Record<string, unknown>,
  context?: Record<string, unknown>,
  using?: Partial<FailureRecorderDependencies>,
) => recordFailure(failed(more, context), dependencies(using));
const runs = () => database.table.runs(name);

test('a function that cannot start ends in a Failed run, with the reason that Lambda gives', async () => {
  await record();
  expect(await runs()).toEqual([
    {
      function: name,
      runId: 'r-1',
      requestId: 'r-1',
      state: 'Failed',
      trigger: 'invoke',
      startedAt: '2026-03-01T10:06:00.000Z',
      endedAt: '2026-03-01T10:06:00.000Z',
      attempt: 3,
      ...EXIT,
      expiresAt: NOW / 1000 + 7 * 86_400,
    },
  ]);
  expect(logged).toEqual([{ level: 'INFO', message: 'run Failed', function: name, runId: 'r-1', ...EXIT }]);
});

test.each([
  [
    'an event that got too old while Lambda throttled it',
    { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
    undefined,
    'Lambda.EventAgeExceeded',
    'Lambda discarded the event because it exceeded its maximum age after 0 attempts',
  ],
  [
    'an event that got too old after an attempt',
    { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
    { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 3.00 seconds' },
    'Lambda.EventAgeExceeded',
    'Lambda discarded the event because it exceeded its maximum age after 1 attempt; the last one ended with Sandbox.Timedout: Task timed out after 3.00 seconds',
  ],
  [
    'a condition that is not known',
    { condition: 'ZeroReservedConcurrency', approximateInvokeCount: undefined },
    null,
    'Lambda.ZeroReservedConcurrency',
    'Lambda discarded the event (ZeroReservedConcurrency) after 0 attempts',
  ],
  ['a response without a message', {}, { errorType: 'Runtime.OutOfMemory' }, 'Runtime.OutOfMemory', ''],
  ['a response without a type', {}, { errorMessage: 'Process exited' }, 'Error', 'Process exited'],
  [
    'a response that is no object',
    {},
    'gone',
    'Lambda.RetriesExhausted',
    'Lambda discarded the event (RetriesExhausted) after 3 attempts',
  ],
  ['a long response', {}, { errorType: 't'.repeat(300), errorMessage: 'm'.repeat(2_000) }, 't'.repeat(200), 'm'.repeat(1_000)],
])('the reason of %s', async (_name, context, responsePayload, errorType, errorMessage) => {
  await record({ responsePayload }, context);
  expect(await runs()).toMatchObject([{ state: 'Failed', errorType, errorMessage }]);
});

test('the run is the one that the tracker would have recorded', async () => {
  await record({ requestPayload: scheduleEvent });
  const store = new RunStore(sdkTable(ministack.dynamodb(), database.table.tableName), {
    functionName: name,
    tableName: database.table.tableName,
    retentionDays: 7,
  });
  const handler = trackWith({ functionName: name, store, now: () => NOW + 15 * 60_000 }, async () => 'result');
  expect(await runs()).toMatchObject([{ runId: SCHEDULED, trigger: 'schedule', scheduledTime: SCHEDULED, attempt: 3 }]);
  // Redriven from the dead-letter queue.
  await handler(scheduleEvent, lambdaContext({ awsRequestId: 'r-2' }));
  const [run, ...others] = await runs();
  expect(others).toEqual([]);
  expect(run).toMatchObject({ runId: SCHEDULED, state: 'Completed', attempt: 4 });
  expect(run).not.toHaveProperty('errorType');
});

describe('a run that has a record', () => {
  const existing = (more: Partial<RunRecord>): RunRecord => ({
    function: name,
    runId: 'r-1',
    requestId: 'r-1',
    state: 'Running',
    trigger: 'invoke',
    startedAt: '2026-03-01T10:05:00.000Z',
    attempt: 3,
    leaseUntil: NOW + 60_000,
    ...more,
  });

  test('and is Running is Failed with the reason that its killed process could not record', async () => {
    await database.table.putRun(existing({}));
    await record();
    expect(await runs()).toEqual([
      existing({ state: 'Failed', endedAt: '2026-03-01T10:06:00.000Z', durationMs: 60_000, ...EXIT }),
    ]);
  });

  test('and is Running by another invocation is that invocation’s, until its lease has expired', async () => {
    await database.table.putRun(existing({ requestId: 'r-2' }));
    await record();
    expect(await runs()).toEqual([existing({ requestId: 'r-2' })]);
    await database.table.putRun(existing({ requestId: 'r-2', leaseUntil: NOW - 1 }));
    await record();
    expect(await runs()).toMatchObject([{ requestId: 'r-2', state: 'Failed', ...EXIT }]);
  });

  test.each(['Completed', 'Failed', 'Skipped'] as const)('and is %s stays as it is', async (state) => {
    const before = existing({ state, errorType: 'OrderError', errorMessage: 'no stock' });
    await database.table.putRun(before);
    await record();
    expect(await runs()).toEqual([before]);
    expect(logged).toMatchObject([{ message: 'the end of the run was recorded before', runId: 'r-1' }]);
  });
});

test('the run of a function that is gone is not recorded, and the log says so', async () => {
  await record({}, {}, { nameOf: async () => undefined });
  expect(await runs()).toEqual([]);
  expect(logged).toEqual([
    { level: 'WARN', message: 'the run was not recorded, because its function is gone', functionArn: `${ARN}:$LATEST` },
  ]);
});

test('without a request id, as the local engine sends it, only runs of the clock and the bus are recorded', async () => {
  await record({}, { requestId: undefined });
  expect(await runs()).toEqual([]);
  await record({ requestPayload: scheduleEvent }, { requestId: undefined });
  expect(await runs()).toMatchObject([{ runId: SCHEDULED, state: 'Failed' }]);
});

describe('names of functions', () => {
  const lambda = mockClient(LambdaClient);
  const names = () => new FunctionNames(new LambdaClient({ region: 'us-east-1' }));
  beforeEach(() => lambda.reset());

  test('are read once from the configuration of the function, without the qualifier', async () => {
    lambda.on(GetFunctionConfigurationCommand).resolves({ Environment: { Variables: { KATAMARI_FUNCTION: 'Poll' } } });
    const known = names();
    expect(await known.get(`${ARN}:$LATEST`)).toBe('Poll');
    expect(await known.get(`${ARN}:live`)).toBe('Poll');
    expect(lambda.commandCalls(GetFunctionConfigurationCommand).map(({ args }) => args[0].input)).toEqual([
      { FunctionName: ARN },
    ]);
  });

  test('are undefined for a function that is gone, and errors are passed on', async () => {
    lambda
      .on(GetFunctionConfigurationCommand)
      .rejectsOnce(Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' }))
      .rejects(Object.assign(new Error('later'), { name: 'TooManyRequestsException' }));
    const known = names();
    expect(await known.get(ARN)).toBeUndefined();
    await expect(known.get(ARN)).rejects.toThrow('later');
  });
});

test('where Lambda sends no dead letter, the event goes to the dead-letter queue with its reason', async () => {
  const sqs = mockClient(SQSClient);
  sqs.on(SendMessageCommand).resolves({});
  const deadLetter = deadLetters(new SQSClient({ region: 'us-east-1' }), 'https://queue');
  await record({}, {}, { deadLetter });
  await record({ responsePayload: { errorType: 'Runtime.OutOfMemory' } }, { requestId: 'r-2' }, { deadLetter });
  expect(sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input)).toEqual([
    {
      QueueUrl: 'https://queue',
      MessageBody: '{"order":1}',
      MessageAttributes: {
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: EXIT.errorMessage },
      },
    },
    {
      QueueUrl: 'https://queue',
      MessageBody: '{"order":1}',
      MessageAttributes: { ErrorCode: { DataType: 'Number', StringValue: '200' } },
    },
  ]);
});
