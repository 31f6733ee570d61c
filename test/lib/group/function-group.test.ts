import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FunctionGroup, type FunctionGroupProps, ManagedFunction, ScheduledFunction, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');

function newGroup(props?: FunctionGroupProps) {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  return { stack, group: new FunctionGroup(stack, 'Feeds', props) };
}

test('owns a bus, a run table, a dead-letter queue, a schedule group and the role of the schedules', () => {
  const { stack } = newGroup();
  const template = Template.fromStack(stack);
  const types = Object.values(template.toJSON().Resources).map((resource) => (resource as { Type: string }).Type);
  expect(types.sort()).toEqual([
    'AWS::DynamoDB::Table',
    'AWS::Events::EventBus',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
    'AWS::Scheduler::ScheduleGroup',
  ]);
  template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 });
});

test('only schedules of the group and rules of its bus can assume the role, and it can send to the dead-letter queue', () => {
  const { stack } = newGroup();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^FeedsSchedules'), 'Arn'] },
            },
          },
        },
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: {
              'aws:SourceArn': {
                'Fn::Join': [
                  '',
                  Match.arrayWith([Match.stringLikeRegexp(':rule/$'), { Ref: Match.stringLikeRegexp('^FeedsBus') }, '/*']),
                ],
              },
            },
          },
        },
      ],
    },
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [Match.objectLike({ Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'] })],
    },
  });
});

test('the dead-letter queue accepts messages from rules of the bus, and requires TLS', () => {
  const { stack } = newGroup();
  Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            ArnLike: {
              'aws:SourceArn': {
                'Fn::Join': [
                  '',
                  Match.arrayWith([Match.stringLikeRegexp(':rule/$'), { Ref: Match.stringLikeRegexp('^FeedsBus') }, '/*']),
                ],
              },
            },
          },
        }),
      ]),
    },
  });
});

test('a bus and a dead-letter queue of the user replace the default ones', () => {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  const eventBus = new events.EventBus(stack, 'Mine');
  const deadLetterQueue = new sqs.Queue(stack, 'Letters');
  const group = new FunctionGroup(stack, 'Feeds', { eventBus, deadLetterQueue });
  expect(group.eventBus).toBe(eventBus);
  expect(group.deadLetterQueue).toBe(deadLetterQueue);
  Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', 1);
  Template.fromStack(stack).resourceCountIs('AWS::SQS::Queue', 1);
});

test('addFunction returns a ScheduledFunction if the options have a schedule', () => {
  const { group } = newGroup();
  expect(group.addFunction('Scheduled', { source, every: '1m' })).toBeInstanceOf(ScheduledFunction);
  const managed = group.addFunction('Managed', { source, on: ['a'] });
  expect(managed).toBeInstanceOf(ManagedFunction);
  expect(managed).not.toBeInstanceOf(ScheduledFunction);
});

test.each(['Bus', 'Runs', 'DeadLetters', 'Schedules', 'SchedulerRole', 'Ticker'])('the function id %s is reserved', (id) => {
  const { group } = newGroup();
  expect(() => group.addFunction(id, { source })).toThrow(
    `the ids Bus, Runs, DeadLetters, Schedules, SchedulerRole, Ticker, Failures are reserved for the group's own resources, got: '${id}'`,
  );
});

test('names must be unique within a group, also for functions in other scopes', () => {
  const { stack, group } = newGroup();
  new ManagedFunction(new Construct(stack, 'Here'), 'Job', { source, group });
  expect(() => new ManagedFunction(new Construct(stack, 'There'), 'Job', { source, group })).toThrow(
    "function names must be unique within a group, got twice: 'Job'",
  );
});

test('the schedule group is deleted with the stack, because its name is fixed', () => {
  const { stack } = newGroup();
  Template.fromStack(stack).hasResource('AWS::Scheduler::ScheduleGroup', { DeletionPolicy: 'Delete' });
});

