import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as codeguruprofiler from 'aws-cdk-lib/aws-codeguruprofiler';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  ContainerImage,
  type FunctionDefaults,
  FunctionGroup,
  type GroupFunctionOptions,
  ManagedFunction,
  type ManagedFunctionProps,
  Overlap,
  Source,
} from '../../../lib';
import { FUNCTION_DEFAULTS, FUNCTION_OPTION_REMEDIES, FUNCTION_OPTIONS } from '../../../lib/function/option-names';
import { skipBundling } from '../../../testing';
import { declaredOptions } from '../../support/declared-options';

const source = Source.typescript('test/fixtures/sources/named.ts');
const python = Source.code(lambda.Code.fromInline('def handler(event, context): pass'), {
  handler: 'index.handler',
  runtime: lambda.Runtime.PYTHON_3_13,
});
type Options = Partial<ManagedFunctionProps>;

const newStack = () =>
  new Stack(new App({ context: skipBundling() }), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
const newVpc = (stack: Stack) => new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1, ipProtocol: ec2.IpProtocol.DUAL_STACK });

interface Supported {
  readonly options: (stack: Stack) => Options;
  readonly type?: string;
  readonly properties: Record<string, unknown>;
}

const invokeConfig = 'AWS::Lambda::EventInvokeConfig';
const layersLike = (...names: string[]) => Match.arrayWith(names.map((name) => Match.stringLikeRegexp(name)));

