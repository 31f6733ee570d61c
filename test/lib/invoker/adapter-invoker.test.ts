import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AdapterInvoker, type AdapterInvokerProps, type AdapterModuleOptions, InvocationType, InvokerTarget } from '../../../lib';
import { ENV_MODULES, type ModuleConfig } from '../../../lib/invoker/constants';

const ENV = { account: '123456789012', region: 'eu-west-1' };
const ARN = 'arn:aws:lambda:us-east-1:210987654321:function:rates';
const NAMED = { target: InvokerTarget.name('rates') };

const newStack = (env?: { account: string; region: string }) => new Stack(new App(), 'Stack', { env });

function newFunction(stack: Stack, id: string, props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => 1;'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    ...props,
  });
}

/** A stack with one caller of the modules that are given. */
function withCaller(props: AdapterInvokerProps, stack = newStack(ENV)) {
  const invoker = new AdapterInvoker(stack, 'Modules', props);
  const caller = newFunction(stack, 'Caller');
  invoker.addTo(caller);
  return { stack, invoker, caller };
}

/** The policy statements of a function's role in the template, inline and attached. */
function statementsOf(stack: Stack, fn: lambda.Function): Record<string, unknown>[] {
  const role = stack.getLogicalId(fn.role?.node.defaultChild as iam.CfnRole);
  const inline = Template.fromStack(stack).findResources('AWS::IAM::Role')[role]?.Properties.Policies ?? [];
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes(`"${role}"`),
  );
  return [...inline, ...policies.map(({ Properties }) => Properties)].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function variablesOf(stack: Stack, fn: lambda.Function): Record<string, unknown> {
  const id = stack.getLogicalId(fn.node.defaultChild as lambda.CfnFunction);
  return Template.fromStack(stack).findResources('AWS::Lambda::Function')[id]?.Properties.Environment?.Variables ?? {};
}

/** What a caller is told of its modules, with `<Ref>` for what only the deploy knows. */
function modulesOf(stack: Stack, fn: lambda.Function): Record<string, ModuleConfig> {
  const value = variablesOf(stack, fn)[ENV_MODULES] as string | { 'Fn::Join': [string, unknown[]] };
  const text =
    typeof value === 'string'
      ? value
      : value['Fn::Join'][1]
          .map((part) => (typeof part === 'string' ? part : `<${JSON.stringify(part).replaceAll('"', '')}>`))
          .join('');
  return JSON.parse(text).modules;
}

