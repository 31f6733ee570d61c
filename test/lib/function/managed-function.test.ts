import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  FunctionGroup,
  type FunctionGroupProps,
  ManagedFunction,
  type ManagedFunctionProps,
  Overlap,
  Source,
} from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');

function newStack(context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Stack');
}

function alone(props: Partial<ManagedFunctionProps> = {}, context?: Record<string, unknown>) {
  const stack = newStack(context);
  const fn = new ManagedFunction(stack, 'Orders', { source, ...props });
  return { stack, fn };
}

function grouped(props: Partial<ManagedFunctionProps> = {}, groupProps: FunctionGroupProps = {}) {
  const stack = newStack();
  const group = new FunctionGroup(stack, 'Group', groupProps);
  const fn = new ManagedFunction(stack, 'Orders', { source, group, ...props });
  return { stack, group, fn };
}

const functionProperties = (stack: Stack) => {
  // The group's own function, which records failures, is no test's subject.
  const isTested = ([id]: [string, unknown]) => !id.includes('Failures');
  const [found] = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter(isTested);
  return found?.[1]?.Properties as Record<string, unknown>;
};

const layersOf = (stack: Stack, count: number) =>
  Array.from({ length: count }, (_, index) => lambda.LayerVersion.fromLayerVersionArn(stack, `L${index}`, layerArn(index)));
const layerArn = (index: number) => `arn:aws:lambda:us-east-1:123456789012:layer:l${index}:1`;

test('the default properties of a function', () => {
  const { stack } = alone();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Architectures: ['arm64'],
    Handler: 'index.handler',
    LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('^OrdersLogGroup') } },
    MemorySize: 256,
    Runtime: 'nodejs24.x',
    Timeout: 60,
    TracingConfig: Match.absent(),
    Environment: { Variables: { KATAMARI_FUNCTION: 'Orders', NODE_OPTIONS: '--enable-source-maps' } },
    FunctionName: Match.absent(),
    ReservedConcurrentExecutions: Match.absent(),
    DeadLetterConfig: Match.absent(),
  });
  template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
});

test('a function is three resources: itself, its role, and its log group', () => {
  const { stack } = alone();
  expect(
    Object.values(Template.fromStack(stack).toJSON().Resources)
      .map((resource) => (resource as { Type: string }).Type)
      .sort(),
  ).toEqual(['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup']);
});

describe('the log group', () => {
  test('is the only one that the function can write to, without a managed policy that allows others', () => {
    const { stack } = alone();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        {
          PolicyName: 'Access',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersLogGroup'), 'Arn'] },
              },
            ],
          },
        },
      ],
    });
  });

  test('replaces the one that a feature flag of the CDK creates', () => {
    const { stack, fn } = alone({}, { '@aws-cdk/aws-lambda:useCdkManagedLogGroup': true });
    Template.fromStack(stack).resourceCountIs('AWS::Logs::LogGroup', 1);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: stack.resolve(fn.logGroup.logGroupName) },
    });
  });

  test('is the logGroup of the function', () => {
    const { stack, fn } = alone();
    new logs.MetricFilter(stack, 'Errors', {
      logGroup: fn.logGroup,
      filterPattern: logs.FilterPattern.literal('ERROR'),
      metricName: 'errors',
      metricNamespace: 'test',
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^OrdersLogGroup') },
    });
  });

  test('has the given retention and removal policy', () => {
    const { stack } = alone({ logRetention: logs.RetentionDays.ONE_WEEK, logRemovalPolicy: RemovalPolicy.RETAIN });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 7 },
      DeletionPolicy: 'Retain',
    });
  });
});

test('managed policies that other code adds to the role are kept', () => {
  const { stack, fn } = alone();
  fn.role?.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('CloudWatchLambdaInsightsExecutionRolePolicy'));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    ManagedPolicyArns: [{ 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('CloudWatchLambdaInsights')])] }],
  });
});

test('custom roles are supported', () => {
  const app = new App({ context: skipBundling() });
  const stack = new Stack(app, 'Stack');
  iam.Role.customizeRoles(stack);
  expect(() => new ManagedFunction(stack, 'Orders', { source })).not.toThrow();
});

test('in a VPC the function keeps the policy that it needs there', () => {
  const stack = newStack();
  new ManagedFunction(stack, 'Orders', { source, vpc: new ec2.Vpc(stack, 'Vpc') });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    ManagedPolicyArns: [{ 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('AWSLambdaVPCAccessExecutionRole')])] }],
  });
});

