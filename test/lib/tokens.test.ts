import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnParameter, Duration, Fn, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { EventBus } from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  AdapterInvoker,
  ContainerImage,
  EventSource,
  FunctionAlias,
  FunctionGroup,
  Interval,
  InvokerTarget,
  Layer,
  LayerContent,
  ManagedFunction,
  Overlap,
  PipLayer,
  PythonBundling,
  RunTable,
  Source,
  StoredDependency,
  TrafficShift,
} from '../../lib';
import { ValidationError } from '../../lib/private/errors';
import { skipBundling } from '../../testing';

const ENTRY = 'test/fixtures/sources/named.ts';
const FOLDER = 'test/fixtures/feeds';
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1';
const source = Source.typescript(ENTRY);
// A token is refused before anything is installed.
const { npm, pip } = StoredDependency;

/** A stack with a parameter of each type, whose values only the deploy knows. */
class TokenStack extends Stack {
  public readonly number = new CfnParameter(this, 'Number', { type: 'Number', default: 5 }).valueAsNumber;
  public readonly text = new CfnParameter(this, 'Text', { default: 'text' }).valueAsString;
  public readonly list = new CfnParameter(this, 'List', { type: 'CommaDelimitedList', default: 'a,b' }).valueAsList;

  public constructor() {
    super(new App({ context: { ...skipBundling(), 'katamari:debug': true } }), 'Stack');
  }

  public group() {
    return (this.node.tryFindChild('Group') as FunctionGroup | undefined) ?? new FunctionGroup(this, 'Group');
  }

  public fn() {
    return this.group().addFunction('F', { source, timeout: Duration.seconds(10) });
  }

  public queue(props: sqs.QueueProps = {}) {
    const deadLetterQueue = { queue: this.group().deadLetterQueue, maxReceiveCount: 5 };
    return new sqs.Queue(this, 'Q', { visibilityTimeout: Duration.hours(1), deadLetterQueue, ...props });
  }

  public table() {
    return new dynamodb.Table(this, 'T', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      stream: dynamodb.StreamViewType.KEYS_ONLY,
    });
  }

  public role() {
    return new iam.Role(this, 'R', { assumedBy: new iam.AccountRootPrincipal() });
  }
}

// Values of options by the types of the jsii assembly, so they have no type here.
type Options = Record<string, never>;