/** A value for each option of the CDK that a ManagedFunction takes, and where the template has it. */
const supported: Record<string, Supported> = {
  adotInstrumentation: {
    options: () => ({
      adotInstrumentation: {
        layerVersion: lambda.AdotLayerVersion.fromJavaScriptSdkLayerVersion(lambda.AdotLambdaLayerJavaScriptSdkVersion.V1_30_0),
        execWrapper: lambda.AdotLambdaExecWrapper.REGULAR_HANDLER,
      },
    }),
    properties: {
      Layers: layersLike('aws-otel-nodejs'),
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-handler' } },
      TracingConfig: { Mode: 'Active' },
    },
  },
  allowAllIpv6Outbound: {
    options: (stack) => ({ vpc: newVpc(stack), allowAllIpv6Outbound: true }),
    type: 'AWS::EC2::SecurityGroup',
    properties: { SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: '::/0' })]) },
  },
  allowAllOutbound: {
    options: (stack) => ({ vpc: newVpc(stack), allowAllOutbound: false }),
    type: 'AWS::EC2::SecurityGroup',
    properties: { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] },
  },
  allowPublicSubnet: {
    options: (stack) => ({
      vpc: new ec2.Vpc(stack, 'Vpc', {
        maxAzs: 1,
        natGateways: 0,
        subnetConfiguration: [{ name: 'Public', subnetType: ec2.SubnetType.PUBLIC }],
      }),
      allowPublicSubnet: true,
    }),
    properties: { VpcConfig: { SubnetIds: [{ Ref: Match.stringLikeRegexp('^VpcPublicSubnet1') }] } },
  },
  applicationLogLevelV2: {
    options: () => ({ applicationLogLevelV2: lambda.ApplicationLogLevel.DEBUG }),
    properties: { LoggingConfig: { ApplicationLogLevel: 'DEBUG', LogFormat: 'JSON', LogGroup: Match.anyValue() } },
  },
  architecture: {
    options: () => ({ architecture: lambda.Architecture.X86_64 }),
    properties: { Architectures: ['x86_64'] },
  },
  codeSigningConfig: {
    options: (stack) => ({
      codeSigningConfig: lambda.CodeSigningConfig.fromCodeSigningConfigArn(
        stack,
        'Signing',
        'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1',
      ),
    }),
    properties: { CodeSigningConfigArn: 'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1' },
  },
  currentVersionOptions: {
    options: () => ({ currentVersionOptions: { description: 'mine', removalPolicy: RemovalPolicy.DESTROY } }),
    type: 'AWS::Lambda::Version',
    properties: { Description: 'mine' },
  },
  deadLetterQueue: {
    options: (stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Mine') }),
    properties: { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } } },
  },
  deadLetterTopic: {
    options: (stack) => ({ deadLetterTopic: new sns.Topic(stack, 'Mine') }),
    properties: { DeadLetterConfig: { TargetArn: { Ref: Match.stringLikeRegexp('^Mine') } } },
  },
  description: { options: () => ({ description: 'text' }), properties: { Description: 'text' } },
  durableConfig: {
    options: () => ({ durableConfig: { executionTimeout: Duration.hours(1), retentionPeriod: Duration.days(2) } }),
    properties: { DurableConfig: { ExecutionTimeout: 3600, RetentionPeriodInDays: 2 } },
  },
  environment: {
    options: () => ({ environment: { COLOR: 'red' } }),
    properties: { Environment: { Variables: { COLOR: 'red' } } },
  },
  environmentEncryption: {
    options: (stack) => ({ environmentEncryption: new kms.Key(stack, 'Mine') }),
    properties: { KmsKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } },
  },
  ephemeralStorageSize: {
    options: () => ({ ephemeralStorageSize: Size.gibibytes(1) }),
    properties: { EphemeralStorage: { Size: 1024 } },
  },
  events: {
    options: (stack) => ({ events: [new sources.SqsEventSource(new sqs.Queue(stack, 'Mine'))] }),
    type: 'AWS::Lambda::EventSourceMapping',
    properties: { EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } },
  },
  filesystem: {
    options: (stack) => {
      const vpc = newVpc(stack);
      const point = new efs.FileSystem(stack, 'Files', { vpc }).addAccessPoint('Point');
      return { vpc, filesystem: lambda.FileSystem.fromEfsAccessPoint(point, '/mnt/files') };
    },
    properties: { FileSystemConfigs: [Match.objectLike({ LocalMountPath: '/mnt/files' })] },
  },
  functionName: { options: () => ({ functionName: 'mine' }), properties: { FunctionName: 'mine' } },
  initialPolicy: {
    options: () => ({ initialPolicy: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] })] }),
    type: 'AWS::IAM::Policy',
    properties: { PolicyDocument: { Statement: [Match.objectLike({ Action: 's3:GetObject' })] } },
  },
  insightsVersion: {
    options: () => ({ insightsVersion: lambda.LambdaInsightsVersion.VERSION_1_0_229_0 }),
    properties: { Layers: layersLike('LambdaInsightsExtension-Arm64') },
  },
  ipv6AllowedForDualStack: {
    options: (stack) => ({ vpc: newVpc(stack), ipv6AllowedForDualStack: true }),
    properties: { VpcConfig: { Ipv6AllowedForDualStack: true } },
  },
  layers: {
    options: (stack) => ({
      layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'L', 'arn:aws:lambda:eu-west-1:123456789012:layer:l:1')],
    }),
    properties: { Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:l:1'] },
  },
  logGroup: {
    options: (stack) => ({ logGroup: new logs.LogGroup(stack, 'Mine') }),
    properties: { LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('^Mine') } } },
  },
  loggingFormat: {
    options: () => ({ loggingFormat: lambda.LoggingFormat.TEXT }),
    properties: { LoggingConfig: { LogFormat: 'Text' } },
  },
  logRemovalPolicy: {
    options: () => ({ logRemovalPolicy: RemovalPolicy.RETAIN }),
    type: 'AWS::Logs::LogGroup',
    properties: {},
  },
  logRetention: {
    options: () => ({ logRetention: logs.RetentionDays.ONE_DAY }),
    type: 'AWS::Logs::LogGroup',
    properties: { RetentionInDays: 1 },
  },
  maxEventAge: {
    options: () => ({ maxEventAge: Duration.minutes(5) }),
    type: invokeConfig,
    properties: { MaximumEventAgeInSeconds: 300 },
  },
  memorySize: { options: () => ({ memorySize: 512 }), properties: { MemorySize: 512 } },
  onFailure: {
    options: (stack) => ({ onFailure: new destinations.SqsDestination(new sqs.Queue(stack, 'Mine')) }),
    type: invokeConfig,
    properties: {
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } } },
    },
  },
  onSuccess: {
    options: (stack) => ({ onSuccess: new destinations.SqsDestination(new sqs.Queue(stack, 'Mine')) }),
    type: invokeConfig,
    properties: {
      DestinationConfig: { OnSuccess: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } } },
    },
  },
  paramsAndSecrets: {
    options: () => ({
      paramsAndSecrets: lambda.ParamsAndSecretsLayerVersion.fromVersion(lambda.ParamsAndSecretsVersions.V1_0_103, {
        cacheSize: 7,
      }),
    }),
    properties: {
      Layers: layersLike('AWS-Parameters-and-Secrets'),
      Environment: { Variables: { PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE: '7' } },
    },
  },
  profiling: {
    options: () => ({ source: python, profiling: true }),
    properties: { Environment: { Variables: { AWS_CODEGURU_PROFILER_ENABLED: 'TRUE' } } },
  },
  profilingGroup: {
    options: (stack) => ({
      source: python,
      profilingGroup: codeguruprofiler.ProfilingGroup.fromProfilingGroupName(stack, 'Group', 'mine'),
    }),
    properties: { Environment: { Variables: { AWS_CODEGURU_PROFILER_GROUP_NAME: 'mine' } } },
  },
  recursiveLoop: {
    options: () => ({ recursiveLoop: lambda.RecursiveLoop.ALLOW }),
    properties: { RecursiveLoop: 'Allow' },
  },
  reservedConcurrentExecutions: {
    options: () => ({ reservedConcurrentExecutions: 0 }),
    properties: { ReservedConcurrentExecutions: 0 },
  },
  retryAttempts: {
    options: () => ({ retryAttempts: 0 }),
    type: invokeConfig,
    properties: { MaximumRetryAttempts: 0 },
  },
  role: {
    options: (stack) => ({ role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }),
    properties: { Role: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } },
  },
  runtimeManagementMode: {
    options: () => ({ runtimeManagementMode: lambda.RuntimeManagementMode.FUNCTION_UPDATE }),
    properties: { RuntimeManagementConfig: { UpdateRuntimeOn: 'FunctionUpdate' } },
  },
  securityGroups: {
    options: (stack) => {
      const vpc = newVpc(stack);
      return { vpc, securityGroups: [new ec2.SecurityGroup(stack, 'Mine', { vpc })] };
    },
    properties: { VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'GroupId'] }] } },
  },
  snapStart: {
    options: () => ({ source: python, snapStart: lambda.SnapStartConf.ON_PUBLISHED_VERSIONS }),
    properties: { SnapStart: { ApplyOn: 'PublishedVersions' } },
  },
  systemLogLevelV2: {
    options: () => ({ systemLogLevelV2: lambda.SystemLogLevel.WARN }),
    properties: { LoggingConfig: { SystemLogLevel: 'WARN' } },
  },
  tenancyConfig: {
    options: () => ({ tenancyConfig: lambda.TenancyConfig.PER_TENANT }),
    properties: { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } },
  },
  timeout: { options: () => ({ timeout: Duration.seconds(9) }), properties: { Timeout: 9 } },
  tracing: { options: () => ({ tracing: lambda.Tracing.ACTIVE }), properties: { TracingConfig: { Mode: 'Active' } } },
  vpc: {
    options: (stack) => ({ vpc: newVpc(stack) }),
    properties: { VpcConfig: { SubnetIds: Match.arrayWith([{ Ref: Match.stringLikeRegexp('^VpcPrivateSubnet1') }]) } },
  },
  vpcSubnets: {
    options: (stack) => ({ vpc: newVpc(stack), vpcSubnets: { availabilityZones: ['dummy1b'] } }),
    properties: { VpcConfig: { SubnetIds: [{ Ref: Match.stringLikeRegexp('^VpcPrivateSubnet2') }] } },
  },
};

