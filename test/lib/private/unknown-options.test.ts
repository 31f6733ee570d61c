import { App, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  AdapterInvoker,
  ContainerImage,
  DependencyStore,
  EventSource,
  FunctionGroup,
  InvokerTarget,
  Layer,
  LayerContent,
  ManagedFunction,
  PipLayer,
  PythonBundling,
  RunTable,
  Source,
  StoredDependency,
  Ticker,
  TrafficShift,
} from '../../../lib';
import { QUEUE_OPTIONS, SOURCE_OPTION_REMEDIES, STREAM_OPTIONS } from '../../../lib/event-source/option-names';
import { ALIAS_OPTION_REMEDIES, ALIAS_OPTIONS } from '../../../lib/function/function-alias';
import { LAYER_OPTION_REMEDIES, LAYER_OPTIONS } from '../../../lib/layer/layer';
import { skipBundling } from '../../../testing';
import { declaredOptions } from '../../support/declared-options';

const source = Source.typescript('test/fixtures/sources/named.ts');
const newStack = () => new Stack(new App({ context: skipBundling() }), 'Stack');
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1';
const target = InvokerTarget.name('rates');
/** As JavaScript passes it, without a check by the compiler. */
const typo: object = { typo: 1 };

const uses: Record<string, (stack: Stack) => unknown> = {
  'a FunctionGroup': (stack) => new FunctionGroup(stack, 'X', { ...typo }),
  'the defaults of a FunctionGroup': (stack) => new FunctionGroup(stack, 'X', { defaults: { memorySize: 128, ...typo } }),
  "the function 'X'": (stack) => new FunctionGroup(stack, 'Group').addFunction('X', { source, ...typo }),
  "the function 'Y'": (stack) => new FunctionGroup(stack, 'Group').addFunction('Y', { source, every: '5m', ...typo }),
  'a RunTable': (stack) => new RunTable(stack, 'X', { ...typo }),
  'a Ticker': (stack) => {
    const { runTable, scheduleGroup, schedulerRole, deadLetterQueue } = new FunctionGroup(stack, 'Group');
    return new Ticker(stack, 'X', { runTable, scheduleGroup, schedulerRole, deadLetterQueue, ...typo });
  },
  "the URL of 'X'": (stack) => new ManagedFunction(stack, 'X', { source }).addUrl({ ...typo }),
  'a FunctionAlias': (stack) => new ManagedFunction(stack, 'X', { source }).addTrafficAlias('live', { ...typo }),
  'a Layer': (stack) => new Layer(stack, 'X', { content: LayerContent.folder('test/fixtures/sources'), ...typo }),
  'a PipLayer': (stack) => new PipLayer(stack, 'X', { packages: ['idna'], ...typo }),
  'a DependencyStore': (stack) =>
    new DependencyStore(stack, 'X', { dependencies: [StoredDependency.directory('a', 'test/fixtures/sources')], ...typo }),
  'an AdapterInvoker': (stack) => new AdapterInvoker(stack, 'X', { ...typo }),
  "module 'm'": (stack) => new AdapterInvoker(stack, 'X', { modules: { m: { target, ...typo } } }),
  'the gateway of an AdapterInvoker': (stack) => new AdapterInvoker(stack, 'X', { gateway: { ...typo } }),
  'a caller of an AdapterInvoker': (stack) =>
    new AdapterInvoker(stack, 'X', { modules: { m: { target } } }).addTo(new ManagedFunction(stack, 'Fn', { source }), {
      ...typo,
    }),
  'Source.typescript': () => Source.typescript('test/fixtures/sources/named.ts', { ...typo }),
  'Source.javascript': () => Source.javascript('test/fixtures/sources/module.mjs', { ...typo }),
  'Source.python': () => Source.python('test/integ/python/tables', { handler: 'app.run', ...typo }),
  'Source.code': () => Source.code(lambda.Code.fromInline('x'), { handler: 'index.handler', ...typo }),
  'Source.image': () => Source.image(ContainerImage.fromUri(IMAGE), { ...typo }),
  'ContainerImage.fromAsset': () => ContainerImage.fromAsset('test/fixtures/sources', { ...typo }),
  'PythonBundling.docker': () => PythonBundling.docker({ ...typo }),
  'StoredDependency.pip': () => StoredDependency.pip('idna', { ...typo }),
  'StoredDependency.npm': () => StoredDependency.npm('sharp', { ...typo }),
  'StoredDependency.directory': () => StoredDependency.directory('a', 'test/fixtures/sources', { ...typo }),
  'TrafficShift.canary': () => TrafficShift.canary({ ...typo }),
  'TrafficShift.linear': () => TrafficShift.linear({ ...typo }),
  'LayerContent.folder': () => LayerContent.folder('test/fixtures/sources', { ...typo }),
  'InvokerTarget.name': () => InvokerTarget.name('rates', { ...typo }),
  'InvokerTarget.prefix': () => InvokerTarget.prefix('a-', 'rates', { ...typo }),
  'EventSource.queue': (stack) => EventSource.queue(new sqs.Queue(stack, 'X'), { ...typo }),
  'EventSource.table': (stack) =>
    EventSource.table(new dynamodb.Table(stack, 'X', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } }), {
      ...typo,
    }),
  'EventSource.stream': (stack) => EventSource.stream(new kinesis.Stream(stack, 'X'), { ...typo }),
  'EventSource.bucket': (stack) => EventSource.bucket(new s3.Bucket(stack, 'X'), { ...typo }),
};