/** Uses options as an app does, by the name of their interface. */
const USES: Record<string, (stack: TokenStack, options: Options) => unknown> = {
  AdapterCallerOptions: (stack, options) =>
    new AdapterInvoker(stack, 'I', { modules: { m: { target: InvokerTarget.name('m') } } }).addTo(stack.fn(), options),
  AdapterGatewayOptions: (stack, options) =>
    new AdapterInvoker(stack, 'I', { modules: { m: { target: InvokerTarget.name('m') } }, gateway: options }),
  AdapterInvokerProps: (stack, options) =>
    new AdapterInvoker(stack, 'I', { modules: { m: { target: InvokerTarget.name('m') } }, ...options }).addTo(stack.fn()),
  AdapterModuleOptions: (stack, options) =>
    new AdapterInvoker(stack, 'I', {
      modules: { m: { target: InvokerTarget.name('m'), assumeRole: stack.role(), ...options } },
    }).addTo(stack.fn()),
  BatchOptions: (stack, options) => stack.fn().addEventSource(EventSource.queue(stack.queue(), options)),
  BucketSourceOptions: (stack, options) => stack.fn().addEventSource(EventSource.bucket(new s3.Bucket(stack, 'B'), options)),
  BundleOptions: (_stack, options) => Source.typescript(ENTRY, options),
  CodeSourceOptions: (stack, options) =>
    stack
      .group()
      .addFunction('F', { source: Source.code(lambda.Code.fromInline('x'), { handler: 'index.handler', ...options }) }),
  DirectoryDependencyOptions: (_stack, options) => StoredDependency.directory('d', FOLDER, options),
  FunctionAliasProps: (stack, options) => new FunctionAlias(stack, 'A', { aliasName: 'live', function: stack.fn(), ...options }),
  FunctionDefaults: (stack, defaults) => new FunctionGroup(stack, 'G', { defaults }).addFunction('F', { source }),
  FunctionGroupProps: (stack, options) => new FunctionGroup(stack, 'G', options).addFunction('F', { source }),
  FunctionOptions: (stack, options) =>
    stack
      .group()
      .addFunction('F', { source, ...options })
      .addUrl({ public: true }),
  FunctionSettings: (stack, defaults) => new FunctionGroup(stack, 'G', { defaults }).addFunction('F', { source }),
  ImageBuildOptions: (_stack, options) => ContainerImage.fromAsset(FOLDER, options),
  ImageOptions: (stack, options) =>
    stack.group().addFunction('F', { source: Source.image(ContainerImage.fromUri(IMAGE), options) }),
  LayerFolderOptions: (_stack, options) => LayerContent.folder(FOLDER, options),
  LayerOptions: (stack, options) => new Layer(stack, 'L', { content: LayerContent.folder(FOLDER), ...options }),
  NamedTargetOptions: (stack, options) =>
    new AdapterInvoker(stack, 'I', { modules: { m: { target: InvokerTarget.name('m', options) } } }).addTo(stack.fn()),
  NpmDependencyOptions: (_stack, options) => npm('sharp', options),
  PackageFile: (_stack, options) => Source.typescript(ENTRY, { files: [{ path: 'package.json', ...options }] }),
  PackageFolder: (_stack, options) => Source.typescript(ENTRY, { folders: [{ path: FOLDER, ...options }] }),
  PipDependencyOptions: (_stack, options) => pip('idna', options),
  PipLayerProps: (stack, options) => new PipLayer(stack, 'L', options),
  PythonDockerOptions: (_stack, options) => PythonBundling.docker(options),
  PythonSourceOptions: (_stack, options) => Source.python('test/integ/python/tables', { handler: 'app.run', ...options }),
  QueueSourceOptions: (stack, options) => stack.fn().addEventSource(EventSource.queue(stack.queue(), options)),
  RunTableProps: (stack, options) => new RunTable(stack, 'Runs', options).addTo(new ManagedFunction(stack, 'F', { source })),
  ScheduleOptions: (stack, options) => {
    stack.group().addFunction('Minutes', { source, every: '5m', ...options });
    stack.group().addFunction('Seconds', { source, every: '5s', ...options });
  },
  ShiftOptions: (stack, options) => stack.fn().addTrafficAlias('live', { shift: TrafficShift.linear(options) }),
  StreamSourceOptions: (stack, options) => stack.fn().addEventSource(EventSource.table(stack.table(), options)),
  TickerSchedule: (stack, options) =>
    stack.group().ticker.addFunction(stack.fn(), { name: 'F', interval: Interval.parse('5s'), tracked: true, ...options }),
  TrafficAliasOptions: (stack, options) => stack.fn().addTrafficAlias('live', options),
};

/** Tokens as values of a type. */
const VALUES: Record<string, Record<string, (stack: TokenStack) => unknown>> = {
  number: { 'a token': ({ number }) => number, arithmetic: ({ number }) => number * 6 },
  string: { 'a token': ({ text }) => text, 'a text around a token': ({ text }) => `a-${text}` },
  json: { 'an object': ({ text, number }) => ({ text, number }) },
  Duration: {
    'Duration.seconds': ({ number }) => Duration.seconds(number),
    'Duration.minutes': ({ number }) => Duration.minutes(number),
    'Duration.millis': ({ number }) => Duration.millis(number),
  },
  Size: { 'Size.mebibytes': ({ number }) => Size.mebibytes(number), 'Size.gibibytes': ({ number }) => Size.gibibytes(number) },
  array: { 'a list': ({ list }) => list, 'an element': ({ text }) => [text], 'one of two': ({ text }) => ['a', `b${text}`] },
  map: { 'a value': ({ text }) => ({ NAME: text }), 'a key': ({ text }) => ({ [text]: 'value' }) },
  filters: { 'a pattern': ({ text }) => [lambda.FilterCriteria.filter({ a: [text] })] },
};

