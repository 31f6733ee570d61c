import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  BucketEvent,
  type BucketSourceOptions,
  EventSource,
  FunctionGroup,
  type FunctionOptions,
  ManagedFunction,
  Overlap,
  type QueueSourceOptions,
  Source,
  type StreamSourceOptions,
} from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');
const DEAD_LETTERS = { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] };
const BATCH_FAILURES = ['ReportBatchItemFailures'];

let stack: Stack;
let group: FunctionGroup;
const inNewStack = (context: Record<string, unknown> = {}) => {
  stack = new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Stack');
  group = new FunctionGroup(stack, 'Group');
};
beforeEach(() => inNewStack());

const add = (options: Partial<FunctionOptions> = {}) =>
  group.addFunction('Work', { source, timeout: Duration.seconds(10), ...options });
const mapping = (properties: object) =>
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', properties);
const at = ' (at Stack/Group/Work)';

describe('a queue', () => {
  const newQueue = (props: sqs.QueueProps = {}, id = 'Orders') =>
    new sqs.Queue(stack, id, {
      visibilityTimeout: Duration.minutes(1),
      deadLetterQueue: { queue: group.deadLetterQueue, maxReceiveCount: 5 },
      ...props,
    });
  const invoke = (options: QueueSourceOptions = {}, props: sqs.QueueProps = {}, fn = add()) =>
    fn.addEventSource(EventSource.queue(newQueue(props), options));

  test('reports batch item failures, and can be read by the function', () => {
    invoke();
    mapping({
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Orders'), 'Arn'] },
      FunctionResponseTypes: BATCH_FAILURES,
      BatchSize: Match.absent(),
      ScalingConfig: Match.absent(),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['sqs:DeleteMessage']) })]) },
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('applies batch size, window, concurrency and filters, and can be disabled', () => {
    invoke(
      {
        batchSize: 500,
        maxBatchingWindow: Duration.seconds(30),
        maxConcurrency: 2,
        filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
        enabled: false,
      },
      { visibilityTimeout: Duration.minutes(2) },
    );
    mapping({
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 30,
      ScalingConfig: { MaximumConcurrency: 2 },
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] },
      Enabled: false,
      FunctionResponseTypes: BATCH_FAILURES,
    });
  });

  const seconds = Duration.seconds;
  test.each([
    { batchSize: 1 },
    { batchSize: 10 },
    { batchSize: 10, maxBatchingWindow: seconds(0) },
    { batchSize: 10_000, maxBatchingWindow: seconds(1) },
    { maxBatchingWindow: seconds(300) },
    { maxConcurrency: 2 },
    { maxConcurrency: 1000 },
    { filters: Array(10).fill({ pattern: '{}' }) },
  ] as QueueSourceOptions[])('accepts %j', (options) => {
    expect(() => invoke(options, { visibilityTimeout: Duration.hours(1) })).not.toThrow();
  });

  test.each([
    [{ batchSize: 0 }, 'batchSize must be a whole number between 1 and 10, got: 0'],
    [{ batchSize: 11 }, 'batchSize must be a whole number between 1 and 10, got: 11'],
    [{ batchSize: 11, maxBatchingWindow: seconds(0) }, 'batchSize must be a whole number between 1 and 10, got: 11'],
    [{ batchSize: 10_001, maxBatchingWindow: seconds(1) }, 'batchSize must be a whole number between 1 and 10000, got: 10001'],
    [{ maxBatchingWindow: seconds(301) }, 'maxBatchingWindow in seconds must be a whole number between 0 and 300, got: 301'],
    [{ maxConcurrency: 1 }, 'maxConcurrency of a queue must be a whole number between 2 and 1000, got: 1'],
    [{ maxConcurrency: 1001 }, 'maxConcurrency of a queue must be a whole number between 2 and 1000, got: 1001'],
    [{ filters: Array(11).fill({ pattern: '{}' }) }, 'an event source must have at most 10 filters, got: 11'],
  ] as [QueueSourceOptions, string][])('rejects %j', (options, message) => {
    expect(() => invoke(options)).toThrow(new Error(message + at));
  });

  test('rejects a window for a FIFO queue', () => {
    expect(() => invoke({ maxBatchingWindow: seconds(5) }, { fifo: true, deadLetterQueue: undefined })).toThrow(
      new Error(`maxBatchingWindow must not be set for a FIFO queue, got: 5 seconds${at}`),
    );
  });

  test('without a dead-letter queue is rejected unless allowNoDeadLetterQueue is set', () => {
    expect(() => invoke({}, { deadLetterQueue: undefined })).toThrow(
      new Error(
        `EventSource.queue requires a queue with a dead-letter queue, got: 'Stack/Orders'; set its deadLetterQueue: { queue, maxReceiveCount: 5 }, or allowNoDeadLetterQueue: true${at}`,
      ),
    );
    inNewStack();
    expect(() => invoke({ allowNoDeadLetterQueue: true }, { deadLetterQueue: undefined })).not.toThrow();
  });

  test.each([9, undefined])(
    'with a visibility timeout of %p seconds, shorter than the function timeout, is rejected',
    (visible) => {
      const visibilityTimeout = visible === undefined ? undefined : seconds(visible);
      const timeout = seconds(31);
      expect(() => invoke({}, { visibilityTimeout }, add({ timeout }))).toThrow(
        new Error(
          `the visibility timeout of a queue must be at least the timeout of the function, 31 seconds, got: ${visible ?? 30} seconds; set visibilityTimeout: Duration.seconds(186)${at}`,
        ),
      );
    },
  );

  test.each([
    [10, 0, true],
    [59, 0, true],
    [60, 0, false],
    [60, 5, true],
    [65, 5, false],
  ])('with a visibility timeout of %p seconds and a window of %p causes a warning: %p', (visible, window, warned) => {
    invoke({ maxBatchingWindow: seconds(window) }, { visibilityTimeout: seconds(visible) });
    const found = Annotations.fromStack(stack).findWarning(
      '/Stack/Group/Work',
      `the visibility timeout of Stack/Orders/Resource should be 6 times the function's timeout plus the batching window, or messages that wait for a throttled function are delivered again, got: ${visible} seconds; set visibilityTimeout: Duration.seconds(${60 + window}) [ack: cdk-katamari:visibilityTimeout]`,
    );
    expect(found).toHaveLength(warned ? 1 : 0);
  });

  test('of another app is not checked', () => {
    const queue = sqs.Queue.fromQueueArn(stack, 'Theirs', 'arn:aws:sqs:us-east-1:123456789012:theirs');
    add().addEventSource(EventSource.queue(queue));
    mapping({ EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:theirs', FunctionResponseTypes: BATCH_FAILURES });
  });

  test('can invoke any CDK function and aliases', () => {
    const plain = new lambda.Function(stack, 'Plain', {
      code: lambda.Code.fromInline('x'),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
    });
    plain.addEventSource(EventSource.queue(newQueue()));
    add()
      .addTrafficAlias('live')
      .addEventSource(EventSource.queue(newQueue({}, 'More')));
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    mapping({ FunctionName: { Ref: Match.stringLikeRegexp('^Plain') } });
    mapping({ FunctionName: { 'Fn::Join': ['', Match.arrayWith([':live'])] } });
  });

  test('compares its visibility timeout with the timeout of the function of an alias', () => {
    const alias = add({ timeout: seconds(61) }).addTrafficAlias('live');
    expect(() => alias.addEventSource(EventSource.queue(newQueue()))).toThrow(
      'the visibility timeout of a queue must be at least the timeout of the function, 61 seconds',
    );
  });
});