test('a function in a VPC has the given subnets and security groups', () => {
  const stack = newStack();
  const vpc = new ec2.Vpc(stack, 'Vpc');
  const securityGroup = new ec2.SecurityGroup(stack, 'Mine', { vpc });
  new ManagedFunction(stack, 'Orders', {
    source,
    vpc,
    vpcSubnets: { availabilityZones: vpc.availabilityZones.slice(0, 1) },
    securityGroups: [securityGroup],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: {
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'GroupId'] }],
      SubnetIds: [{ Ref: Match.stringLikeRegexp('PrivateSubnet1') }],
    },
  });
});

test('it can be used as an IFunction', () => {
  const { stack, fn } = alone();
  const bucket = new s3.Bucket(stack, 'Bucket');
  bucket.grantRead(fn);
  fn.addFunctionUrl();
  fn.addAlias('live');
  expect(fn).toBeInstanceOf(lambda.Function);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Url', 1);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Alias', 1);
});

describe('the name', () => {
  test.each([
    [{ stage: 'prod' }, 'Orders__prod'],
    [{ name: 'orders', stage: 'prod' }, 'orders__prod'],
    [{ name: 'orders' }, 'orders'],
    [{ name: 'a'.repeat(58), stage: 'prod' }, `${'a'.repeat(58)}__prod`],
  ] as [Partial<ManagedFunctionProps>, string][])('for %j is %s', (props, expected) => {
    expect(functionProperties(alone(props).stack).FunctionName).toBe(expected);
  });

  test('includes the stage of the group', () => {
    expect(functionProperties(grouped({}, { stage: 'dev' }).stack).FunctionName).toBe('Orders__dev');
  });

  test('of more than 64 characters is rejected', () => {
    const name = 'a'.repeat(59);
    expect(() => alone({ name, stage: 'prod' })).toThrow(
      new Error(
        `the name of a function must have at most 64 characters including the stage, got: '${name}__prod' (65) (at Stack)`,
      ),
    );
  });

  test('with invalid characters is rejected', () => {
    expect(() => alone({ name: 'my orders' })).toThrow(
      "the name of a function must consist of letters, digits, '-' and '_', got: 'my orders'",
    );
  });
});

describe('limits', () => {
  test.each([128, 10_240])('memory of %p MiB', (memorySize) => {
    expect(functionProperties(alone({ memorySize }).stack).MemorySize).toBe(memorySize);
  });
  test.each([127, 10_241, 128.5])('no memory of %p MiB', (memorySize) => {
    expect(() => alone({ memorySize })).toThrow(
      new Error(`memorySize of 'Orders' in MiB must be a whole number between 128 and 10240, got: ${memorySize} (at Stack)`),
    );
  });
  test.each([1, 900])('a timeout of %p s', (seconds) => {
    expect(functionProperties(alone({ timeout: Duration.seconds(seconds) }).stack).Timeout).toBe(seconds);
  });
  test.each([0, 901])('no timeout of %p s', (seconds) => {
    expect(() => alone({ timeout: Duration.seconds(seconds) })).toThrow(
      `timeout of 'Orders' in seconds must be a whole number between 1 and 900, got: ${seconds}`,
    );
  });
  test('no timeout of half a second', () => {
    expect(() => alone({ timeout: Duration.millis(1500) })).toThrow(
      "timeout of 'Orders' in seconds must be a whole number between 1 and 900, got: 1.5",
    );
  });
  test.each([0, 2])('%p retries', (retryAttempts) => {
    const { stack } = alone({ retryAttempts });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: retryAttempts });
  });
  test.each([-1, 3])('not %p retries', (retryAttempts) => {
    expect(() => alone({ retryAttempts })).toThrow(
      `retryAttempts of 'Orders' must be a whole number between 0 and 2, got: ${retryAttempts}`,
    );
  });
  test.each([512, 10_240])('%p MiB of /tmp', (size) => {
    expect(functionProperties(alone({ ephemeralStorageSize: Size.mebibytes(size) }).stack).EphemeralStorage).toEqual({
      Size: size,
    });
  });
  test.each([511, 10_241])('not %p MiB of /tmp', (size) => {
    expect(() => alone({ ephemeralStorageSize: Size.mebibytes(size) })).toThrow(
      `ephemeralStorageSize of 'Orders' in MiB must be a whole number between 512 and 10240, got: ${size}`,
    );
  });
  test('5 layers, not 6', () => {
    const stack = newStack();
    const layers = layersOf(stack, 6);
    new ManagedFunction(stack, 'Five', { source, layers: layers.slice(0, 5) });
    expect(() => new ManagedFunction(stack, 'Six', { source, layers })).toThrow(
      "a function must have at most 5 layers, got: 6 for 'Six'",
    );
  });
  test('5 layers, not 6, when they are added one by one', () => {
    const { stack, fn } = alone();
    const layers = layersOf(stack, 6);
    for (const layer of layers.slice(0, 5)) fn.addLayers(layer);
    expect(() => fn.addLayers(layers[5] as lambda.ILayerVersion)).toThrow(
      new Error("a function must have at most 5 layers, got: 6 for 'Orders' (at Stack/Orders)"),
    );
    expect(functionProperties(stack).Layers).toHaveLength(5);
  });
  test('tokens are not checked', () => {
    const stack = newStack();
    const { CfnParameter } = require('aws-cdk-lib') as typeof import('aws-cdk-lib');
    const memory = new CfnParameter(stack, 'Memory', { type: 'Number' });
    expect(() => new ManagedFunction(stack, 'Orders', { source, memorySize: memory.valueAsNumber })).not.toThrow();
  });
});