interface JsiiType {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: string; readonly elementtype: JsiiType };
}

/** Kind of the tokens that a type can hold; undefined for others, such as constructs. */
function kindOf({ primitive, fqn, collection }: JsiiType): string | undefined {
  if (primitive) return primitive === 'boolean' || primitive === 'date' ? undefined : primitive === 'any' ? 'json' : primitive;
  if (fqn) return ['aws-cdk-lib.Duration', 'aws-cdk-lib.Size'].includes(fqn) ? fqn.split('.')[1] : undefined;
  if (collection?.elementtype.collection) return 'filters';
  return collection && kindOf(collection.elementtype) ? collection.kind : undefined;
}

/** Every option of the library that can hold a token, with each value of its type. */
const options = (() => {
  const { types } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.jsii'), 'utf8')) as {
    types: Record<string, { name: string; datatype?: boolean; properties?: { name: string; type: JsiiType }[] }>;
  };
  return Object.values(types)
    .filter(({ name, datatype }) => datatype && !/(Config|BindOptions)$/.test(name))
    .flatMap(({ name, properties = [] }) =>
      properties.flatMap((property) => {
        const kind = kindOf(property.type);
        return Object.entries((kind && VALUES[kind]) || {}).map(([what, value]) => [name, property.name, what, value] as const);
      }),
    );
})();

const refs = (template: Template) => JSON.stringify(template.toJSON().Resources).match(/"Ref":"(Number|Text|List)"/g) ?? [];