describe('a function that skips runs', () => {
  const refused = (records: string) => `Overlap.skip would drop ${records}; use Overlap.allow() or Overlap.queue(1)${at}`;

  test.each([
    ['queue messages', () => EventSource.queue(new sqs.Queue(stack, 'Q'))],
    ['table changes', () => EventSource.table(newTable())],
    ['stream records', () => EventSource.stream(new kinesis.Stream(stack, 'S'))],
    ['bucket events', () => EventSource.bucket(new s3.Bucket(stack, 'B'))],
  ])('cannot be invoked for %s', (records, make) => {
    expect(() => add({ overlap: Overlap.skip(2) }).addEventSource(make())).toThrow(new Error(refused(records)));
  });

  test('can be invoked if it skips only scheduled runs', () => {
    const fn = group.addFunction('Work', { source, every: '5m' });
    expect(() => fn.addEventSource(EventSource.table(newTable()))).not.toThrow();
  });
});

const newTable = (stream: dynamodb.StreamViewType | undefined = dynamodb.StreamViewType.NEW_AND_OLD_IMAGES) =>
  new dynamodb.Table(stack, 'Items', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, stream });

/** Event sources that read records in order. */
const streams: [string, (options?: StreamSourceOptions) => EventSource, string][] = [
  ['a table', (options) => EventSource.table(newTable(), options), 'dynamodb:GetRecords'],
  ['a stream', (options) => EventSource.stream(new kinesis.Stream(stack, 'Clicks'), options), 'kinesis:GetRecords'],
];