const errorsOf = (stack: Stack): string => {
  try {
    Template.fromStack(stack);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a caller can invoke', () => {
  test('a function without its versions and aliases', () => {
    const stack = newStack();
    const { caller } = withCaller({ modules: { rates: { target: InvokerTarget.function(newFunction(stack, 'Rates')) } } }, stack);
    const arn = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Rates'), 'Arn'] };
    expect(statementsOf(stack, caller)).toEqual([
      { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Rates/), 'Arn'] } },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Resource: arn })] },
    });
    expect(modulesOf(stack, caller)).toEqual({
      rates: { function: expect.stringMatching(/^<\{Fn::GetAtt:\[Rates\w*,Arn\]\}>$/) },
    });
  });

  test('an alias without its function', () => {
    const stack = newStack();
    const alias = newFunction(stack, 'Rates').addAlias('live');
    const { caller } = withCaller({ modules: { rates: { target: InvokerTarget.function(alias) } } }, stack);
    const ref = { Ref: stack.getLogicalId(alias.node.defaultChild as lambda.CfnAlias) };
    expect(statementsOf(stack, caller)).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: ref }]);
    expect(modulesOf(stack, caller)).toEqual({ rates: { function: `<{Ref:${ref.Ref}}>` } });
  });

  test.each<[string, InvokerTarget, string, object]>([
    ['a name', InvokerTarget.name('rates'), 'eu-west-1:123456789012:function:rates', { function: 'rates' }],
    [
      'a name with an alias',
      InvokerTarget.name('rates:live'),
      'eu-west-1:123456789012:function:rates:live',
      { function: 'rates:live' },
    ],
    [
      'a name in another region',
      InvokerTarget.name('rates', { region: 'us-east-1' }),
      'us-east-1:123456789012:function:rates',
      { function: 'rates', region: 'us-east-1' },
    ],
    [
      'a prefix',
      InvokerTarget.prefix('choir-', 'rates'),
      'eu-west-1:123456789012:function:choir-*',
      { function: 'rates', prefix: 'choir-' },
    ],
    [
      'a prefix in another region',
      InvokerTarget.prefix('choir-', 'rates:3', { region: 'us-east-1' }),
      'us-east-1:123456789012:function:choir-*',
      { function: 'rates:3', prefix: 'choir-', region: 'us-east-1' },
    ],
  ])('%s', (_what, target, resource, config) => {
    const { stack, caller } = withCaller({ modules: { rates: { target } } });
    expect(statementsOf(stack, caller)).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:lambda:${resource}`]] },
      },
    ]);
    expect(modulesOf(stack, caller)).toEqual({ rates: config });
  });

  test.each([ARN, `${ARN}:live`, `${ARN}:$LATEST`, ARN.replace('aws', 'aws-us-gov').replace('us-east-1', 'us-gov-west-1')])(
    'the ARN %s',
    (arn) => {
      const { stack, caller } = withCaller({ modules: { rates: { target: InvokerTarget.arn(arn) } } });
      expect(statementsOf(stack, caller)).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: arn }]);
      expect(modulesOf(stack, caller)).toEqual({ rates: { function: arn } });
    },
  );

  test('only the modules that it names, including those that are added later', () => {
    const stack = newStack(ENV);
    const invoker = new AdapterInvoker(stack, 'Modules', { modules: { a: { target: InvokerTarget.name('fn-a') } } });
    const [some, all] = [newFunction(stack, 'Some'), newFunction(stack, 'All')];
    invoker.addTo(some, { modules: ['b'] });
    invoker.addTo(all);
    invoker.addModule('b', { target: InvokerTarget.name('fn-b') });
    invoker.addModule('c', { target: InvokerTarget.name('fn-c') });
    expect(modulesOf(stack, some)).toEqual({ b: { function: 'fn-b' } });
    expect(modulesOf(stack, all)).toEqual({ a: { function: 'fn-a' }, b: { function: 'fn-b' }, c: { function: 'fn-c' } });
    expect(JSON.stringify(statementsOf(stack, some)).match(/function:fn-\w/g)).toEqual(['function:fn-b']);
    expect(JSON.stringify(statementsOf(stack, all)).match(/function:fn-\w/g)).toEqual([
      'function:fn-a',
      'function:fn-b',
      'function:fn-c',
    ]);
  });

  test('in the grant that addTo returns, with the health of the modules', () => {
    const stack = newStack(ENV);
    const target = InvokerTarget.name('rates');
    const invoker = new AdapterInvoker(stack, 'Modules', { modules: { rates: { target } }, sharedHealth: true });
    const grant = invoker.addTo(newFunction(stack, 'Caller'));
    expect(grant.success).toBe(true);
    expect(grant.principalStatements.flatMap(({ actions }) => actions)).toEqual([
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'lambda:InvokeFunction',
    ]);
    expect(new AdapterInvoker(stack, 'Empty').addTo(newFunction(stack, 'Other')).success).toBe(false);
  });

  test('by a role of another account: to assume exactly that, and no function', () => {
    const stack = newStack(ENV);
    const assumeRole = iam.Role.fromRoleArn(stack, 'Theirs', 'arn:aws:iam::210987654321:role/calls');
    const target = InvokerTarget.name('rates');
    const { caller } = withCaller({ modules: { rates: { target, assumeRole, externalId: 'ours' } } }, stack);
    expect(statementsOf(stack, caller)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Resource: 'arn:aws:iam::210987654321:role/calls' },
    ]);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
    expect(modulesOf(stack, caller)).toEqual({
      rates: { function: 'rates', roleArn: 'arn:aws:iam::210987654321:role/calls', externalId: 'ours' },
    });
  });

  test('by a role of this app, which is then what may invoke the function', () => {
    const stack = newStack(ENV);
    const assumeRole = new iam.Role(stack, 'Calls', { assumedBy: new iam.AccountRootPrincipal() });
    const { caller } = withCaller({ modules: { rates: { ...NAMED, assumeRole } } }, stack);
    const role = stack.getLogicalId(assumeRole.node.defaultChild as iam.CfnRole);
    expect(statementsOf(stack, caller)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Resource: { 'Fn::GetAtt': [role, 'Arn'] } },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: 'lambda:InvokeFunction' })] },
      Roles: [{ Ref: role }],
    });
  });
});

describe('what a caller is told', () => {
  test('everything that a module says', () => {
    const { stack, caller } = withCaller({
      modules: {
        rates: {
          ...NAMED,
          invocationType: InvocationType.EVENT,
          version: '2.0.0',
          scopes: ['community.read', 'community.write'],
          maxRetries: 5,
          initialRetryDelay: Duration.seconds(1),
          maxRetryDelay: Duration.minutes(1),
          connectionTimeout: Duration.millis(1500),
          requestTimeout: Duration.seconds(5),
        },
      },
    });
    expect(modulesOf(stack, caller)).toEqual({
      rates: {
        function: 'rates',
        invocationType: 'Event',
        version: '2.0.0',
        scopes: ['community.read', 'community.write'],
        maxRetries: 5,
        initialRetryDelayMs: 1000,
        maxRetryDelayMs: 60_000,
        connectionTimeoutMs: 1500,
        requestTimeoutMs: 5000,
      },
    });
  });

  test('nothing else, and no keys: there is no place for them', () => {
    const { stack, caller } = withCaller({ modules: { rates: NAMED } });
    expect(variablesOf(stack, caller)).toEqual({ [ENV_MODULES]: '{"modules":{"rates":{"function":"rates"}}}' });
    expect(() => withCaller({ modules: { rates: { ...NAMED, accessKeyId: 'AKIA' } as AdapterModuleOptions } })).toThrow(
      "'accessKeyId' is not an option of module 'rates'; available: 'assumeRole', ",
    );
  });

  test('modules of any name that the rule allows', () => {
    const names = ['Health', 'Gateway', 'Resource', 'constructor', 'a', 'x'.repeat(128)];
    const stack = newStack(ENV);
    const invoker = new AdapterInvoker(stack, 'Modules', { gateway: {} });
    for (const name of names) invoker.addModule(name, NAMED);
    expect(Object.keys(modulesOf(stack, invoker.gateway as lambda.Function))).toEqual(names);
  });
});

describe('shared health', () => {
  test('does not exist by default', () => {
    const { stack, invoker, caller } = withCaller({ modules: { rates: NAMED } });
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 0);
    expect(invoker.healthTable).toBeUndefined();
    expect(Object.keys(variablesOf(stack, caller))).toEqual([ENV_MODULES]);
  });

  test('is a table, of which a caller may read and update the items of its modules', () => {
    const { stack, invoker, caller } = withCaller({ modules: { rates: NAMED }, sharedHealth: true });
    invoker.addModule('later', { target: InvokerTarget.name('later') });
    const template = Template.fromStack(stack);
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    });
    const [table] = Object.keys(template.findResources('AWS::DynamoDB::Table'));
    expect(statementsOf(stack, caller)).toContainEqual({
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': [table, 'Arn'] },
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['MODULE#rates', 'MODULE#later'] } },
    });
    expect(variablesOf(stack, caller)).toMatchObject({ KATAMARI_HEALTH_TABLE: { Ref: table } });
  });

  test('its table may be kept', () => {
    const { stack } = withCaller({ modules: { rates: NAMED }, sharedHealth: true, removalPolicy: RemovalPolicy.RETAIN });
    Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
  });

  test('may have a table of the user’s, with its key', () => {
    const stack = newStack(ENV);
    const key = new kms.Key(stack, 'Key');
    const healthTable = new dynamodb.Table(stack, 'Own', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      encryptionKey: key,
    });
    const { invoker, caller } = withCaller({ modules: { rates: NAMED }, healthTable }, stack);
    expect(invoker.healthTable).toBe(healthTable);
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 1);
    expect(statementsOf(stack, caller).map(({ Action }) => Action)).toEqual([
      expect.arrayContaining(['kms:Decrypt']),
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      'lambda:InvokeFunction',
    ]);
  });

  test.each<[string, AdapterInvokerProps]>([
    ['gateway, which reads it', { gateway: {} }],
    ['healthTable', { healthTable: {} as dynamodb.ITable }],
  ])('can’t be switched off with a %s', (what, props) => {
    expect(() => new AdapterInvoker(newStack(), 'Modules', { ...props, sharedHealth: false })).toThrow(
      `sharedHealth must not be false with a ${what}, got: false (at Stack/Modules)`,
    );
  });
});

describe('alarms', () => {
  test('each module has one, also one that comes later, and callers log the metric', () => {
    const stack = newStack(ENV);
    const topic = new sns.Topic(stack, 'Topic');
    const { invoker, caller } = withCaller(
      { modules: { rates: NAMED }, unhealthyAlarms: true, alarmActions: [new SnsAction(topic)] },
      stack,
    );
    const later = invoker.addModule('later', { target: InvokerTarget.name('later') });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
    // A row of failures may be spread over many processes.
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    expect(variablesOf(stack, caller)).toHaveProperty('KATAMARI_HEALTH_TABLE');
    const namespace = invoker.metricNamespace as string;
    expect(namespace).toMatch(/^Stack-Modules-[0-9A-F]{8}$/);
    for (const Value of ['rates', 'later']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: namespace,
        MetricName: 'ConsecutiveFailures',
        Dimensions: [{ Name: 'Module', Value }],
        Statistic: 'Maximum',
        Period: 60,
        Threshold: 3,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        EvaluationPeriods: 5,
        DatapointsToAlarm: 1,
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: stack.getLogicalId(topic.node.defaultChild as sns.CfnTopic) }],
      });
    }
    expect(variablesOf(stack, caller)).toMatchObject({ KATAMARI_HEALTH_NAMESPACE: namespace });
    expect(invoker.module('later')).toBe(later);
    expect(later.unhealthyAlarm?.alarmName).toBeDefined();
  });

  test('without them there is none, and no metric', () => {
    const { stack, invoker } = withCaller({ modules: { rates: NAMED } });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
    const module = invoker.module('rates');
    expect(module.unhealthyAlarm).toBeUndefined();
    expect(() => module.metricConsecutiveFailures()).toThrow(
      "the metric of module 'rates' requires metricNamespace or unhealthyAlarms of the invoker, got: neither (at Stack/Modules/Module-rates)",
    );
  });

  test.each(['a', 'Own/Name_1.2-#: x', 'n'.repeat(255)])(
    'the metric may be had without them, in namespace %s',
    (metricNamespace) => {
      const { stack, invoker, caller } = withCaller({ modules: { rates: NAMED }, metricNamespace });
      expect(variablesOf(stack, caller)).toMatchObject({ KATAMARI_HEALTH_NAMESPACE: metricNamespace });
      expect(invoker.module('rates').metricConsecutiveFailures({ period: Duration.minutes(5) })).toMatchObject({
        namespace: metricNamespace,
        metricName: 'ConsecutiveFailures',
        dimensions: { Module: 'rates' },
        statistic: 'Maximum',
        period: Duration.minutes(5),
      });
    },
  );

  test.each(['', 'AWS/Lambda', 'a|b', 'n'.repeat(256)])('the namespace %s is rejected', (metricNamespace) => {
    expect(() => new AdapterInvoker(newStack(), 'Modules', { metricNamespace })).toThrow(
      `metricNamespace must have 1 to 255 letters, digits, spaces and '_.-/#:', and must not start with 'AWS/', got: '${metricNamespace}' (at Stack/Modules)`,
    );
  });

  test('actions without alarms are rejected', () => {
    const stack = newStack();
    const alarmActions = [new SnsAction(new sns.Topic(stack, 'Topic'))];
    expect(() => new AdapterInvoker(stack, 'Modules', { alarmActions })).toThrow(
      'alarmActions requires unhealthyAlarms: true (at Stack/Modules)',
    );
  });
});

describe('the gateway', () => {
  test('calls every module, and has a URL that asks for IAM', () => {
    const stack = newStack(ENV);
    const invoker = new AdapterInvoker(stack, 'Modules', { modules: { rates: NAMED }, gateway: {} });
    invoker.addModule('later', { target: InvokerTarget.name('later') });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    template.hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.handler', MemorySize: 512, Timeout: 60 });
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::Lambda::Permission', 0);
    const gateway = invoker.gateway as lambda.Function;
    expect(Object.keys(modulesOf(stack, gateway))).toEqual(['rates', 'later']);
    expect(statementsOf(stack, gateway).map(({ Action }) => Action)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      'lambda:InvokeFunction',
      'lambda:InvokeFunction',
    ]);
  });

  test('grantInvokeUrl gives both permissions that the URL takes', () => {
    const stack = newStack(ENV);
    const invoker = new AdapterInvoker(stack, 'Modules', { modules: { rates: NAMED }, gateway: {} });
    const web = newFunction(stack, 'Web');
    invoker.gatewayUrl?.grantInvokeUrl(web);
    const arn = { 'Fn::GetAtt': [stack.getLogicalId(invoker.gateway?.node.defaultChild as lambda.CfnFunction), 'Arn'] };
    expect(statementsOf(stack, web)).toEqual([
      {
        Action: 'lambda:InvokeFunctionUrl',
        Effect: 'Allow',
        Resource: arn,
        Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
      },
      {
        Action: 'lambda:InvokeFunction',
        Effect: 'Allow',
        Resource: arn,
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
      },
    ]);
  });

  test('can have no URL and other options', () => {
    const stack = newStack(ENV);
    const gateway = {
      url: false,
      name: 'gate',
      stage: 'prod',
      memorySize: 1024,
      timeout: Duration.minutes(5),
      tracing: lambda.Tracing.ACTIVE,
    };
    const invoker = new AdapterInvoker(stack, 'Modules', { modules: { rates: NAMED }, gateway });
    expect(invoker.gatewayUrl).toBeUndefined();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Url', 0);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'gate__prod',
      MemorySize: 1024,
      Timeout: 300,
      TracingConfig: { Mode: 'Active' },
    });
  });

  test('does not exist by default', () => {
    const { invoker } = withCaller({ modules: { rates: NAMED } });
    expect([invoker.gateway, invoker.gatewayUrl]).toEqual([undefined, undefined]);
  });
});

describe('rejects', () => {
  const add = (options: Partial<AdapterModuleOptions>) => () =>
    new AdapterInvoker(newStack(), 'I', { modules: { rates: { ...NAMED, ...options } } });

  test.each(['', 'a b', 'ä', 'a.b', 'a/b', 'x'.repeat(129)])('a module named %j', (name) => {
    const invoker = new AdapterInvoker(newStack(), 'I');
    expect(() => invoker.addModule(name, NAMED)).toThrow(
      `a module name must have 1 to 128 letters, digits, '_' and '-' that are known at synth, got: '${name}' (at Stack/I)`,
    );
  });

  test('a module whose name the CDK would lose', () => {
    expect(() => new AdapterInvoker(newStack(), 'I').addModule('__proto__', NAMED)).toThrow(
      "a module name must not be '__proto__', got: '__proto__' (at Stack/I)",
    );
  });

  test('two modules with the same name', () => {
    const invoker = new AdapterInvoker(newStack(), 'I', { modules: { rates: NAMED } });
    expect(() => invoker.addModule('rates', NAMED)).toThrow(
      "module names of an invoker must be unique, got twice: 'rates' (at Stack/I)",
    );
  });

  test('to name a module that it does not have', () => {
    expect(() => new AdapterInvoker(newStack(), 'I').module('x')).toThrow("module 'x' not found; available: none (at Stack/I)");
    expect(() => withCaller({ modules: { rates: NAMED, b: NAMED } }).invoker.module('x')).toThrow(
      "module 'x' not found; available: 'rates', 'b' (at Stack/Modules)",
    );
  });

  const ms = (what: string, got: number) =>
    `${what} of module 'rates' in milliseconds must be a whole number between 1 and 900000, got: ${got} (at Stack/I/Module-rates)`;
  test.each<[Partial<AdapterModuleOptions>, string]>([
    [
      { maxRetries: -1 },
      "maxRetries of module 'rates' must be a whole number between 0 and 20, got: -1 (at Stack/I/Module-rates)",
    ],
    [
      { maxRetries: 21 },
      "maxRetries of module 'rates' must be a whole number between 0 and 20, got: 21 (at Stack/I/Module-rates)",
    ],
    [
      { maxRetries: 1.5 },
      "maxRetries of module 'rates' must be a whole number between 0 and 20, got: 1.5 (at Stack/I/Module-rates)",
    ],
    [{ initialRetryDelay: Duration.millis(0) }, ms('initialRetryDelay', 0)],
    [{ initialRetryDelay: Duration.millis(0.5) }, ms('initialRetryDelay', 0.5)],
    [{ maxRetryDelay: Duration.millis(900_001) }, ms('maxRetryDelay', 900_001)],
    [{ connectionTimeout: Duration.millis(0) }, ms('connectionTimeout', 0)],
    [{ connectionTimeout: Duration.millis(900_001) }, ms('connectionTimeout', 900_001)],
    [{ requestTimeout: Duration.millis(0) }, ms('requestTimeout', 0)],
    [{ requestTimeout: Duration.millis(900_001) }, ms('requestTimeout', 900_001)],
    [
      { initialRetryDelay: Duration.seconds(31) },
      "maxRetryDelay of module 'rates' must be at least its initialRetryDelay (31000 ms), got: 30000 ms (at Stack/I/Module-rates)",
    ],
    [
      { maxRetryDelay: Duration.millis(499) },
      "maxRetryDelay of module 'rates' must be at least its initialRetryDelay (500 ms), got: 499 ms (at Stack/I/Module-rates)",
    ],
    [{ version: '' }, "version of module 'rates' must have 1 to 128 characters, got: '' (at Stack/I/Module-rates)"],
    [
      { version: 'v'.repeat(129) },
      `version of module 'rates' must have 1 to 128 characters, got: '${'v'.repeat(129)}' (at Stack/I/Module-rates)`,
    ],
    [{ scopes: ['a', ''] }, "scopes of module 'rates' must be non-empty strings, got: 'a', '' (at Stack/I/Module-rates)"],
    [{ externalId: 'ours' }, "externalId of module 'rates' requires assumeRole, got: 'ours' (at Stack/I/Module-rates)"],
  ])('%j', (options, message) => {
    expect(add(options)).toThrow(message);
  });

  test.each<Partial<AdapterModuleOptions>>([
    { maxRetries: 0 },
    { maxRetries: 20 },
    { initialRetryDelay: Duration.millis(1), maxRetryDelay: Duration.millis(1) },
    { initialRetryDelay: Duration.minutes(15), maxRetryDelay: Duration.minutes(15) },
    { connectionTimeout: Duration.millis(1), requestTimeout: Duration.millis(1) },
    { connectionTimeout: Duration.minutes(15), requestTimeout: Duration.minutes(15) },
    { version: 'v'.repeat(128) },
  ])('but takes %j', (options) => {
    expect(add(options)).not.toThrow();
  });

  test.each(['x', 'a b', 'x'.repeat(1225)])('the external id %s', (externalId) => {
    const stack = newStack();
    const assumeRole = iam.Role.fromRoleArn(stack, 'R', 'arn:aws:iam::210987654321:role/calls');
    expect(() => new AdapterInvoker(stack, 'I', { modules: { rates: { ...NAMED, assumeRole, externalId } } })).toThrow(
      `externalId of module 'rates' must have 2 to 1224 letters, digits and '_+=,.@:/-', got: '${externalId}' (at Stack/I/Module-rates)`,
    );
  });

  test('a caller of two invokers, and one that is added twice', () => {
    const { stack, invoker, caller } = withCaller({ modules: { rates: NAMED } });
    const message =
      'a function can be a caller of one invoker only, and only once, got: Stack/Caller, which is a caller of Stack/Modules';
    expect(() => invoker.addTo(caller)).toThrow(`${message} (at Stack/Modules)`);
    expect(() => new AdapterInvoker(stack, 'Other').addTo(caller)).toThrow(`${message} (at Stack/Other)`);
  });

  test('at synth, a caller that names a module which never came', () => {
    const stack = newStack();
    new AdapterInvoker(stack, 'I', { modules: { rates: NAMED } }).addTo(newFunction(stack, 'C'), { modules: ['rates', 'x'] });
    expect(errorsOf(stack)).toContain("module 'x' of caller Stack/C not found; available: 'rates'");
  });

  test('at synth, a caller without modules', () => {
    expect(errorsOf(withCaller({}).stack)).toContain('a caller must have at least one module, got: none for Stack/Caller');
  });

  const circle = (path: string) =>
    `callers and modules must not depend on each other in a circle, got: a circle through ${path}; pass \`modules\` to addTo`;

  test('at synth, a function that calls itself, also by an alias', () => {
    for (const targetOf of [(fn: lambda.Function) => fn, (fn: lambda.Function) => fn.addAlias('live')]) {
      const stack = newStack();
      const fn = newFunction(stack, 'Self');
      new AdapterInvoker(stack, 'I', { modules: { own: { target: InvokerTarget.function(targetOf(fn)) } } }).addTo(fn);
      expect(errorsOf(stack)).toContain(circle('Stack/Self'));
    }
  });

  test('at synth, functions that call each other; not where each names what it calls', () => {
    const build = (modules?: string[]) => {
      const stack = newStack();
      const [a, b] = [newFunction(stack, 'A'), newFunction(stack, 'B')];
      const invoker = new AdapterInvoker(stack, 'I', {
        modules: { a: { target: InvokerTarget.function(a) }, b: { target: InvokerTarget.function(b) }, rates: NAMED },
      });
      invoker.addTo(a, { modules: ['b'] });
      invoker.addTo(b, { modules: modules ?? ['a'] });
      return errorsOf(stack);
    };
    expect(build()).toContain(circle('Stack/A'));
    expect(build()).toContain(circle('Stack/B'));
    expect(build(['rates'])).toBe('');
  });

  test('at synth, an environment that is too large, and none that is not', () => {
    // {"modules":{"rates":{"function":"rates","version":"…"}}} and the name of the variable.
    const build = (bytes: number) => {
      const stack = newStack(ENV);
      const invoker = new AdapterInvoker(stack, 'I', { modules: { rates: NAMED } });
      const rest = `${ENV_MODULES}{"modules":{"rates":{"function":"rates"}}}PADDING`.length;
      invoker.addTo(newFunction(stack, 'C', { environment: { PADDING: 'x'.repeat(bytes - rest) } }));
      return errorsOf(stack);
    };
    expect(build(4096)).toBe('');
    expect(build(4097)).toContain(
      'the environment of a caller must have at most 4096 bytes including its modules, got at least: 4097 for Stack/C; pass fewer modules to addTo, or use a second function',
    );
  });

  test('at synth, too many functions that only the deploy knows', () => {
    const build = (count: number) => {
      const stack = newStack();
      const invoker = new AdapterInvoker(stack, 'I');
      for (let at = 0; at < count; at++) {
        invoker.addModule(`m${at}`, { target: InvokerTarget.function(newFunction(stack, `F${at}`)) });
      }
      invoker.addTo(newFunction(stack, 'C'));
      return errorsOf(stack);
    };
    expect(build(50)).toBe('');
    expect(build(60)).toContain('must have at most 4096 bytes including its modules, got at least: 4');
  });
});