/** Synthesizes, and returns how the token ended: in the template, or in an error of this library that names the token. */
function endOf(use: (stack: TokenStack) => unknown): 'kept' | 'refused' {
  const stack = new TokenStack();
  try {
    use(stack);
    const template = Template.fromStack(stack);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/\{Token\[|e\+(289|290)/);
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(JSON.stringify(warnings.map(({ entry }) => entry.data))).not.toMatch(/Token\[|e\+289/);
    expect(refs(template)).not.toHaveLength(0);
    return 'kept';
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    expect(error.message).toMatch(/token|CloudFormation|known at synth/);
    expect(error.message).not.toMatch(/\{Token\[|e\+2/);
    return 'refused';
  }
}

test.each(options)('%s.%s as %s is in the template or refused with a reason', (name, property, _what, value) => {
  const use = USES[name];
  if (!use) throw new Error(`this test does not use ${name} yet; add it to USES`);
  const end = endOf((stack) => use(stack, { [property]: value(stack) } as unknown as Options));
  expect(['kept', 'refused']).toContain(end);
});

/** Parameters of factories and methods, and how each token ends. */
const parameters: [string, (stack: TokenStack) => unknown, 'kept' | string][] = [
  ['Overlap.skip', (stack) => stack.group().addFunction('F', { source, overlap: Overlap.skip(stack.number) }), 'kept'],
  ['Overlap.queue', (stack) => stack.group().addFunction('F', { source, overlap: Overlap.queue(stack.number) }), 'kept'],
  [
    'ContainerImage.fromUri',
    (stack) => stack.group().addFunction('F', { source: Source.image(ContainerImage.fromUri(stack.text)) }),
    'kept',
  ],
  [
    'ContainerImage.fromRepository',
    (stack) => {
      const image = ContainerImage.fromRepository(Repository.fromRepositoryName(stack, 'Repository', 'orders'), stack.text);
      stack.group().addFunction('F', { source: Source.image(image) });
    },
    'kept',
  ],
  [
    'LayerContent.bucket',
    (stack) => {
      const bucket = s3.Bucket.fromBucketName(stack, 'B', 'layers');
      new Layer(stack, 'L', { content: LayerContent.bucket(bucket, stack.text) });
    },
    'kept',
  ],
  ['a value of addEnvironments', (stack) => stack.fn().addEnvironments({ NAME: stack.text }), 'kept'],
  [
    'a name of addEnvironments',
    (stack) => stack.fn().addEnvironments({ [stack.text]: 'x' }),
    "the name of an environment variable of 'F' must be known at synth, got: a token (at Stack/Group/F)",
  ],
  ['TrafficShift.split', (stack) => stack.fn().addTrafficAlias('live', { shift: TrafficShift.split(stack.text, 0.5) }), 'kept'],
  [
    'a weight of TrafficShift.split',
    ({ number }) => TrafficShift.split('3', number),
    'weight of a split must be known at synth, got: a token',
  ],
  [
    'addTrafficAlias',
    (stack) => stack.fn().addTrafficAlias(stack.text),
    'the name of an alias must be known at synth, got: a token (at Stack/Group/F)',
  ],
  ['Source.typescript', ({ text }) => Source.typescript(text), 'entry must be known at synth, got: a token'],
  ['Source.javascript', ({ text }) => Source.javascript(`${text}.js`), "entry must be known at synth, got: '<token>.js'"],
  ['Source.python', ({ text }) => Source.python(text, { handler: 'app.run' }), 'entry must be known at synth, got: a token'],
  [
    'ContainerImage.fromAsset',
    ({ text }) => ContainerImage.fromAsset(text),
    'the folder of an image must be known at synth, got: a token',
  ],
  ['LayerContent.folder', ({ text }) => LayerContent.folder(text), 'the folder of a layer must be known at synth, got: a token'],
  ['LayerContent.zip', ({ text }) => LayerContent.zip(text), 'the zip file of a layer must be known at synth, got: a token'],
  [
    'StoredDependency.pip',
    ({ text }) => pip(`idna==${text}`),
    "the requirement of a dependency must be known at synth, got: 'idna==<token>'",
  ],
  ['StoredDependency.npm', ({ text }) => npm(text), 'the package of a dependency must be known at synth, got: a token'],
  [
    'StoredDependency.requirements',
    ({ text }) => StoredDependency.requirements('r', text),
    'the requirements of a dependency must be known at synth, got: a token',
  ],
  [
    'the name of StoredDependency.directory',
    ({ text }) => StoredDependency.directory(text, FOLDER),
    'the name of a dependency must be known at synth, got: a token',
  ],
  [
    'StoredDependency.directory',
    ({ text }) => StoredDependency.directory('d', text),
    'the directory of a dependency must be known at synth, got: a token',
  ],
  ['Interval.parse', ({ text }) => Interval.parse(text), 'a time string must be known at synth, got: a token'],
  [
    'addModule',
    (stack) => new AdapterInvoker(stack, 'I').addModule(stack.text, { target: InvokerTarget.name('m') }),
    "a module name must have 1 to 128 letters, digits, '_' and '-' that are known at synth, got: a token (at Stack/I)",
  ],
];

test.each(parameters)('%s with a token: %#', (_name, use, expected) => {
  if (expected === 'kept') expect(endOf(use)).toBe('kept');
  else expect(() => use(new TokenStack())).toThrow(new ValidationError(expected));
});

describe.each([
  ['InvokerTarget.name', ({ text }: TokenStack) => InvokerTarget.name(text)],
  ['InvokerTarget.arn', ({ text }: TokenStack) => InvokerTarget.arn(text)],
  ['InvokerTarget.prefix', ({ text }: TokenStack) => InvokerTarget.prefix(text, 'm')],
  ['the name of InvokerTarget.prefix', ({ text }: TokenStack) => InvokerTarget.prefix('p-', text)],
])('%s', (_name, target) => {
  test('keeps a token', () => {
    const use = (stack: TokenStack) =>
      new AdapterInvoker(stack, 'I', { modules: { m: { target: target(stack) } } }).addTo(stack.fn());
    expect(endOf(use)).toBe('kept');
  });
});

/** Properties of the first resource of a type that has them. */
const properties = (use: (stack: TokenStack) => unknown, type: string, expected: object) => {
  const stack = new TokenStack();
  use(stack);
  Template.fromStack(stack).hasResourceProperties(type, expected);
};
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';
const REF = { Ref: 'Number' };
const seconds = Duration.seconds;

test.each<[string, (stack: TokenStack) => unknown, string, object]>([
  [
    'the window of a queue, with the batch size that it allows',
    (stack) =>
      stack
        .fn()
        .addEventSource(EventSource.queue(stack.queue(), { batchSize: 10_000, maxBatchingWindow: seconds(stack.number) })),
    MAPPING,
    { BatchSize: 10_000, MaximumBatchingWindowInSeconds: REF },
  ],
  [
    'the window of a table',
    (stack) => stack.fn().addEventSource(EventSource.table(stack.table(), { maxBatchingWindow: seconds(stack.number) })),
    MAPPING,
    { MaximumBatchingWindowInSeconds: REF },
  ],
  [
    'the window of a bucket, whose queue counts with the longest window',
    (stack) =>
      stack.fn().addEventSource(EventSource.bucket(new s3.Bucket(stack, 'B'), { maxBatchingWindow: seconds(stack.number) })),
    'AWS::SQS::Queue',
    { VisibilityTimeout: 6 * 10 + 300 },
  ],
  [
    'the visibility timeout of a queue',
    (stack) => stack.fn().addEventSource(EventSource.queue(stack.queue({ visibilityTimeout: seconds(stack.number) }))),
    'AWS::SQS::Queue',
    { VisibilityTimeout: REF },
  ],
  [
    'a timeout',
    (stack) => stack.group().addFunction('F', { source, timeout: seconds(stack.number) }),
    FUNCTION,
    { Timeout: REF },
  ],
  [
    'a limit of concurrent runs',
    (stack) => stack.group().addFunction('F', { source, overlap: Overlap.skip(stack.number) }),
    FUNCTION,
    { Environment: { Variables: Match.objectLike({ KATAMARI_OVERLAP_LIMIT: REF }) } },
  ],
  [
    'a retention',
    (stack) => new FunctionGroup(stack, 'G', { runRetentionDays: stack.number }).addFunction('F', { source }),
    FUNCTION,
    { Environment: { Variables: Match.objectLike({ KATAMARI_RUN_RETENTION_DAYS: REF }) } },
  ],
  [
    'a number in a payload, which stays a number',
    (stack) => stack.group().addFunction('F', { source, every: '5m', payload: { n: stack.number } }),
    'AWS::Scheduler::Schedule',
    { Target: Match.objectLike({ Input: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('"n":$'), REF])] } }) },
  ],
  [
    'the percentage of a shift, with the longest interval',
    (stack) =>
      stack.fn().addTrafficAlias('live', { shift: TrafficShift.linear({ percent: stack.number, interval: Duration.days(2) }) }),
    'AWS::CodeDeploy::DeploymentConfig',
    { TrafficRoutingConfig: Match.objectLike({ TimeBasedLinear: { LinearInterval: 2880, LinearPercentage: REF } }) },
  ],
])('%s is in the template', (_what, use, type, expected) => properties(use, type, expected));