describe.each(streams)('%s', (_what, make, action) => {
  test('starts at the trim horizon, bisects failing batches, and reports failures to the dead-letter queue of the group', () => {
    add().addEventSource(make());
    mapping({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: Match.absent(),
      FunctionResponseTypes: BATCH_FAILURES,
      DestinationConfig: { OnFailure: { Destination: DEAD_LETTERS } },
    });
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
      (policy) =>
        (policy as { Properties: { PolicyDocument: { Statement: { Action: string | string[] }[] } } }).Properties.PolicyDocument
          .Statement,
    );
    const actions = statements.flatMap((statement) => statement.Action);
    expect(actions).toEqual(expect.arrayContaining([action, 'sqs:SendMessage']));
  });

  test('applies the given options', () => {
    const queue = new sqs.Queue(stack, 'Own');
    add().addEventSource(
      make({
        startingPosition: lambda.StartingPosition.LATEST,
        batchSize: 7,
        maxBatchingWindow: Duration.seconds(3),
        retryAttempts: 2,
        maxRecordAge: Duration.hours(1),
        parallelizationFactor: 3,
        deadLetterQueue: queue,
        filters: [lambda.FilterCriteria.filter({ eventName: lambda.FilterRule.isEqual('INSERT') })],
        enabled: false,
      }),
    );
    mapping({
      StartingPosition: 'LATEST',
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 3,
      MaximumRetryAttempts: 2,
      MaximumRecordAgeInSeconds: 3600,
      ParallelizationFactor: 3,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Own'), 'Arn'] } } },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      Enabled: false,
      BisectBatchOnFunctionError: true,
    });
  });

  test.each([
    { batchSize: 1 },
    { batchSize: 10_000 },
    { retryAttempts: 0 },
    { retryAttempts: 10_000 },
    { maxRecordAge: Duration.seconds(60) },
    { maxRecordAge: Duration.days(7) },
    { parallelizationFactor: 1 },
    { parallelizationFactor: 10 },
    { maxBatchingWindow: Duration.seconds(0) },
  ])('accepts %j', (options) => {
    expect(() => add().addEventSource(make(options))).not.toThrow();
  });

  test.each([
    [{ batchSize: 0 }, 'batchSize must be a whole number between 1 and 10000, got: 0'],
    [{ batchSize: 10_001 }, 'batchSize must be a whole number between 1 and 10000, got: 10001'],
    [{ retryAttempts: -1 }, 'retryAttempts of a stream must be a whole number between 0 and 10000, got: -1'],
    [{ retryAttempts: 10_001 }, 'retryAttempts of a stream must be a whole number between 0 and 10000, got: 10001'],
    [{ maxRecordAge: Duration.seconds(59) }, 'maxRecordAge in seconds must be a whole number between 60 and 604800, got: 59'],
    [
      { maxRecordAge: Duration.seconds(604_801) },
      'maxRecordAge in seconds must be a whole number between 60 and 604800, got: 604801',
    ],
    [{ parallelizationFactor: 0 }, 'parallelizationFactor must be a whole number between 1 and 10, got: 0'],
    [{ parallelizationFactor: 11 }, 'parallelizationFactor must be a whole number between 1 and 10, got: 11'],
    [
      { maxBatchingWindow: Duration.seconds(301) },
      'maxBatchingWindow in seconds must be a whole number between 0 and 300, got: 301',
    ],
    [
      { startingPosition: lambda.StartingPosition.AT_TIMESTAMP },
      "startingPosition must be TRIM_HORIZON or LATEST, got: 'AT_TIMESTAMP'",
    ],
  ])('rejects %j', (options, message) => {
    expect(() => add().addEventSource(make(options))).toThrow(new Error(message + at));
  });

  test('needs a dead-letter queue', () => {
    const alone = new ManagedFunction(stack, 'Alone', { source });
    expect(() => alone.addEventSource(make())).toThrow(
      /^EventSource\.(table|stream) requires a dead-letter queue; set deadLetterQueue, or add the function to a FunctionGroup \(at Stack\/Alone\)$/,
    );
  });

  test('delivers one record at a time in a local run, and drops it by its age', () => {
    inNewStack({ 'katamari:local': 'true' });
    add().addEventSource(make({ batchSize: 50 }));
    mapping({ BatchSize: 1, MaximumRecordAgeInSeconds: 60 });
  });
});

test('a table must have a stream', () => {
  const table = new dynamodb.Table(stack, 'Items', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } });
  expect(() => add().addEventSource(EventSource.table(table))).toThrow(
    new Error(
      `EventSource.table requires a table with a stream, got: 'Stack/Items'; set its stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES${at}`,
    ),
  );
});