const cdkOptions = declaredOptions('aws-lambda/lib/function', 'FunctionOptions');
const refused = cdkOptions.filter((name) => name in FUNCTION_OPTION_REMEDIES);

test('every option of a function of the CDK is supported or refused', () => {
  expect(cdkOptions.length).toBeGreaterThan(40);
  expect([...cdkOptions].sort()).toEqual([...Object.keys(supported), ...refused].sort());
});

test.each(Object.entries(supported))('%s reaches the template', (_name, { options, type, properties }) => {
  const stack = newStack();
  const fn = new ManagedFunction(stack, 'Orders', { source, ...options(stack) });
  if (type === 'AWS::Lambda::Version') void fn.currentVersion.version;
  Template.fromStack(stack).hasResourceProperties(type ?? 'AWS::Lambda::Function', properties);
});

test.each(Object.entries(supported).filter(([name]) => name in FUNCTION_DEFAULTS))(
  '%s can be a default of a group',
  (name, { options, type, properties }) => {
    const stack = newStack();
    const { source: own = source, ...defaults } = options(stack);
    const group = new FunctionGroup(stack, 'Group', { defaults: defaults as Options });
    group.addFunction('Orders', { source: own });
    expect(Object.keys(defaults)).toContain(name);
    // The run tracker of the group needs permissions beside the initial policy.
    if (name !== 'initialPolicy') Template.fromStack(stack).hasResourceProperties(type ?? 'AWS::Lambda::Function', properties);
    else expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toContain('s3:GetObject');
  },
);

