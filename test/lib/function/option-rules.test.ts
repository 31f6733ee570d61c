import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as logs from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  ContainerImage,
  type FunctionDefaults,
  FunctionGroup,
  type FunctionOptions,
  type GroupFunctionOptions,
  ManagedFunction,
  Overlap,
  Source,
} from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');
const newStack = () =>
  new Stack(new App({ context: skipBundling() }), 'Stack', { env: { account: '123456789012', region: 'eu-west-1' } });
const newVpc = (stack: Stack) => new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });

describe('a role of the user', () => {
  const mine = (stack: Stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const actionsOf = (stack: Stack) => {
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => !/SchedulerRole|Failures/.test(JSON.stringify(Properties.Roles)))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[] }[]);
    return statements.flatMap(({ Action }) => Action).sort();
  };
  const needed = [
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'events:PutEvents',
    'lambda:InvokeFunction',
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
    // Beside it, there are the role of the group and that of its recorder of failures.
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 3);
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
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
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
  const properties = (defaults: FunctionDefaults, options: Partial<FunctionOptions>, stack: Stack) => {
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