describe('a bucket', () => {
  const newBucket = (props: s3.BucketProps = {}) => new s3.Bucket(stack, 'Uploads', props);
  const invoke = (options: BucketSourceOptions = {}, bucket: s3.IBucket = newBucket()) =>
    add().addEventSource(EventSource.bucket(bucket, options));
  const rule = (detail: object, detailType = ['Object Created']) =>
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.s3'], 'detail-type': detailType, detail },
    });
  const name = { name: [{ Ref: Match.stringLikeRegexp('^Uploads') }] };

  test('sends its events through EventBridge to a queue, whose failures go to the dead-letter queue of the group', () => {
    invoke();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    rule({ bucket: name });
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: DEAD_LETTERS, maxReceiveCount: 5 },
    });
    mapping({ FunctionResponseTypes: BATCH_FAILURES });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('allows only its own rule to send messages, and requires TLS', () => {
    invoke();
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: Match.stringLikeRegexp('BucketEvents') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['sqs:SendMessage']),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('Rule'), 'Arn'] } } },
          }),
        ]),
      },
    });
  });

  test('adds no custom resource of the CDK', () => {
    invoke();
    // The function, and the one of the group that records failures.
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 2);
  });

  test.each([
    [{ prefix: 'in/' }, { object: { key: [{ prefix: 'in/' }] } }],
    [{ suffix: '.csv' }, { object: { key: [{ suffix: '.csv' }] } }],
    [{ prefix: 'in/', suffix: '.csv' }, { object: { key: [{ wildcard: 'in/*.csv' }] } }],
    [{ prefix: 'a*b\\', suffix: '*' }, { object: { key: [{ wildcard: 'a\\*b\\\\*\\*' }] } }],
    [{ prefix: '' }, {}],
  ])('filters keys by %j', (options, detail) => {
    invoke(options);
    rule({ bucket: name, ...detail });
  });

  test('subscribes to the given events', () => {
    invoke({ events: [BucketEvent.OBJECT_DELETED, BucketEvent.OBJECT_TAGS_ADDED] });
    rule({ bucket: name }, ['Object Deleted', 'Object Tags Added']);
  });

  test('uses the given queue and batch size', () => {
    const queue = new sqs.Queue(stack, 'Own');
    invoke({
      maxReceiveCount: 1,
      deadLetterQueue: queue,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(30),
      maxConcurrency: 5,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 90,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Own'), 'Arn'] }, maxReceiveCount: 1 },
    });
    mapping({ BatchSize: 100, MaximumBatchingWindowInSeconds: 30, ScalingConfig: { MaximumConcurrency: 5 } });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each([0, 1001])('rejects a maxReceiveCount of %p', (maxReceiveCount) => {
    expect(() => invoke({ maxReceiveCount })).toThrow(
      new Error(`maxReceiveCount must be a whole number between 1 and 1000, got: ${maxReceiveCount}${at}`),
    );
  });

  test('needs a dead-letter queue', () => {
    const alone = new ManagedFunction(stack, 'Alone', { source });
    expect(() => alone.addEventSource(EventSource.bucket(newBucket()))).toThrow(
      'EventSource.bucket requires a dead-letter queue',
    );
  });

  test('of another app causes a warning', () => {
    invoke({}, s3.Bucket.fromBucketName(stack, 'Theirs', 'theirs'));
    rule({ bucket: { name: ['theirs'] } });
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Group/Work',
      Match.stringLikeRegexp('the bucket Stack/Theirs is imported; turn on its events to EventBridge'),
    );
  });

  test('keeps the other notifications that the CDK sets', () => {
    const bucket = newBucket();
    bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new s3n.SqsDestination(new sqs.Queue(stack, 'Told')));
    invoke({}, bucket);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    });
    template.hasResourceProperties('AWS::S3::Bucket', { NotificationConfiguration: Match.absent() });
  });

  describe('with notifications of the template', () => {
    const topicConfigurations = [{ event: 's3:ObjectCreated:*', topic: 'arn:aws:sns:us-east-1:123456789012:told' }];

    test('keeps them if they include EventBridge', () => {
      const bucket = newBucket();
      (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
        topicConfigurations,
        eventBridgeConfiguration: { eventBridgeEnabled: true },
      };
      invoke({}, bucket);
      Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
        NotificationConfiguration: {
          TopicConfigurations: [{ Event: 's3:ObjectCreated:*', Topic: topicConfigurations[0]?.topic }],
          EventBridgeConfiguration: { EventBridgeEnabled: true },
        },
      });
    });

    test('is rejected if they do not include EventBridge', () => {
      const bucket = newBucket();
      (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { topicConfigurations };
      expect(() => invoke({}, bucket)).toThrow(
        "EventSource.bucket requires a bucket that sends its events to EventBridge, got: 'Stack/Uploads' with only topicConfigurations; add eventBridgeConfiguration to its notifications",
      );
    });
  });

  test('must be configured before it becomes an event source', () => {
    const bucket = newBucket();
    invoke({}, bucket);
    bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new s3n.SqsDestination(new sqs.Queue(stack, 'Told')));
    expect(() => Template.fromStack(stack)).toThrow(
      "notifications must be added to a bucket before EventSource.bucket, because they replace its events to EventBridge, got: 'Stack/Uploads'; add them first, or set eventBridgeEnabled: true on the bucket",
    );
  });
});