describe('an option that is refused', () => {
  test.each(refused.map((name) => [name, FUNCTION_OPTION_REMEDIES[name]]))('%s: %s', (name, remedy) => {
    expect(() => new ManagedFunction(newStack(), 'Orders', { source, [name as string]: 'x' })).toThrow(
      new Error(`'${name}' is not an option of the function 'Orders'; ${remedy} (at Stack)`),
    );
  });

  test('names all options if there is no other word for it', () => {
    const available = Object.keys({ ...FUNCTION_OPTIONS, group: true })
      .sort()
      .map((name) => `'${name}'`)
      .join(', ');
    expect(() => new ManagedFunction(newStack(), 'Orders', { source, ...{ memory: 128 } })).toThrow(
      new Error(`'memory' is not an option of the function 'Orders'; available: ${available} (at Stack)`),
    );
  });

  test('as a default of a group', () => {
    expect(() => new FunctionGroup(newStack(), 'Group', { defaults: { memorySize: 128, ...{ overlap: 1 } } })).toThrow(
      "'overlap' is not an option of the defaults of a FunctionGroup; set it for each function (at Stack/Group)",
    );
    expect(() => new FunctionGroup(newStack(), 'Group', { defaults: { memorySize: 128, ...{ memory: 1 } } })).toThrow(
      "'memory' is not an option of the defaults of a FunctionGroup; available: 'allowAllIpv6Outbound', ",
    );
  });

  test('passes when it is undefined', () => {
    expect(() => new ManagedFunction(newStack(), 'Orders', { source, ...{ memory: undefined } })).not.toThrow();
  });
});