test.each<[string, (stack: TokenStack) => unknown, string]>([
  [
    'a bucket of a function whose timeout is a token',
    (stack) =>
      stack
        .group()
        .addFunction('F', { source, timeout: seconds(stack.number) })
        .addEventSource(EventSource.bucket(new s3.Bucket(stack, 'B'))),
    'EventSource.bucket requires a function whose timeout is known at synth, because the visibility timeout of its queue is 6 times as long, got: a token; use a known timeout, or EventSource.queue with a queue of your own (at Stack/Group/F)',
  ],
  [
    'a window of a FIFO queue',
    (stack) =>
      stack.fn().addEventSource(
        EventSource.queue(stack.queue({ fifo: true, deadLetterQueue: undefined }), {
          maxBatchingWindow: seconds(stack.number),
        }),
      ),
    'maxBatchingWindow must not be set for a FIFO queue, got: a token (at Stack/Group/F)',
  ],
  [
    'a window in minutes',
    (stack) => stack.fn().addEventSource(EventSource.queue(stack.queue(), { maxBatchingWindow: Duration.minutes(stack.number) })),
    'maxBatchingWindow must be in seconds if it is a token, which CloudFormation cannot convert, got: Duration.minutes; use Duration.seconds (at Stack/Group/F)',
  ],
  [
    'a size in GiB',
    (stack) => stack.group().addFunction('F', { source, ephemeralStorageSize: Size.gibibytes(stack.number) }),
    "ephemeralStorageSize of 'F' must be in MiB if it is a token, which CloudFormation cannot convert, got: another unit; use Size.mebibytes (at Stack/Group)",
  ],
  [
    'arithmetic on a token',
    (stack) => stack.group().addFunction('F', { source, memorySize: stack.number * 2 }),
    "memorySize of 'F' in MiB must not be computed from a token, because CloudFormation has no arithmetic, got: such a number; pass the token itself (at Stack/Group)",
  ],
  [
    'a list of event names',
    (stack) => stack.group().addFunction('F', { source, on: stack.list }),
    "'on' must be a list that is known at synth, got: a token; its elements may be tokens (at Stack/Group)",
  ],
  [
    'a value in code',
    ({ text }) => Source.typescript(ENTRY, { define: { NAME: `"${text}"` } }),
    'define of a bundled source must be known at synth, got: {"NAME":"\\"<token>\\""}',
  ],
])('%s is refused with a reason', (_what, use, message) => {
  expect(() => use(new TokenStack())).toThrow(new ValidationError(message));
});

