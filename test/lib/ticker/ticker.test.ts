import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FunctionGroup, Interval, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');

function newGroup() {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  return { stack, group: new FunctionGroup(stack, 'Group') };
}

test('one ticker serves the whole group', () => {
  const { stack, group } = newGroup();
  expect(group.ticker).toBe(group.ticker);
  group.addFunction('A', { source, every: '10s' });
  group.addFunction('B', { source, every: '90s' });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Scheduler::Schedule', 1);
  // A, B, the two functions of the ticker, and the one that records failures.
  template.resourceCountIs('AWS::Lambda::Function', 5);
});

test('a schedule starts the tick function every minute, and the next tick replaces a lost one', () => {
  const { stack, group } = newGroup();
  group.addFunction('A', { source, every: '10s' });
  Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    Target: {
      Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupTickerTick'), 'Arn'] },
      RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: Match.anyValue(),
      Input: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('"function":"A"')])] },
    },
  });
});

test('the dispatcher receives single messages, and those that can’t be started end in the dead-letter queue', () => {
  const { stack, group } = newGroup();
  group.addFunction('A', { source, every: '10s' });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::SQS::Queue', {
    MessageRetentionPeriod: 86_400,
    // At least six times the timeout of the function that takes from it.
    VisibilityTimeout: 180,
    RedrivePolicy: {
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] },
      maxReceiveCount: 5,
    },
  });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('the dispatcher can invoke only the functions of the plan', () => {
  const { stack, group } = newGroup();
  group.addFunction('A', { source, every: '10s' });
  group.addFunction('B', { source, every: '1m' });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^GroupTickerDispatch') }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupA'), 'Arn'] },
        },
      ]),
    },
  });
});

test('a function is added once', () => {
  const { group } = newGroup();
  const fn = group.addFunction('A', { source });
  const schedule = { name: 'A', interval: Interval.parse('10s'), tracked: true };
  group.ticker.addFunction(fn, schedule);
  expect(() => group.ticker.addFunction(fn, schedule)).toThrow("function names must be unique within a ticker, got twice: 'A'");
});

test('a plan that exceeds the input limit of a schedule is rejected', () => {
  const { stack, group } = newGroup();
  group.addFunction('A', { source, every: '10s', payload: 'x'.repeat(256 * 1024) });
  expect(() => Template.fromStack(stack)).toThrow(
    /the ticker's schedules and payloads must have at most 262144 bytes together, got about: 26\d{4}/,
  );
});