describe('a role of the user', () => {
  const mine = (stack: Stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const actionsOf = (stack: Stack) => {
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => !JSON.stringify(Properties.Roles).includes('SchedulerRole'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[] }[]);
    return statements.flatMap(({ Action }) => Action).sort();
  };
  const needed = [
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'events:PutEvents',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'sqs:SendMessage',
  ];

  test('gets what the function needs, and keeps its managed policies', () => {
    const stack = newStack();
    const role = mine(stack);
    role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole'));
    new FunctionGroup(stack, 'Group').addFunction('Orders', { source, role });
    expect(actionsOf(stack)).toEqual(needed);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('AWSLambdaBasicExecutionRole');
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('gets what a VPC requires', () => {
    const stack = newStack();
    new ManagedFunction(stack, 'Orders', { source, role: mine(stack), vpc: newVpc(stack) });
    expect(actionsOf(stack)).toEqual(expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']));
  });

  test('gets what a durable function requires', () => {
    const stack = newStack();
    new ManagedFunction(stack, 'Orders', {
      source,
      role: mine(stack),
      durableConfig: { executionTimeout: Duration.hours(1) },
    });
    expect(actionsOf(stack)).toEqual(expect.arrayContaining(['lambda:CheckpointDurableExecution']));
  });

  test('can be one for all functions of a group', () => {
    const stack = newStack();
    const group = new FunctionGroup(stack, 'Group', { defaults: { role: mine(stack) } });
    for (const id of ['A', 'B']) group.addFunction(id, { source });
    // Beside it, there is the role of the group.
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 2);
    expect(actionsOf(stack)).toEqual(expect.arrayContaining(needed));
  });

  test('in another stack gets a policy in the stack of the function, so that the stacks do not depend on each other', () => {
    const app = new App({ context: skipBundling() });
    const role = mine(new Stack(app, 'Roles'));
    const stack = new Stack(app, 'Stack');
    new FunctionGroup(stack, 'Group').addFunction('Orders', { source, role });
    expect(() => app.synth()).not.toThrow();
    expect(actionsOf(stack)).toEqual(needed);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('cdk-katamari'));
  });

  test('that is imported gets a policy if it is of the same account', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::123456789012:role/mine');
    new FunctionGroup(stack, 'Group').addFunction('Orders', { source, role });
    expect(actionsOf(stack)).toEqual(needed);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test.each([
    ['of another account', (stack: Stack) => iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::210987654321:role/mine')],
    [
      'that is immutable',
      (stack: Stack) => iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::123456789012:role/mine', { mutable: false }),
    ],
    ['without policy updates', (stack: Stack) => mine(stack).withoutPolicyUpdates()],
  ])('%s cannot be changed: synth lists what it must allow', (_kind, role) => {
    const stack = newStack();
    new FunctionGroup(stack, 'Group').addFunction('Orders', { source, role: role(stack) });
    expect(actionsOf(stack)).toEqual([]);
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Group/Orders',
      `the role of 'Orders' is imported and cannot be changed, so it must already allow ${needed.join(', ')}; add these actions to its policies, or leave out 'role' [ack: cdk-katamari:immutableRole]`,
    );
  });
});

describe('the dead letters of a function', () => {
  test('go to its own queue with its own key, while undelivered events go to that of the group', () => {
    const stack = newStack();
    const deadLetterQueue = new sqs.Queue(stack, 'Mine', { encryption: sqs.QueueEncryption.KMS });
    const fn = new FunctionGroup(stack, 'Group').addFunction('Orders', { source, deadLetterQueue, on: ['a'] });
    expect(fn.deadLetterQueue).toBe(deadLetterQueue);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: Match.arrayWith([
              Match.objectLike({ Action: 'sqs:SendMessage' }),
              {
                Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
                Effect: 'Allow',
                Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^MineKey'), 'Arn'] },
              },
            ]),
          }),
        }),
      ],
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] } },
        }),
      ],
    });
  });

  test('go to a topic instead of the queue of the group', () => {
    const stack = newStack();
    const deadLetterTopic = new sns.Topic(stack, 'Mine', { masterKey: new kms.Key(stack, 'Key') });
    const fn = new FunctionGroup(stack, 'Group').addFunction('Orders', { source, deadLetterTopic });
    expect(fn.deadLetterTopic).toBe(deadLetterTopic);
    expect(fn.deadLetterQueue).toBeUndefined();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        Match.objectLike({
          PolicyDocument: Match.objectLike({
            Statement: Match.arrayWith([
              Match.objectLike({ Action: 'sns:Publish', Resource: { Ref: Match.stringLikeRegexp('^Mine') } }),
              Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
            ]),
          }),
        }),
      ],
    });
  });

  test('and the destinations of the user are kept at once', () => {
    const stack = newStack();
    const onFailure = new destinations.SqsDestination(new sqs.Queue(stack, 'Failed'));
    new FunctionGroup(stack, 'Group').addFunction('Orders', { source, onFailure });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GroupDeadLetters'), 'Arn'] } },
    });
    Template.fromStack(stack).hasResourceProperties(invokeConfig, {
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Failed'), 'Arn'] } } },
    });
  });
});