test.each(Object.entries(uses))('%s refuses an option that does not exist, which JavaScript would ignore', (owner, use) => {
  expect(() => use(newStack())).toThrow(`'typo' is not an option of ${owner}; available: '`);
});

test.each([
  ['aws-lambda/lib/alias', 'AliasProps', { ...ALIAS_OPTIONS, ...ALIAS_OPTION_REMEDIES }],
  ['aws-lambda/lib/layers', 'LayerVersionProps', { ...LAYER_OPTIONS, ...LAYER_OPTION_REMEDIES }],
  ['aws-lambda-event-sources/lib/sqs', 'SqsEventSourceProps', { ...QUEUE_OPTIONS, ...SOURCE_OPTION_REMEDIES }],
  ['aws-lambda-event-sources/lib/dynamodb', 'DynamoEventSourceProps', { ...STREAM_OPTIONS, ...SOURCE_OPTION_REMEDIES }],
  ['aws-lambda-event-sources/lib/kinesis', 'KinesisEventSourceProps', { ...STREAM_OPTIONS, ...SOURCE_OPTION_REMEDIES }],
  ['aws-lambda/lib/function-url', 'FunctionUrlOptions', { authType: true, cors: true, invokeMode: true }],
])('every option of %s is supported or refused', (file, name, decided) => {
  const options = declaredOptions(file, name);
  expect(options.length).toBeGreaterThan(2);
  expect(options.filter((option) => !(option in decided))).toEqual([]);
});

test('an option of the CDK that is refused names what to use instead', () => {
  const stack = newStack();
  const queue = new sqs.Queue(stack, 'Queue');
  const option = (name: string) => ({ ...{ [name]: true } }) as object;
  expect(() => EventSource.queue(queue, option('reportBatchItemFailures'))).toThrow(
    new Error("'reportBatchItemFailures' is not an option of EventSource.queue; it is always true"),
  );
  const fn = new ManagedFunction(stack, 'Fn', { source });
  expect(() => fn.addTrafficAlias('live', option('additionalVersions'))).toThrow(
    "'additionalVersions' is not an option of a FunctionAlias; use shift: TrafficShift.split(version, weight)",
  );
  expect(() => fn.addUrl(option('authType'))).toThrow(
    "'authType' is not an option of the URL of 'Fn'; use public: true for NONE",
  );
});

test('a role that is not of the CDK is no option by its name alone', () => {
  // Object.prototype has properties as well, such as `constructor`.
  expect(() => new ManagedFunction(newStack(), 'Fn', { source, ...{ constructor: iam.Role } })).toThrow(
    "'constructor' is not an option of the function 'Fn'; available: ",
  );
});

test('options of a schedule are known to the group', () => {
  const group = new FunctionGroup(newStack(), 'Group');
  const schedule = scheduler.ScheduleExpression.rate(Duration.hours(1));
  expect(() =>
    group.addFunction('Fn', { source, schedule, start: new Date(0), end: new Date(1e12), enabled: true, payload: 1 }),
  ).not.toThrow();
});