test('a prefix and a suffix that only the deploy knows are escaped by CloudFormation', () => {
  const stack = new TokenStack();
  stack.fn().addEventSource(EventSource.bucket(new s3.Bucket(stack, 'B'), { prefix: `in/${stack.text}`, suffix: '.csv' }));
  const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  const text = JSON.stringify(rule?.Properties.EventPattern.detail.object.key);
  expect(text).toContain('"Fn::Split":["*"');
  expect(text).toContain('"Fn::Split":["\\\\"');
  expect(text).toContain('{"Ref":"Text"}');
});

test('a bus whose name only the deploy knows may be the default bus', () => {
  const stack = new TokenStack();
  const eventBus = EventBus.fromEventBusName(stack, 'Theirs', stack.text);
  new FunctionGroup(stack, 'G', { eventBus });
  Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Condition: {
            ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':rule/\\*$')])] } },
          },
        }),
      ]),
    },
  });
});

describe('the account of a permission', () => {
  const accountOf = (service: string, arn: (stack: TokenStack) => string) => {
    const stack = new TokenStack();
    stack.fn().addServicePermission('P', service, arn(stack));
    const [permission] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission'));
    return permission?.Properties.SourceAccount;
  };
  const own = { Ref: 'AWS::AccountId' };

  test.each<[string, string, (stack: TokenStack) => string, unknown]>([
    ['a bucket', 's3.amazonaws.com', ({ text }) => text, own],
    ['a name of a bucket', 's3.amazonaws.com', ({ text }) => `arn:aws:s3:::${text}`, own],
    [
      'a topic of another account',
      'sns.amazonaws.com',
      ({ text }) => `arn:aws:sns:eu-west-1:111111111111:${text}`,
      '111111111111',
    ],
    ['a topic', 'sns.amazonaws.com', ({ text }) => text, { 'Fn::Select': [4, { 'Fn::Split': [':', { Ref: 'Text' }] }] }],
  ])('of %s', (_what, service, arn, expected) => {
    expect(accountOf(service, arn)).toEqual(expected);
  });
});

test('a text of an environment counts with the part that is known', () => {
  const stack = new TokenStack();
  stack.fn().addEnvironments({ LONG: Fn.join('', ['x'.repeat(4_096), stack.text]) });
  expect(() => Template.fromStack(stack)).toThrow(
    'the environment variables of a function must have at most 4096 bytes in total',
  );
});
