import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ENV_RUN_RETENTION_DAYS, ENV_RUN_TABLE } from '../../../../lib/runs/constants';
import { lambdaContext } from '../../../../testing';

process.env[ENV_RUN_TABLE] = 'runs';
process.env[ENV_RUN_RETENTION_DAYS] = '2';
process.env.AWS_REGION = 'us-east-1';
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

const mock = mockClient(LambdaClient);
const table = mockClient(DynamoDBClient);
const { handler } = jest.requireActual(
  '../../../../lambda/ticker/dispatch',
) as typeof import('../../../../lambda/ticker/dispatch');

beforeEach(() => {
  mock.reset();
  table.reset();
  table.on(PutItemCommand).resolves({});
  mock.on(InvokeCommand).resolves({ StatusCode: 202 });
});

const good = (name: string) =>
  JSON.stringify({ function: name, functionArn: `arn:${name}`, scheduledTime: '2026-03-01T10:00:10.000Z', tracked: true });

const event = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map(
    (body, index): SQSRecord => ({
      messageId: `message-${index}`,
      receiptHandle: 'handle',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1772359200000',
        SenderId: 'sender',
        ApproximateFirstReceiveTimestamp: '1772359210000',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:runs',
      awsRegion: 'us-east-1',
    }),
  ),
});

test('every message of a batch starts its run', async () => {
  expect(await handler(event(good('a'), good('b')), lambdaContext())).toEqual({ batchItemFailures: [] });
  expect(mock.commandCalls(InvokeCommand).map(({ args }) => args[0].input.FunctionName)).toEqual(['arn:a', 'arn:b']);
});

test('only the messages whose runs could not be started are delivered again', async () => {
  mock.on(InvokeCommand, { FunctionName: 'arn:b' }).rejects(new Error('throttled'));
  expect(await handler(event(good('a'), good('b'), good('c')), lambdaContext())).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-1' }],
  });
  expect(mock.commandCalls(InvokeCommand)).toHaveLength(3);
});

test.each([
  ['is no JSON', 'not json'],
  ['is no object', '7'],
  ['has no function', JSON.stringify({ ...JSON.parse(good('a')), functionArn: undefined })],
  ['has no time', JSON.stringify({ ...JSON.parse(good('a')), scheduledTime: 'soon' })],
])('a message that %s fails, and finally goes to the dead-letter queue', async (_name, body) => {
  expect(await handler(event(body, good('b')), lambdaContext())).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-0' }],
  });
  expect(mock.commandCalls(InvokeCommand).map(({ args }) => args[0].input.FunctionName)).toEqual(['arn:b']);
});

describe('of a message whose run could not be started', () => {
  const delivery = (count: number, body = good('a')) => {
    const given = event(body);
    for (const record of given.Records) record.attributes.ApproximateReceiveCount = String(count);
    return given;
  };
  const puts = () => table.commandCalls(PutItemCommand).map(({ args }) => args[0].input);
  const failed = { batchItemFailures: [{ itemIdentifier: 'message-0' }] };

  test.each([
    [4, 0],
    [5, 1],
    [6, 1],
  ])('attempt %d writes %d records and fails, so that the message goes to the dead-letter queue', async (count, records) => {
    mock.on(InvokeCommand).rejects(new Error('throttled'));
    const before = Math.floor(Date.now() / 1000);
    expect(await handler(delivery(count), lambdaContext())).toEqual(failed);
    expect(puts()).toHaveLength(records);
    for (const { TableName, Item } of puts()) {
      expect(TableName).toBe('runs');
      expect(Item).toMatchObject({ sk: { S: '2026-03-01T10:00:10.000Z' }, state: { S: 'Failed' } });
      expect(Number(Item?.expiresAt?.N) - before).toBeGreaterThanOrEqual(2 * 86_400);
      expect(Number(Item?.expiresAt?.N) - before).toBeLessThan(3 * 86_400);
    }
  });

  test('the last attempt fails with its own error even if the record cannot be written', async () => {
    mock.on(InvokeCommand).rejects(new Error('throttled'));
    table.on(PutItemCommand).rejects(new Error('no table'));
    expect(await handler(delivery(5), lambdaContext())).toEqual(failed);
    expect(puts()).toHaveLength(1);
  });

  test('the last attempt records nothing if it succeeds or if its message is invalid', async () => {
    expect(await handler(delivery(5), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(await handler(delivery(5, 'not json'), lambdaContext())).toEqual(failed);
    expect(puts()).toEqual([]);
  });
});
