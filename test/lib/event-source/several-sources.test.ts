import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { BucketEvent, EventSource, FunctionGroup, type ManagedFunction, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');

let stack: Stack;
let fn: ManagedFunction;
let group: FunctionGroup;
beforeEach(() => {
  stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  group = new FunctionGroup(stack, 'Group');
  fn = group.addFunction('Work', { source, timeout: Duration.seconds(10) });
});

const newQueue = () =>
  new sqs.Queue(stack, 'Orders', {
    visibilityTimeout: Duration.minutes(1),
    deadLetterQueue: { queue: group.deadLetterQueue, maxReceiveCount: 5 },
  });
const newTable = () =>
  new dynamodb.Table(stack, 'Items', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    stream: dynamodb.StreamViewType.NEW_IMAGE,
  });

describe('a bucket', () => {
  const detailsOf = () =>
    Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(
      ({ Properties }) => Properties.EventPattern.detail.object?.key,
    );

  test('can invoke a function several times, for different keys or events', () => {
    const bucket = new s3.Bucket(stack, 'Uploads');
    fn.addEventSource(EventSource.bucket(bucket, { prefix: 'a/' }));
    fn.addEventSource(EventSource.bucket(bucket, { prefix: 'b/' }));
    fn.addEventSource(EventSource.bucket(bucket, { prefix: 'b/', suffix: '.csv' }));
    fn.addEventSource(EventSource.bucket(bucket, { prefix: 'b/', events: [BucketEvent.OBJECT_DELETED] }));
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 4);
    expect(detailsOf()).toEqual([[{ prefix: 'a/' }], [{ prefix: 'b/' }], [{ wildcard: 'b/*.csv' }], [{ prefix: 'b/' }]]);
  });

  test('keeps the queue of the first source when its prefix changes, and those of the others when one is removed', () => {
    const idsOf = (...prefixes: string[]) => {
      stack = new Stack(new App({ context: skipBundling() }), 'Stack');
      const work = new FunctionGroup(stack, 'Group').addFunction('Work', { source, timeout: Duration.seconds(10) });
      const bucket = new s3.Bucket(stack, 'Uploads');
      for (const prefix of prefixes) work.addEventSource(EventSource.bucket(bucket, { prefix }));
      const queues = Object.keys(Template.fromStack(stack).findResources('AWS::SQS::Queue'));
      return queues.filter((id) => id.includes('BucketEvents'));
    };
    expect(idsOf('a/')).toEqual(idsOf('b/'));
    const [first, , third] = idsOf('a/', 'b/', 'c/');
    expect(idsOf('a/', 'c/')).toEqual([first, third]);
  });

  test('must differ from the other sources of the function', () => {
    const bucket = new s3.Bucket(stack, 'Uploads');
    const add = () => fn.addEventSource(EventSource.bucket(bucket, { prefix: 'a/' }));
    add();
    add();
    expect(add).toThrow(
      new Error(
        "EventSource.bucket must differ in events, prefix or suffix from the other sources of a function with the same bucket, got twice: 'Stack/Uploads'; remove one (at Stack/Group/Work)",
      ),
    );
  });
});

test.each([
  ['queue', () => [EventSource.queue, newQueue()]],
  ['table', () => [EventSource.table, newTable()]],
  ['stream', () => [EventSource.stream, new kinesis.Stream(stack, 'Clicks')]],
] as [string, () => [(origin: unknown) => EventSource, { node: { path: string } }]][])(
  'a %s can invoke a function once, and other functions as well',
  (kind, make) => {
    const [create, origin] = make();
    fn.addEventSource(create(origin));
    group.addFunction('Other', { source, timeout: Duration.seconds(10) }).addEventSource(create(origin));
    expect(() => fn.addEventSource(create(origin))).toThrow(
      new Error(
        `EventSource.${kind} must be added to a function only once for each origin, got twice: '${origin.node.path}'; put the filters of both into one source (at Stack/Group/Work)`,
      ),
    );
  },
);

test.each([
  ['EventSource.table', (deadLetterQueue: sqs.IQueue) => EventSource.table(newTable(), { deadLetterQueue })],
  [
    'EventSource.stream',
    (deadLetterQueue: sqs.IQueue) => EventSource.stream(new kinesis.Stream(stack, 'S'), { deadLetterQueue }),
  ],
  ['EventSource.bucket', (deadLetterQueue: sqs.IQueue) => EventSource.bucket(new s3.Bucket(stack, 'B'), { deadLetterQueue })],
])('%s refuses a FIFO queue for its dead letters', (name, create) => {
  expect(() => fn.addEventSource(create(new sqs.Queue(stack, 'Fifo', { fifo: true })))).toThrow(
    new Error(
      `deadLetterQueue of ${name} must not be FIFO, which AWS cannot send dead letters to, got: 'Stack/Fifo' (at Stack/Group/Work)`,
    ),
  );
});

test('dead letters go to the queue of the function, if it has one of its own', () => {
  const own = group.addFunction('Own', { source, deadLetterQueue: new sqs.Queue(stack, 'Mine') });
  own.addEventSource(EventSource.table(newTable()));
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } } },
  });
});

test.each([901, 0.5])('a tumbling window of %p seconds is refused', (seconds) => {
  expect(() => fn.addEventSource(EventSource.table(newTable(), { tumblingWindow: Duration.millis(seconds * 1000) }))).toThrow(
    `tumblingWindow in seconds must be a whole number between 0 and 900, got: ${seconds} (at Stack/Group/Work)`,
  );
});

test('metrics, a key for the filters and a tumbling window reach the mapping', () => {
  const options = {
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
    filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
    filterEncryption: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1'),
  };
  fn.addEventSource(EventSource.queue(newQueue(), options));
  fn.addEventSource(EventSource.bucket(new s3.Bucket(stack, 'Uploads'), options));
  fn.addEventSource(EventSource.table(newTable(), { ...options, tumblingWindow: Duration.minutes(5) }));
  const mappings = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'));
  for (const { Properties } of mappings) {
    expect(Properties).toMatchObject({
      MetricsConfig: { Metrics: ['EventCount'] },
      KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
    });
  }
  expect(mappings.map(({ Properties }) => Properties.TumblingWindowInSeconds)).toEqual([undefined, undefined, 300]);
});