describe('targets that are rejected', () => {
  const name =
    "a function name must have 1 to 64 letters, digits, '-' and '_', optionally followed by ':' and a version or alias";
  const arn =
    "a function ARN must be arn:aws:lambda:REGION:ACCOUNT:function:NAME, optionally followed by ':' and a version or alias";
  test.each<[string, () => InvokerTarget, string]>([
    ['no name', () => InvokerTarget.name(''), `${name}, got: ''`],
    ['a name of 65 characters', () => InvokerTarget.name('x'.repeat(65)), `${name}, got: '${'x'.repeat(65)}'`],
    ['an ARN as a name', () => InvokerTarget.name(ARN), `${name}, got: '${ARN}'`],
    ['a name that ends with a colon', () => InvokerTarget.name('rates:'), `${name}, got: 'rates:'`],
    ['a wildcard', () => InvokerTarget.name('*'), `${name}, got: '*'`],
    ['a name as an ARN', () => InvokerTarget.arn('rates'), `${arn}, got: 'rates'`],
    [
      'the ARN of a role',
      () => InvokerTarget.arn('arn:aws:iam::210987654321:role/r'),
      `${arn}, got: 'arn:aws:iam::210987654321:role/r'`,
    ],
    ['a wildcard at the end of an ARN', () => InvokerTarget.arn(`${ARN}*`), `${arn}, got: '${ARN}*'`],
    [
      'no prefix',
      () => InvokerTarget.prefix('', 'x'),
      "a function prefix must have 1 to 63 letters, digits, '-' and '_', got: ''",
    ],
    [
      'a prefix of 64 characters',
      () => InvokerTarget.prefix('x'.repeat(64), 'x'),
      `a function prefix must have 1 to 63 letters, digits, '-' and '_', got: '${'x'.repeat(64)}'`,
    ],
    [
      'a wildcard as a prefix',
      () => InvokerTarget.prefix('*', 'x'),
      "a function prefix must have 1 to 63 letters, digits, '-' and '_', got: '*'",
    ],
    [
      'a prefix with an ARN',
      () => InvokerTarget.prefix('p-', ARN),
      `a prefix requires a function name that is not an ARN, got: '${ARN}'`,
    ],
    [
      'a prefix and a name of 65 characters',
      () => InvokerTarget.prefix('p'.repeat(60), 'n'.repeat(5)),
      `a function name must have at most 64 characters including its prefix, got: '${'p'.repeat(60)}${'n'.repeat(5)}'`,
    ],
    [
      'a region that is none',
      () => InvokerTarget.name('x', { region: 'Europe' }),
      "region must be the code of a region such as 'eu-west-1', got: 'Europe'",
    ],
    [
      'a region that is none, with a prefix',
      () => InvokerTarget.prefix('p-', 'x', { region: '' }),
      "region must be the code of a region such as 'eu-west-1', got: ''",
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  });

  test.each<[string, () => InvokerTarget]>([
    ['a name of 64 characters', () => InvokerTarget.name('x'.repeat(64))],
    ['a version', () => InvokerTarget.name('rates:$LATEST')],
    ['a prefix and a name of 64 characters, with an alias', () => InvokerTarget.prefix('p'.repeat(63), 'n:live')],
  ])('but not %s', (_what, make) => {
    expect(make).not.toThrow();
  });
});
