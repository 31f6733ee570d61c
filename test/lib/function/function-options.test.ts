import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as codeguruprofiler from 'aws-cdk-lib/aws-codeguruprofiler';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FunctionGroup, ManagedFunction, type ManagedFunctionProps, Source } from '../../../lib';
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