describe('the environment', () => {
  // 'KATAMARI_FUNCTION' + 'Orders' + 'NODE_OPTIONS' + '--enable-source-maps' + 'AA'
  const others = 17 + 6 + 12 + 20 + 2;
  test('of 4,096 bytes is accepted', () => {
    const { stack } = alone({ environment: { AA: 'x'.repeat(4096 - others) } });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
  test('of 4,097 bytes is rejected, even if a part was added later', () => {
    const { stack, fn } = alone({ environment: { AA: 'x'.repeat(4096 - others - 11) } });
    fn.addEnvironment('BB', 'é'.repeat(5));
    expect(() => Template.fromStack(stack)).toThrow(
      'the environment variables of a function must have at most 4096 bytes in total, got: 4097',
    );
  });
  test('cannot use the reserved names of this library', () => {
    expect(() => alone({ environment: { KATAMARI_RUN_TABLE: 'mine' } })).toThrow(
      "environment variables that start with KATAMARI_ are reserved for this library, got: 'KATAMARI_RUN_TABLE' for 'Orders'",
    );
  });
  test.each(['A', '1A', 'A-B', ''])('has no variable named %j', (name) => {
    expect(() => alone({ environment: { [name]: 'x' } })).toThrow(
      `the name of an environment variable must have two or more letters, digits and '_', and start with a letter, got: '${name}' for 'Orders'`,
    );
  });
  test('can be extended by one variable or several', () => {
    const { stack, fn } = alone({ environment: { AA: '1' } });
    fn.addEnvironment('BB', '2').addEnvironments({ CC: '3', DD: '4' });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { AA: '1', BB: '2', CC: '3', DD: '4' } },
    });
  });
  test('cannot be extended with an invalid name', () => {
    const { fn } = alone();
    const bad =
      "the name of an environment variable must have two or more letters, digits and '_', and start with a letter, got: 'A-B' for 'Orders' (at Stack/Orders)";
    expect(() => fn.addEnvironment('A-B', 'x')).toThrow(new Error(bad));
    expect(() => fn.addEnvironments({ AA: 'x', 'A-B': 'x' })).toThrow(new Error(bad));
    expect(fn.node.tryFindChild('Resource')).toBeDefined();
  });
  test('cannot be extended with a reserved name', () => {
    const { fn } = grouped();
    const own = (name: string) =>
      `environment variables that start with KATAMARI_ are reserved for this library, got: '${name}' for 'Orders' (at Stack/Orders)`;
    expect(() => fn.addEnvironment('KATAMARI_RUN_TABLE', 'mine')).toThrow(new Error(own('KATAMARI_RUN_TABLE')));
    expect(() => fn.addEnvironments({ KATAMARI_NEW: 'mine' })).toThrow(new Error(own('KATAMARI_NEW')));
  });
  test('combines NODE_OPTIONS of the user with the option for source maps', () => {
    const { stack } = alone({ environment: { NODE_OPTIONS: '--max-old-space-size=200' } });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps --max-old-space-size=200' } },
    });
  });
  test('of a function extends the environment of the group', () => {
    const { stack } = grouped({ environment: { AA: 'function' } }, { defaults: { environment: { AA: 'group', BB: 'group' } } });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { AA: 'function', BB: 'group' } },
    });
  });
});

