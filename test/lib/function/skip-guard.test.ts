import { App, Aws, CfnParameter, Fn, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3n from 'aws-cdk-lib/aws-s3-notifications';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { EventSource, FunctionGroup, type FunctionOptions, Overlap, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:orders';

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App({ context: skipBundling() });
  stack = new Stack(app, 'Stack');
});

const add = (options: Partial<FunctionOptions> = {}, within: Stack = stack) =>
  new FunctionGroup(within, 'Group').addFunction('Work', { source, overlap: Overlap.skip(2), ...options });
const newQueue = (within: Stack = stack) => new sqs.Queue(within, 'Queue');
const newTable = () =>
  new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    stream: dynamodb.StreamViewType.KEYS_ONLY,
  });
const startingPosition = lambda.StartingPosition.LATEST;
const mapping = (functionName: string, within: Stack = stack) =>
  new lambda.CfnEventSourceMapping(within, 'Mapping', { functionName, eventSourceArn: QUEUE_ARN });
const refused = (by: string) => `Overlap.skip would drop the records that reach the function by ${by}; use`;

test.each<[string, (fn: lambda.Function) => void, string]>([
  ['a queue', (fn) => fn.addEventSource(new sources.SqsEventSource(newQueue())), 'Stack/Group/Work/SqsEventSource'],
  [
    'a table',
    (fn) => fn.addEventSource(new sources.DynamoEventSource(newTable(), { startingPosition })),
    'Stack/Group/Work/DynamoDBEventSource',
  ],
  [
    'a stream',
    (fn) => fn.addEventSource(new sources.KinesisEventSource(new kinesis.Stream(stack, 'Stream'), { startingPosition })),
    'Stack/Group/Work/KinesisEventSource',
  ],
  [
    'a bucket',
    (fn) =>
      fn.addEventSource(new sources.S3EventSource(new s3.Bucket(stack, 'Bucket'), { events: [s3.EventType.OBJECT_CREATED] })),
    'Stack/Bucket/AllowBucketNotifications',
  ],
  [
    'a notification of a bucket',
    (fn) => new s3.Bucket(stack, 'Bucket').addObjectCreatedNotification(new s3n.LambdaDestination(fn)),
    'Stack/Bucket/AllowBucketNotifications',
  ],
  [
    'a topic',
    (fn) => fn.addEventSource(new sources.SnsEventSource(new sns.Topic(stack, 'Topic'))),
    'Stack/Group/Work/AllowInvoke',
  ],
  [
    'the mapping of a queue',
    (target) => new lambda.EventSourceMapping(stack, 'Mapping', { target, eventSourceArn: QUEUE_ARN }),
    'Stack/Mapping/Resource',
  ],
  [
    'the mapping of an alias',
    (fn) => fn.addAlias('live').addEventSource(new sources.SqsEventSource(newQueue())),
    'SqsEventSource',
  ],
  [
    'the mapping of a version',
    (fn) => fn.currentVersion.addEventSource(new sources.SqsEventSource(newQueue())),
    'SqsEventSource',
  ],
  [
    'the notification of an alias',
    (fn) => new s3.Bucket(stack, 'Bucket').addObjectCreatedNotification(new s3n.LambdaDestination(fn.addAlias('live'))),
    'AllowBucketNotifications',
  ],
  ['a resource with its name', (fn) => mapping(fn.functionName), 'Stack/Mapping'],
  ['a resource with its ARN', (fn) => mapping(fn.functionArn), 'Stack/Mapping'],
  ['a resource with the ARN of its alias', (fn) => mapping(fn.addAlias('live').functionArn), 'Stack/Mapping'],
  ['a resource with the ARN of its version', (fn) => mapping(fn.currentVersion.functionArn), 'Stack/Mapping'],
  ['a resource with a text around its name', (fn) => mapping(Fn.join(':', [fn.functionArn, 'live'])), 'Stack/Mapping'],
  [
    'an import of its ARN',
    (fn) =>
      lambda.Function.fromFunctionArn(stack, 'Import', fn.functionArn).addEventSource(new sources.SqsEventSource(newQueue())),
    'Stack/Import/SqsEventSource',
  ],
  [
    'a resource of another stack',
    (fn) => {
      const other = new Stack(app, 'Other');
      new lambda.EventSourceMapping(other, 'Mapping', { target: fn, eventSourceArn: QUEUE_ARN });
    },
    'Other/Mapping/Resource',
  ],
])('%s is refused at synth for a function that skips runs', (_what, attach, by) => {
  attach(add());
  expect(() => app.synth()).toThrow(refused('').split(' by ')[0]);
  expect(() => app.synth()).toThrow(by);
});

describe('a function with a name', () => {
  test.each([
    'orders',
    'orders:live',
    'arn:aws:lambda:us-east-1:123456789012:function:orders',
    'arn:aws:lambda:us-east-1:123456789012:function:orders:3',
    '123456789012:function:orders',
    '123456789012:orders',
    `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:orders:live`,
    Fn.sub(`arn:aws:lambda:\${AWS::Region}:123456789012:function:orders`),
  ])('is found by %s', (functionName) => {
    add({ name: 'orders' });
    mapping(functionName);
    expect(() => app.synth()).toThrow(refused('Stack/Mapping'));
  });

  test.each(['order', 'orders2', 'my-orders', 'other:orders', 'arn:aws:lambda:us-east-1:123456789012:function:other:orders'])(
    'is not found by %s',
    (functionName) => {
      add({ name: 'orders' });
      mapping(functionName);
      expect(() => app.synth()).not.toThrow();
    },
  );

  test('that only the deploy knows is found by it', () => {
    const name = new CfnParameter(stack, 'Name').valueAsString;
    add({ name });
    mapping(name);
    expect(() => app.synth()).toThrow(refused('Stack/Mapping'));
  });

  test('is not confused with that of another stage or environment', () => {
    const env = { account: '123456789012', region: 'eu-west-1' };
    add({ name: 'orders' });
    mapping('orders', new Stack(new Stage(app, 'Beta'), 'Stack'));
    mapping('orders', new Stack(app, 'Abroad', { env }));
    expect(() => app.synth()).not.toThrow();
  });
});

test.each<[string, Partial<FunctionOptions>]>([
  ['allows overlap', { overlap: Overlap.allow() }],
  ['queues runs', { overlap: Overlap.queue(2) }],
])('a function that %s takes records', (_what, options) => {
  const fn = add(options);
  fn.addEventSource(new sources.SqsEventSource(newQueue()));
  expect(() => app.synth()).not.toThrow();
});

test('a function whose schedule alone skips runs takes records', () => {
  const fn = new FunctionGroup(stack, 'Group').addFunction('Work', { source, every: '5m' });
  fn.addEventSource(new sources.SqsEventSource(newQueue()));
  expect(() => app.synth()).not.toThrow();
});

test('a function that skips runs takes events of the bus, and other functions of its group take records', () => {
  const group = new FunctionGroup(stack, 'Group');
  group.addFunction('Work', { source, overlap: Overlap.skip(), on: ['order.*'] });
  group.addFunction('Reads', { source }).addEventSource(new sources.SqsEventSource(newQueue()));
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('an event source of this library for a version of a function that skips runs is refused at once', () => {
  const version = add().currentVersion;
  expect(() => version.addEventSource(EventSource.queue(newQueue()))).toThrow('Overlap.skip would drop queue messages; use');
});
