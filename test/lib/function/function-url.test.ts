import { App, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ManagedFunction, Source, type UrlOptions } from '../../../lib';
import { skipBundling } from '../../../testing';

let stack: Stack;
let fn: ManagedFunction;
beforeEach(() => {
  stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  fn = new ManagedFunction(stack, 'Orders', { source: Source.typescript('test/fixtures/sources/named.ts') });
});

/** Constructs that can have a URL: a function or an alias. */
const holders: [string, (options?: UrlOptions) => lambda.FunctionUrl, object][] = [
  ['a function', (options) => fn.addUrl(options), { 'Fn::GetAtt': [Match.stringLikeRegexp('^Orders'), 'Arn'] }],
  ['an alias', (options) => fn.addTrafficAlias('live').addUrl(options), { Ref: Match.stringLikeRegexp('^OrdersAliaslive') }],
];

describe.each(holders)('%s', (_what, addUrl, arn) => {
  test('requires IAM by default, and grants no permissions', () => {
    addUrl();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM', Cors: Match.absent(), InvokeMode: Match.absent() });
    template.resourceCountIs('AWS::Lambda::Permission', 0);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('has both permissions and a warning if it is public', () => {
    addUrl({ public: true });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    template.resourceCountIs('AWS::Lambda::Permission', 2);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
      FunctionName: arn,
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
      FunctionName: arn,
    });
    Annotations.fromStack(stack).hasWarning(
      '*',
      Match.stringLikeRegexp('has a public URL: anyone on the internet can call it.*cdk-katamari:publicFunctionUrl'),
    );
  });

  test('grants both permissions to a caller', () => {
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
    addUrl().grantInvokeUrl(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^Caller') }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunctionUrl',
            Resource: arn,
            Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          },
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: arn,
            Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
          },
        ],
      },
    });
  });

  test('grants both permissions to a service', () => {
    addUrl().grantInvokeUrl(new iam.ServicePrincipal('cloudfront.amazonaws.com'));
    const template = Template.fromStack(stack);
    const Principal = 'cloudfront.amazonaws.com';
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'AWS_IAM',
      Principal,
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      InvokedViaFunctionUrl: true,
      Principal,
    });
  });

  test('applies CORS settings, and can stream responses', () => {
    addUrl({
      cors: {
        allowedOrigins: ['https://example.com'],
        allowedMethods: [lambda.HttpMethod.GET],
        allowedHeaders: ['x-a'],
        exposedHeaders: ['x-b'],
        allowCredentials: true,
        maxAge: Duration.minutes(1),
      },
      invokeMode: lambda.InvokeMode.RESPONSE_STREAM,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Url', {
      Cors: {
        AllowOrigins: ['https://example.com'],
        AllowMethods: ['GET'],
        AllowHeaders: ['x-a'],
        ExposeHeaders: ['x-b'],
        AllowCredentials: true,
        MaxAge: 60,
      },
      InvokeMode: 'RESPONSE_STREAM',
    });
  });

  test('has an output with its address', () => {
    addUrl();
    expect(Object.values(Template.fromStack(stack).findOutputs('*'))).toEqual([
      expect.objectContaining({ Value: { 'Fn::GetAtt': [expect.stringContaining('FunctionUrl'), 'FunctionUrl'] } }),
    ]);
  });

  test('has no output if it is disabled', () => {
    addUrl({ output: false });
    expect(Template.fromStack(stack).findOutputs('*')).toEqual({});
  });
});

test('a second URL of a function is rejected', () => {
  fn.addUrl();
  const message = "'Orders' must have at most one URL, got: a second one; use the first, or add an alias (at Stack/Orders)";
  expect(() => fn.addUrl({ public: true })).toThrow(new Error(message));
  expect(() => fn.addFunctionUrl()).toThrow(new Error(message));
});

test('a second URL of an alias is rejected', () => {
  const live = fn.addTrafficAlias('live');
  live.addUrl();
  expect(() => live.addUrl()).toThrow("'live' must have at most one URL, got: a second one; use the first, or add an alias");
});

describe("in the CDK's own words", () => {
  test('it asks for IAM, and prints nothing', () => {
    fn.addFunctionUrl();
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    expect(Template.fromStack(stack).findOutputs('*')).toEqual({});
  });

  test.each([
    ['a function', (options: lambda.FunctionUrlOptions) => fn.addFunctionUrl(options)],
    ['an alias', (options: lambda.FunctionUrlOptions) => fn.addTrafficAlias('live').addFunctionUrl(options)],
  ])('%s that is public is warned of', (_what, add) => {
    add({ authType: lambda.FunctionUrlAuthType.NONE, invokeMode: lambda.InvokeMode.RESPONSE_STREAM });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('has a public URL'));
  });
});

describe('a service that may call the URL', () => {
  const permissionsOf = (principal: string) =>
    Object.values(
      Template.fromStack(stack).findResources('AWS::Lambda::Permission', { Properties: { Principal: principal } }),
    ).map(({ Properties: { Action, InvokedViaFunctionUrl, SourceArn } }) => [Action, InvokedViaFunctionUrl, SourceArn]);
  const grantUrl = (url: lambda.FunctionUrl, scope: Construct, more: Partial<lambda.CfnPermissionProps> = {}) =>
    new lambda.CfnPermission(scope, 'Grant', {
      principal: 'cloudfront.amazonaws.com',
      action: 'lambda:InvokeFunctionUrl',
      functionName: url.functionArn,
      sourceArn: 'arn:aws:cloudfront::123456789012:distribution/D',
      ...more,
    });
  const both = [
    ['lambda:InvokeFunctionUrl', undefined, 'arn:aws:cloudfront::123456789012:distribution/D'],
    ['lambda:InvokeFunction', true, 'arn:aws:cloudfront::123456789012:distribution/D'],
  ];

  test('gets the second permission that the CDK does not grant it before 2.273', () => {
    grantUrl(fn.addUrl(), stack);
    expect(permissionsOf('cloudfront.amazonaws.com')).toEqual(both);
  });

  test('gets it once where the CDK grants it', () => {
    const url = fn.addUrl();
    const site = new cloudfront.Distribution(stack, 'Site', {
      defaultBehavior: { origin: FunctionUrlOrigin.withOriginAccessControl(url) },
    });
    const sourceArn = expect.objectContaining({ 'Fn::Join': ['', expect.arrayContaining([stack.resolve(site.distributionId)])] });
    expect(permissionsOf('cloudfront.amazonaws.com')).toEqual([
      ['lambda:InvokeFunctionUrl', undefined, sourceArn],
      ['lambda:InvokeFunction', true, sourceArn],
    ]);
  });

  test('gets it in the stage of the function, and for URLs of this library alone', () => {
    const app = new App({ context: skipBundling() });
    stack = new Stack(new Stage(app, 'Beta'), 'Stack');
    const source = Source.typescript('test/fixtures/sources/named.ts');
    for (const id of ['A', 'B']) grantUrl(new ManagedFunction(stack, id, { source }).addUrl(), new Construct(stack, `Site${id}`));
    const plain = new lambda.Function(stack, 'Plain', {
      code: lambda.Code.fromInline('x'),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
    });
    grantUrl(plain.addFunctionUrl(), stack, { principal: 'other.amazonaws.com' });
    expect(permissionsOf('cloudfront.amazonaws.com')).toHaveLength(4);
    expect(permissionsOf('other.amazonaws.com')).toHaveLength(1);
  });
});
