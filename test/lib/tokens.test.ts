import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnParameter, Duration, Fn, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
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
    stack.group().addFunction('F', { source: Source.code(lambda.Code.fromInline('x'), { handler: 'index.handler', ...options }) }),
  DirectoryDependencyOptions: (_stack, options) => StoredDependency.directory('d', FOLDER, options),
  FunctionAliasProps: (stack, options) => new FunctionAlias(stack, 'A', { aliasName: 'live', function: stack.fn(), ...options }),
  FunctionDefaults: (stack, defaults) => new FunctionGroup(stack, 'G', { defaults }).addFunction('F', { source }),
  FunctionGroupProps: (stack, options) => new FunctionGroup(stack, 'G', options).addFunction('F', { source }),
  FunctionOptions: (stack, options) => stack.group().addFunction('F', { source, ...options }).addUrl({ public: true }),
  ImageBuildOptions: (_stack, options) => ContainerImage.fromAsset(FOLDER, options),
  ImageOptions: (stack, options) =>
    stack.group().addFunction('F', { source: Source.image(ContainerImage.fromUri(IMAGE), options) }),
  LayerFolderOptions: (_stack, options) => LayerContent.folder(FOLDER, options),
  LayerOptions: (stack, options) => new Layer(stack, 'L', { content: LayerContent.folder(FOLDER), ...options }),
  NamedTargetOptions: (stack, options) =>
    new AdapterInvoker(stack, 'I', { modules: { m: { target: InvokerTarget.name('m', options) } } }).addTo(stack.fn()),
  NpmDependencyOptions: (_stack, options) => StoredDependency.npm('sharp', options),
  PackageFile: (_stack, options) => Source.typescript(ENTRY, { files: [{ path: 'package.json', ...options }] }),
  PackageFolder: (_stack, options) => Source.typescript(ENTRY, { folders: [{ path: FOLDER, ...options }] }),
  PipDependencyOptions: (_stack, options) => StoredDependency.pip('idna', options),
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
    expect(JSON.stringify(stack.node.findAll().flatMap((child) => child.node.metadata.map(({ data }) => data)))).not.toMatch(
      /\{Token\[/,
    );
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
