import type { Context } from 'aws-lambda';
import { lambdaContext } from '../../testing';

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T10:00:00Z') });
});
afterEach(() => {
  jest.useRealTimers();
});

test('the remaining time counts down from the timeout to 0', () => {
  const context = lambdaContext({ timeoutMs: 3_000 });
  expect(context.getRemainingTimeInMillis()).toBe(3_000);
  jest.advanceTimersByTime(1_250);
  expect(context.getRemainingTimeInMillis()).toBe(1_750);
  jest.advanceTimersByTime(1_750);
  expect(context.getRemainingTimeInMillis()).toBe(0);
  jest.advanceTimersByTime(60_000);
  expect(context.getRemainingTimeInMillis()).toBe(0);
});

test('the default function has a timeout of one minute and 256 MiB', () => {
  const context: Context = lambdaContext();
  expect(context).toMatchObject({
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'test-function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:test-function',
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/test-function',
  });
  expect(context.awsRequestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(context.logStreamName).toMatch(/^2026\/03\/01\/\[\$LATEST\][0-9a-f]{32}$/);
  expect(context.getRemainingTimeInMillis()).toBe(60_000);
});

test('options override the defaults', () => {
  const context = lambdaContext({ functionName: 'orders', memoryLimitInMB: 1024, awsRequestId: 'id', functionVersion: '7' });
  expect(context).toMatchObject({
    functionName: 'orders',
    functionVersion: '7',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
    memoryLimitInMB: '1024',
    awsRequestId: 'id',
    logStreamName: expect.stringContaining('[7]'),
  });
});

test('each context has a new request id', () => {
  expect(lambdaContext().awsRequestId).not.toBe(lambdaContext().awsRequestId);
});

test.each([
  ['done', (context: Context) => context.done()],
  ['fail', (context: Context) => context.fail('x')],
  ['succeed', (context: Context) => context.succeed('x')],
])('%s throws an error, because Lambda no longer supports it', (_name, use) => {
  expect(() => use(lambdaContext())).toThrow('Lambda does not support done, fail and succeed; return a promise');
});