describe('options that do not go together', () => {
  const stack = newStack();
  const durable = { durableConfig: { executionTimeout: Duration.hours(1) } };
  const both = (rule: string) => `${rule}, got both for 'Orders'`;
  test.each([
    [{ functionName: 'mine', stage: 'prod' }, both('functionName is the whole name and must not be set with stage')],
    [
      { deadLetterQueue: new sqs.Queue(stack, 'Queue'), deadLetterTopic: new sns.Topic(stack, 'Topic') },
      both('deadLetterQueue must not be set with deadLetterTopic'),
    ],
    [
      { logGroup: new logs.LogGroup(stack, 'Logs'), logRetention: logs.RetentionDays.ONE_DAY },
      both('logRetention and logRemovalPolicy must be set on the logGroup instead of the function'),
    ],
    [
      { overlap: Overlap.queue(1), reservedConcurrentExecutions: 2 },
      both('reservedConcurrentExecutions must not be set with Overlap.queue, which reserves concurrent executions itself'),
    ],
    [
      { deadLetterQueue: new sqs.Queue(stack, 'Fifo', { fifo: true }) },
      "deadLetterQueue of 'Orders' must not be FIFO, which AWS cannot send dead letters to, got: 'Stack/Fifo'",
    ],
    [
      { deadLetterTopic: new sns.Topic(stack, 'FifoTopic', { fifo: true }) },
      "deadLetterTopic of 'Orders' must not be FIFO, which AWS cannot send dead letters to, got: 'Stack/FifoTopic'",
    ],
    [durable, 'durableConfig requires trackRuns: false, because Lambda invokes a durable function several times for one run'],
    [{ ...durable, trackRuns: false, on: ['a'] }, "durableConfig must not be set with 'on', which names no version, got both"],
    [{ ...durable, trackRuns: false, every: '5m' }, "durableConfig must not be set with 'every', which names no version"],
    [
      { tenancyConfig: lambda.TenancyConfig.PER_TENANT, schedule: ScheduleExpression.rate(Duration.hours(1)) },
      "tenancyConfig must not be set with 'schedule', which names no tenant, got both for 'Orders'; leave out 'schedule' and invoke the function yourself",
    ],
    [
      { maxEventAge: Duration.seconds(59) },
      "maxEventAge of 'Orders' in seconds must be a whole number between 60 and 21600, got: 59",
    ],
    [{ maxEventAge: Duration.seconds(21_601) }, 'between 60 and 21600, got: 21601'],
    [{ reservedConcurrentExecutions: -1 }, "reservedConcurrentExecutions of 'Orders' must be a whole number between 0 and "],
  ] as [Partial<GroupFunctionOptions>, string][])('%#: %s', (options, message) => {
    const group = new FunctionGroup(newStack(), 'Group');
    expect(() => group.addFunction('Orders', { source, ...options })).toThrow(message);
  });
});

