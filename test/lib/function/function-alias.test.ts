import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ManagedFunction, type ShiftOptions, Source, TrafficShift } from '../../../lib';
import { skipBundling } from '../../../testing';

let stack: Stack;
let fn: ManagedFunction;
const inNewStack = (context: Record<string, unknown> = {}) => {
  stack = new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Stack');
  fn = new ManagedFunction(stack, 'Orders', { source: Source.typescript('test/fixtures/sources/named.ts') });
};
beforeEach(() => inNewStack());

test('an alias points to the current version, and older versions are retained', () => {
  const alias = fn.addTrafficAlias('live', { description: 'what users get', provisionedConcurrentExecutions: 2 });
  expect(alias.aliasName).toBe('live');
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Alias', {
    Name: 'live',
    Description: 'what users get',
    FunctionVersion: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersCurrentVersion'), 'Version'] },
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    RoutingConfig: Match.absent(),
  });
  template.hasResource('AWS::Lambda::Version', { DeletionPolicy: 'Retain' });
  template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
});

test('an alias has settings of its own for asynchronous invocations', () => {
  fn.addTrafficAlias('live', {
    retryAttempts: 1,
    maxEventAge: Duration.minutes(2),
    onFailure: new destinations.SqsDestination(new sqs.Queue(stack, 'Failed')),
    onSuccess: new destinations.SqsDestination(new sqs.Queue(stack, 'Done')),
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    Qualifier: { 'Fn::Select': [7, Match.anyValue()] },
    MaximumRetryAttempts: 1,
    MaximumEventAgeInSeconds: 120,
    DestinationConfig: {
      OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Failed'), 'Arn'] } },
      OnSuccess: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Done'), 'Arn'] } },
    },
  });
});

test.each([
  [{ retryAttempts: 3 }, 'retryAttempts of an alias must be a whole number between 0 and 2, got: 3'],
  [{ retryAttempts: -1 }, 'retryAttempts of an alias must be a whole number between 0 and 2, got: -1'],
  [
    { maxEventAge: Duration.seconds(59) },
    'maxEventAge of an alias in seconds must be a whole number between 60 and 21600, got: 59',
  ],
  [
    { maxEventAge: Duration.hours(7) },
    'maxEventAge of an alias in seconds must be a whole number between 60 and 21600, got: 25200',
  ],
])('an alias refuses %j', (options, message) => {
  expect(() => fn.addTrafficAlias('live', options)).toThrow(message);
});

test.each(['addTrafficAlias', 'addAlias'] as const)('a second alias of one name is rejected, after %s', (first) => {
  fn[first]('live');
  expect(() => fn.addTrafficAlias('live')).toThrow(
    new Error("alias names of a function must be unique, got twice: 'live' (at Stack/Orders)"),
  );
});

test('a change of the function publishes another version', () => {
  const version = () => Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Version'))[0];
  fn.addTrafficAlias('live');
  const before = version();
  inNewStack();
  fn.addEnvironment('AA', 'new');
  fn.addTrafficAlias('live');
  expect(version()).not.toBe(before);
});

describe('a split', () => {
  test.each([0, 0.9, 1])('sends %p of the traffic to an older version', (weight) => {
    fn.addTrafficAlias('live', { shift: TrafficShift.split('3', weight) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Alias', {
      FunctionVersion: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersCurrentVersion'), 'Version'] },
      RoutingConfig: { AdditionalVersionWeights: [{ FunctionVersion: '3', FunctionWeight: weight }] },
    });
  });

  test.each([-0.1, 1.1, Number.NaN])('with the weight %p is rejected', (weight) => {
    expect(() => TrafficShift.split('3', weight)).toThrow(new Error(`weight must be between 0 and 1, got: ${weight}`));
  });

  test.each(['$LATEST', '0', '', 'live', '1.5'])('with the version %j is rejected', (version) => {
    expect(() => TrafficShift.split(version, 0.1)).toThrow(
      new Error(`version must be the number of a published version, got: '${version}'`),
    );
  });
});