test('a layer version is added once, and replaceLayers returns the function', () => {
  const { fn, stack } = alone();
  const [one, two] = layersOf(stack, 2) as [lambda.ILayerVersion, lambda.ILayerVersion];
  const again = lambda.LayerVersion.fromLayerVersionArn(stack, 'Again', layerArn(0));
  fn.addLayers(one, again, two);
  fn.addLayers(again);
  expect(functionProperties(stack).Layers).toEqual([layerArn(0), layerArn(1)]);
  expect(fn.replaceLayers(two)).toBe(fn);
});

test('layers can be added, or replace all layers', () => {
  const { stack, fn } = alone();
  const [one, two, three] = layersOf(stack, 3) as [lambda.ILayerVersion, lambda.ILayerVersion, lambda.ILayerVersion];
  const layers = () => stack.resolve((fn.node.defaultChild as lambda.CfnFunction).layers);
  fn.addLayers(one, two);
  expect(layers()).toEqual([layerArn(0), layerArn(1)]);
  fn.replaceLayers(three);
  expect(layers()).toEqual([layerArn(2)]);
  fn.replaceLayers();
  expect(layers()).toBeUndefined();
  expect(() => fn.replaceLayers(...layersOf(new Stack(), 6))).toThrow(
    "a function must have at most 5 layers, got: 6 for 'Orders'",
  );
});

describe('the permission of a service', () => {
  test('names the resource and its account, because ARNs of S3 have no account', () => {
    const { stack, fn } = alone();
    const bucket = new s3.Bucket(stack, 'Bucket');
    fn.addServicePermission('Uploads', 's3.amazonaws.com', bucket.bucketArn);
    fn.addServicePermission('Others', 'sns.amazonaws.com', 'arn:aws:sns:us-east-1:210987654321:topic');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Bucket'), 'Arn'] },
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
    template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'sns.amazonaws.com', SourceAccount: '210987654321' });
  });
});

test.each([
  [{ memorySize: 1 }, "memorySize of 'job' in MiB must be a whole number between 128 and 10240, got: 1"],
  [{ on: ['order.**'] }, "event name must not contain '**', got: 'order.**'; use one '*'"],
  [{ on: ['a', ''] }, "event name must have 1 to 128 characters, got: ''"],
  [{ name: 'taken' }, "function names must be unique within a group, got twice: 'taken'"],
])('a refused option leaves neither a construct nor its name behind: %j', (props: Partial<ManagedFunctionProps>, message) => {
  const { stack, group } = grouped({ name: 'taken' });
  const create = (more: Partial<ManagedFunctionProps>) =>
    new ManagedFunction(stack, 'Refused', { source, group, name: 'job', ...more });
  expect(() => create(props)).toThrow(message);
  expect(stack.node.tryFindChild('Refused')).toBeUndefined();
  expect(() => create({})).not.toThrow();
});

describe('in a group', () => {
  test('it uses the bus, the run table and the dead-letter queue of the group', () => {
    const { stack } = grouped();
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] } },
      Environment: {
        Variables: {
          KATAMARI_FUNCTION: 'Orders',
          KATAMARI_GROUP: 'Stack/Group',
          KATAMARI_EVENT_BUS: { Ref: Match.stringLikeRegexp('^GroupBus') },
          KATAMARI_RUN_TABLE: { Ref: Match.stringLikeRegexp('^GroupRuns') },
          KATAMARI_RUN_RETENTION_DAYS: '30',
          KATAMARI_OVERLAP_LIMIT: Match.absent(),
        },
      },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: Match.arrayWith([
              Match.objectLike({
                Action: 'events:PutEvents',
                Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupBus'), 'Arn'] },
              }),
              Match.objectLike({ Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'] }),
              Match.objectLike({ Action: 'sqs:SendMessage' }),
            ]),
          }),
        }),
      ],
    });
  });

  test('the defaults of the group apply to options that the function does not set', () => {
    const { stack } = grouped(
      { timeout: undefined, memorySize: 1024 },
      {
        defaults: {
          memorySize: 512,
          timeout: Duration.minutes(5),
          tracing: lambda.Tracing.ACTIVE,
          architecture: lambda.Architecture.X86_64,
        },
      },
    );
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 1024,
      Timeout: 300,
      TracingConfig: { Mode: 'Active' },
      Architectures: ['x86_64'],
    });
  });

  test('tracking can be disabled', () => {
    const { stack, fn } = grouped({ trackRuns: false });
    expect(fn.runsTracked).toBe(false);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KATAMARI_GROUP: 'Stack/Group', KATAMARI_RUN_TABLE: Match.absent() } },
    });
  });

  test('events come without the envelope of the tracker if runs are not tracked', () => {
    const { stack } = grouped({ trackRuns: false, on: ['order.created'] });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ Arn: Match.anyValue(), InputTransformer: Match.absent() })],
    });
  });

  test('code that is not bundled is not tracked', () => {
    const inline = Source.code(lambda.Code.fromInline('exports.handler = async () => 1'), { handler: 'index.handler' });
    expect(grouped({ source: inline }).fn.runsTracked).toBe(false);
    expect(grouped().fn.runsTracked).toBe(true);
    expect(alone().fn.runsTracked).toBe(false);
  });
});

