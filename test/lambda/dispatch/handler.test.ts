import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { lambdaContext } from '../../../testing';

process.env[ENV_RUN_TABLE] = 'runs';
process.env.AWS_REGION = 'us-east-1';
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';

const mock = mockClient(LambdaClient);
const { handler } = jest.requireActual('../../../lambda/dispatch') as typeof import('../../../lambda/dispatch');

beforeEach(() => {
  mock.reset();
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

test('a message whose run could not be started is delivered again, its neighbours are not', async () => {
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
])('a message that %s fails, and goes to the dead-letter queue in the end', async (_name, body) => {
  expect(await handler(event(body, good('b')), lambdaContext())).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-0' }],
  });
  expect(mock.commandCalls(InvokeCommand).map(({ args }) => args[0].input.FunctionName)).toEqual(['arn:b']);
});