describe('options of a function over those of its group', () => {
  const properties = (defaults: FunctionDefaults, options: Options, stack: Stack) => {
    const fn = new FunctionGroup(stack, 'Group', { defaults }).addFunction('Orders', { source, ...options });
    const id = stack.getLogicalId(fn.node.defaultChild as lambda.CfnFunction);
    return Template.fromStack(stack).findResources('AWS::Lambda::Function')[id]?.Properties;
  };

  test('a VPC of its own takes no subnets and security groups of the other', () => {
    const stack = newStack();
    const vpc = newVpc(stack);
    const other = new ec2.Vpc(stack, 'Other', { maxAzs: 1 });
    const defaults = { vpc, securityGroups: [new ec2.SecurityGroup(stack, 'Shared', { vpc })], allowAllOutbound: undefined };
    const { SecurityGroupIds, SubnetIds } = properties(defaults, { vpc: other }, stack).VpcConfig;
    expect(JSON.stringify(SecurityGroupIds)).not.toContain('Shared');
    expect(SubnetIds).toEqual([{ Ref: expect.stringMatching(/^OtherPrivateSubnet1/) }]);
  });

  test('a retention of its own makes a log group of its own', () => {
    const stack = newStack();
    const defaults = { logGroup: new logs.LogGroup(stack, 'Shared') };
    const { LogGroup } = properties(defaults, { logRetention: logs.RetentionDays.ONE_DAY }, stack).LoggingConfig;
    expect(LogGroup.Ref).toMatch(/^GroupOrdersLogGroup/);
  });

  test('text as the format of its log takes no log levels', () => {
    const { LoggingConfig } = properties(
      { applicationLogLevelV2: lambda.ApplicationLogLevel.DEBUG },
      { loggingFormat: lambda.LoggingFormat.TEXT },
      newStack(),
    );
    expect(LoggingConfig).toEqual({ LogFormat: 'Text', LogGroup: expect.anything() });
  });

  test('layers are added to those of the group that support its runtime', () => {
    const stack = newStack();
    const layer = (id: string, compatibleRuntimes?: lambda.Runtime[]) =>
      lambda.LayerVersion.fromLayerVersionAttributes(stack, id, {
        layerVersionArn: `arn:aws:lambda:eu-west-1:123456789012:layer:${id}:1`,
        compatibleRuntimes,
      });
    const defaults = { layers: [layer('any'), layer('python', [lambda.Runtime.PYTHON_3_13]), layer('twice')] };
    const layers = [defaults.layers[2] as lambda.ILayerVersion, layer('own')];
    expect(properties(defaults, { layers }, stack).Layers.map((arn: string) => arn.split(':')[6])).toEqual([
      'any',
      'twice',
      'own',
    ]);
  });

  test('a container image takes no layers of the group', () => {
    const stack = newStack();
    const group = new FunctionGroup(stack, 'Group', {
      defaults: {
        layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'L', 'arn:aws:lambda:eu-west-1:123456789012:layer:l:1')],
        paramsAndSecrets: lambda.ParamsAndSecretsLayerVersion.fromVersion(lambda.ParamsAndSecretsVersions.V1_0_103),
      },
    });
    const image = ContainerImage.fromUri('123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1');
    group.addFunction('Model', { source: Source.image(image) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { PackageType: 'Image', Layers: Match.absent() });
  });

  test('statements for the role are added to those of the group', () => {
    const stack = newStack();
    const allow = (action: string) => [new iam.PolicyStatement({ actions: [action], resources: ['*'] })];
    properties({ initialPolicy: allow('s3:GetObject') }, { initialPolicy: allow('s3:PutObject') }, stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Action: 's3:GetObject' }), Match.objectLike({ Action: 's3:PutObject' })],
      },
    });
  });
});

test('a key for the environment can be used by the role', () => {
  const stack = newStack();
  new ManagedFunction(stack, 'Orders', { source, environmentEncryption: new kms.Key(stack, 'Key') });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    Policies: [
      Match.objectLike({
        PolicyDocument: Match.objectLike({
          Statement: Match.arrayWith([
            { Action: 'kms:Decrypt', Effect: 'Allow', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
          ]),
        }),
      }),
    ],
  });
});
