import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as katamari from 'cdk-katamari';
import { Construct } from 'constructs';

const { AdapterInvoker, EventSource, FunctionGroup, InvokerTarget, Overlap, Source, TrafficShift } = katamari;

// An app that a test synthesizes with the oldest and the newest aws-cdk-lib: it makes each construct of the package.
const app = new App({ outdir: 'cdk.out', context: { 'katamari:debug': true } });
const stack = new Stack(app, 'Every');
const group = new FunctionGroup(stack, 'Group', { defaults: { timeout: Duration.seconds(10) } });
const source = Source.typescript('handler.ts');
const inline = Source.code(lambda.Code.fromInline('exports.handler = async () => {}'), { handler: 'index.handler' });

group.addFunction('Seconds', { source, every: '10s', payload: { a: 1 } });
group.addFunction('Minutes', { source, every: '5m', overlap: Overlap.skip(3) });
group.addFunction('Nightly', { source, schedule: ScheduleExpression.cron({ minute: '0', hour: '3' }) });
group.addFunction('Listener', { source, on: ['order.*'], overlap: Overlap.queue(2), debugShell: true });
group.addFunction('Python', { source: Source.python('files', { handler: 'app.run' }) });
group.addFunction('Image', {
  source: Source.image(katamari.ContainerImage.fromUri('123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1')),
});

const queue = new sqs.Queue(stack, 'Queue', {
  visibilityTimeout: Duration.minutes(1),
  deadLetterQueue: { queue: group.deadLetterQueue, maxReceiveCount: 5 },
});
const table = new dynamodb.TableV2(stack, 'Table', {
  partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
  dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
});
const reader = group.addFunction('Reader', { source });
reader.addEventSource(EventSource.queue(queue));
reader.addEventSource(EventSource.table(table));
reader.addEventSource(EventSource.stream(new kinesis.Stream(stack, 'Stream'), { maxRecordAge: Duration.hours(1) }));
reader.addEventSource(EventSource.bucket(new s3.Bucket(stack, 'Bucket'), { prefix: 'in/', suffix: '.csv' }));

const alone = new katamari.ManagedFunction(stack, 'Alone', { source: inline });
alone.addUrl({ public: true });
const signed = new katamari.ManagedFunction(stack, 'Signed', { source: inline }).addUrl();
signed.grantInvokeUrl(new iam.User(stack, 'User'));
new cloudfront.Distribution(stack, 'Site', {
  defaultBehavior: { origin: FunctionUrlOrigin.withOriginAccessControl(signed) },
});
for (const [index, shift] of [TrafficShift.allAtOnce(), TrafficShift.canary(), TrafficShift.linear()].entries()) {
  group.addFunction(`Shifted${index}`, { source }).addTrafficAlias('live', { shift });
}

const layer = new katamari.Layer(stack, 'Layer', { content: katamari.LayerContent.folder('files') });
const packages = new katamari.PipLayer(stack, 'Packages', { packages: ['idna'] });
new katamari.ManagedFunction(stack, 'Layered', {
  source: Source.code(lambda.Code.fromInline('x'), { handler: 'index.run', runtime: lambda.Runtime.PYTHON_3_13 }),
  layers: [layer, packages],
});
const store = new katamari.DependencyStore(stack, 'Store', {
  dependencies: [katamari.StoredDependency.directory('files', 'files')],
});
store.addTo(group.addFunction('Loader', { source }));
new katamari.RunTable(stack, 'Runs', { removalPolicy: RemovalPolicy.DESTROY }).addTo(alone);
new AdapterInvoker(stack, 'Modules', {
  modules: { rates: { target: InvokerTarget.function(alone) }, theirs: { target: InvokerTarget.name('theirs') } },
  gateway: {},
  unhealthyAlarms: true,
}).addTo(group.addFunction('Caller', { source }));

const made = stack.node.findAll();
const classes = Object.entries(katamari as Record<string, unknown>).filter(
  (entry): entry is [string, new (...args: never[]) => Construct] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof Construct,
);
const missing = classes.filter(([, type]) => !made.some((construct) => construct instanceof type)).map(([name]) => name);
const { template } = app.synth().getStackByName('Every') as { readonly template: { readonly Resources: object } };
const resources = Object.values(template.Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>);
const permissions = resources
  .filter(({ Type }) => Type === 'AWS::Lambda::Permission')
  .map(({ Properties: { Principal, Action, InvokedViaFunctionUrl = false } }) => [Principal, Action, InvokedViaFunctionUrl]);
const actions = resources
  .filter(({ Type }) => Type === 'AWS::IAM::Policy')
  .map(({ Properties }) => JSON.stringify(Properties.PolicyDocument))
  .filter((document) => document.includes('lambda:InvokeFunctionUrl'));
console.log(JSON.stringify({ made: classes.length, missing, permissions, actions }));