describe('the dead-letter queue', () => {
  const policy = (rules: unknown) => ({
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnLike: { 'aws:SourceArn': rules } } }),
      ]),
    },
  });

  test('accepts messages from rules of the default bus, whose ARNs have no bus name', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    new FunctionGroup(stack, 'Feeds', { eventBus: events.EventBus.fromEventBusName(stack, 'Default', 'default') });
    Template.fromStack(stack).hasResourceProperties(
      'AWS::SQS::QueuePolicy',
      policy({ 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':rule/\\*$')])] }),
    );
  });

  test('of the user gets the same policy, and the role of the schedules can use its key', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    new FunctionGroup(stack, 'Feeds', { deadLetterQueue: new sqs.Queue(stack, 'Mine', { encryption: sqs.QueueEncryption.KMS }) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', policy(Match.anyValue()));
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^FeedsSchedulerRole') }],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['kms:Decrypt']) })]) },
    });
  });

  test('of the user can be encrypted with a key of the user, which functions and EventBridge may use', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const encryptionMasterKey = new kms.Key(stack, 'Key');
    const deadLetterQueue = new sqs.Queue(stack, 'Mine', { encryptionMasterKey });
    new FunctionGroup(stack, 'Feeds', { deadLetterQueue }).addFunction('Job', { source, on: ['a'] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          {
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Resource: '*',
          },
        ]),
      },
    });
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: Match.arrayWith([
              {
                Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
                Effect: 'Allow',
                Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
              },
            ]),
          }),
        }),
      ],
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('with an imported key causes a warning', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const encryptionMasterKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
    new FunctionGroup(stack, 'Feeds', { deadLetterQueue: new sqs.Queue(stack, 'Mine', { encryptionMasterKey }) });
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Feeds',
      Match.stringLikeRegexp('allow events.amazonaws.com kms:Decrypt and kms:GenerateDataKey in its key policy'),
    );
  });

  test('with a key in another stack creates no circular dependency', () => {
    const app = new App({ context: skipBundling() });
    const encryptionMasterKey = new kms.Key(new Stack(app, 'Keys'), 'Key');
    const stack = new Stack(app, 'Stack');
    const deadLetterQueue = new sqs.Queue(stack, 'Mine', { encryptionMasterKey });
    new FunctionGroup(stack, 'Feeds', { deadLetterQueue }).addFunction('Job', { source, on: ['a'], every: '1m' });
    expect(() => app.synth()).not.toThrow();
  });

  test("with AWS's own key is refused for events, which EventBridge could not send", () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const deadLetterQueue = new sqs.Queue(stack, 'Mine', { encryption: sqs.QueueEncryption.KMS_MANAGED });
    const group = new FunctionGroup(stack, 'Feeds', { deadLetterQueue });
    expect(() => group.addFunction('Quiet', { source })).not.toThrow();
    expect(() => group.addFunction('Job', { source, on: ['a'] })).toThrow(
      "'on' of 'Job' requires a dead-letter queue that EventBridge can send to, got: 'Stack/Mine', which AWS encrypts with its own KMS key; use QueueEncryption.SQS_MANAGED, or QueueEncryption.KMS with a key of your own (at Stack/Feeds/Job)",
    );
  });

  test('that is FIFO is refused', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    expect(() => new FunctionGroup(stack, 'Feeds', { deadLetterQueue: new sqs.Queue(stack, 'Mine', { fifo: true }) })).toThrow(
      new Error(
        "deadLetterQueue of a FunctionGroup must not be FIFO, which AWS cannot send dead letters to, got: 'Stack/Mine' (at Stack/Feeds)",
      ),
    );
  });

  test('that is imported causes a warning', () => {
    const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
    const imported = sqs.Queue.fromQueueArn(stack, 'Imported', 'arn:aws:sqs:us-east-1:123456789012:letters');
    new FunctionGroup(stack, 'Feeds', { deadLetterQueue: imported });
    Annotations.fromStack(stack).hasWarning('/Stack/Feeds', Match.stringLikeRegexp('allow events.amazonaws.com to send to it'));
  });

  test('of another stack creates no circular dependency', () => {
    const app = new App({ context: skipBundling() });
    const letters = new sqs.Queue(new Stack(app, 'Letters'), 'Queue');
    new FunctionGroup(new Stack(app, 'Stack'), 'Feeds', { deadLetterQueue: letters });
    expect(() => app.synth()).not.toThrow();
  });
});

test('names differ within a group', () => {
  const { group } = newGroup();
  group.addFunction('A', { source });
  expect(() => group.addFunction('B', { source, name: 'A' })).toThrow(
    new Error("function names must be unique within a group, got twice: 'A' (at Stack/Feeds)"),
  );
});

test.each([
  ['start', new Date()],
  ['end', new Date()],
  ['enabled', false],
  ['payload', {}],
])('%s without a schedule is rejected', (option, value) => {
  const { group } = newGroup();
  expect(() => group.addFunction('A', { source, [option]: value })).toThrow(
    `'${option}' requires 'every' or 'schedule', got neither for 'A'`,
  );
});

test('grantEmit allows only publishing on the bus', () => {
  const { stack, group } = newGroup();
  const role = new iam.Role(stack, 'Other', { assumedBy: new iam.AccountRootPrincipal() });
  group.grantEmit(role).assertSuccess();
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^Other') }],
    PolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'events:PutEvents', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FeedsBus'), 'Arn'] } },
      ],
    },
  });
});

test('two groups in one stack each have their own ticker', () => {
  const { stack, group } = newGroup();
  const other = new FunctionGroup(stack, 'Other');
  group.addFunction('A', { source, every: '10s' });
  other.addFunction('A', { source, every: '10s' });
  Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 2);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
});

test('the description of the role has only characters that IAM accepts', () => {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  new FunctionGroup(stack, 'Aufträge – 注文');
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    Description: 'Starts the functions of Stack/Aufträge ? ??',
  });
});

test('groups and functions whose ids have no Latin letter have different names', () => {
  const app = new App({ context: skipBundling() });
  const stack = new Stack(app, 'Stack');
  const groups = ['注文', '配送'].map((id) => new FunctionGroup(stack, id));
  for (const group of groups) for (const id of ['日次', '月次']) group.addFunction(id, { source, every: '5m', on: ['a'] });
  const template = Template.fromStack(stack);
  const names = ['AWS::Scheduler::ScheduleGroup', 'AWS::Scheduler::Schedule', 'AWS::Events::EventBus'].flatMap((type) =>
    Object.entries(template.findResources(type)).map(([id, { Properties }]) => `${type} ${Properties.Name ?? id}`),
  );
  expect(names).toHaveLength(2 + 4 + 2);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[\x20-\x7E]+$/);
});