describe('a shift by CodeDeploy', () => {
  const shifted = (shift: TrafficShift) => {
    fn.addTrafficAlias('live', { shift });
    return Template.fromStack(stack);
  };

  test('is a canary of 10% for 5 minutes by default, which is rolled back if the deployment fails', () => {
    const template = shifted(TrafficShift.canary());
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', {
      ComputePlatform: 'Lambda',
      TrafficRoutingConfig: { Type: 'TimeBasedCanary', TimeBasedCanary: { CanaryPercentage: 10, CanaryInterval: 5 } },
    });
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE'] },
      AlarmConfiguration: Match.absent(),
    });
    template.hasResource('AWS::Lambda::Alias', {
      UpdatePolicy: { CodeDeployLambdaAliasUpdate: { ApplicationName: Match.anyValue(), DeploymentGroupName: Match.anyValue() } },
    });
  });

  test('can be linear, and is rolled back on an alarm', () => {
    const alarm = new cloudwatch.Alarm(stack, 'Errors', { metric: fn.metricErrors(), threshold: 1, evaluationPeriods: 1 });
    const template = shifted(TrafficShift.linear({ percent: 25, interval: Duration.minutes(1), alarms: [alarm] }));
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentConfig', {
      TrafficRoutingConfig: { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearPercentage: 25, LinearInterval: 1 } },
    });
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: Match.stringLikeRegexp('^Errors') } }] },
      AutoRollbackConfiguration: { Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] },
    });
  });

  test('is left out in a local run, which has no CodeDeploy', () => {
    inNewStack({ 'katamari:local': 'true' });
    const template = shifted(TrafficShift.canary());
    template.resourceCountIs('AWS::Lambda::Alias', 1);
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    template.resourceCountIs('AWS::CodeDeploy::DeploymentConfig', 0);
  });

  const minutes = (interval: number, percent?: number): ShiftOptions => ({ interval: Duration.minutes(interval), percent });
  const { canary, linear } = TrafficShift;
  test.each([
    [canary, { percent: 1 }],
    [canary, { percent: 99 }],
    [canary, minutes(1)],
    [canary, minutes(2880)],
    // Nine intervals of 320 minutes are 2 days.
    [linear, minutes(320, 10)],
    [linear, minutes(2880, 50)],
  ])('%p accepts %j', (shift, options) => {
    expect(() => shift(options)).not.toThrow();
  });

  test.each([
    [canary, { percent: 0 }, 'percent of a shift must be a whole number between 1 and 99, got: 0'],
    [canary, { percent: 100 }, 'percent of a shift must be a whole number between 1 and 99, got: 100'],
    [linear, { percent: 1.5 }, 'percent of a shift must be a whole number between 1 and 99, got: 1.5'],
    [canary, minutes(0), 'interval of a shift in minutes must be a whole number between 1 and 2880, got: 0'],
    [canary, minutes(2881), 'interval of a shift in minutes must be a whole number between 1 and 2880, got: 2881'],
    [linear, minutes(321, 10), 'interval of a shift in minutes must be a whole number between 1 and 320, got: 321'],
    [
      canary,
      { interval: Duration.seconds(90) },
      'interval of a shift in minutes must be a whole number between 1 and 2880, got: 1.5',
    ],
  ])('%p rejects %j', (shift, options, message) => {
    expect(() => shift(options)).toThrow(new Error(message));
  });
});

describe('the name', () => {
  test.each(['a', 'live_2-b', 'a'.repeat(128)])('%s is taken', (name) => {
    expect(fn.addTrafficAlias(name).aliasName).toBe(name);
  });
  test.each(['', '12', 'a b', '$LATEST', 'a'.repeat(129)])('%j is rejected', (name) => {
    expect(() => fn.addTrafficAlias(name)).toThrow(
      new Error(
        `the name of an alias must have 1 to 128 letters, digits, '-' and '_', and not only digits, got: '${name}' (at Stack/Orders)`,
      ),
    );
  });
});

test('a number of provisioned executions below 1 is rejected', () => {
  expect(() => fn.addTrafficAlias('live', { provisionedConcurrentExecutions: 0 })).toThrow(
    /^provisionedConcurrentExecutions must be a whole number between 1 and \d+, got: 0 /,
  );
});