test('a function in a local run has an environment variable for it', () => {
  const stack = newStack({ 'katamari:local': 'true' });
  const group = new FunctionGroup(stack, 'Group');
  new ManagedFunction(stack, 'Orders', { source, group });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { KATAMARI_LOCAL: 'true' } },
  });
  Template.fromStack(grouped().stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { KATAMARI_LOCAL: Match.absent() } },
  });
});

describe('overlap', () => {
  test('skip sets the limit of the tracker', () => {
    const { stack } = grouped({ overlap: Overlap.skip(3) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KATAMARI_OVERLAP_LIMIT: '3' } },
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  test('queue reserves concurrency, with a warning about the account limit', () => {
    const { stack } = grouped({ overlap: Overlap.queue(2) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 2 });
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Orders',
      Match.stringLikeRegexp(
        "Overlap.queue\\(2\\) reserves 2 of the account's concurrent executions for 'Orders'.*cdk-katamari:reservedConcurrency",
      ),
    );
  });

  test('without queue, there is no reservation and no warning', () => {
    const { stack } = grouped({ overlap: Overlap.skip(1) });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('skip without tracking is rejected', () => {
    const message =
      "Overlap.skip requires run tracking, but the runs of 'Orders' are not tracked; use Overlap.allow() or Overlap.queue(1), or a bundled source in a group that tracks runs";
    expect(() => grouped({ overlap: Overlap.skip(), trackRuns: false })).toThrow(message);
    expect(() => alone({ overlap: Overlap.skip() })).toThrow(message);
  });
});

describe('on', () => {
  test('creates one rule on the bus of the group, with limited retries and the dead-letter queue', () => {
    const { stack } = grouped({ on: ['order.created', 'order.*'] });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('^GroupBus') },
      EventPattern: { 'detail-type': ['order.created', { wildcard: 'order.*' }] },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Orders'), 'Arn'] },
          InputTransformer: { InputTemplate: '{"katamari:delivery":"event","event":<aws.events.event.json>}' },
          RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] } },
        }),
      ],
    });
    // The role of the group invokes the function: a permission would be one more resource for each function.
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupSchedulerRole'), 'Arn'] } })],
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^GroupSchedulerRole') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: 'lambda:InvokeFunction',
            Effect: 'Allow',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Orders'), 'Arn'] },
          },
        ]),
      },
    });
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  test('of a function in another stack lets the rule in, because the two stacks would depend on each other by the role', () => {
    const app = new App({ context: skipBundling() });
    const group = new FunctionGroup(new Stack(app, 'Shared'), 'Group');
    const stack = new Stack(app, 'Stack');
    new ManagedFunction(stack, 'Orders', { source, group, on: ['a'] });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersEvents'), 'Arn'] },
    });
  });

  test('without a group is rejected', () => {
    expect(() => alone({ on: ['a'] })).toThrow("'on' requires a FunctionGroup, whose event bus delivers the events, got: 'a'");
  });

  test("'*' on the default bus causes a warning", () => {
    const stack = newStack();
    const group = new FunctionGroup(stack, 'Group', { eventBus: EventBus.fromEventBusName(stack, 'Default', 'default') });
    new ManagedFunction(stack, 'Orders', { source, group, on: ['*'] });
    Annotations.fromStack(stack).hasWarning('/Stack/Orders', Match.stringLikeRegexp("'Orders' runs on '\\*' of the default bus"));
  });

  test('an empty list creates no rule', () => {
    Template.fromStack(grouped({ on: [] }).stack).resourceCountIs('AWS::Events::Rule', 0);
  });
});
