import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvalidParameterError, LambdaAdapter, type LambdaAdapterOptions } from '../../../../lambda/runtime';
import { lambdaClientOf } from '../../../../lambda/runtime/adapter/lambda-clients';
import { settingsOf } from '../../../../lambda/runtime/adapter/settings';
import { ENV_MODULES } from '../../../../lib/invoker/constants';
import { OK, queues, request, returns, useLambdaStub } from './lambda-stub';

const lambda = useLambdaStub();
const ENV = { AWS_REGION: 'eu-central-1' };
const target = { functionName: 'payments', moduleName: 'payments' };
const settings = (options: object = {}, env: NodeJS.ProcessEnv = ENV) =>
  settingsOf({ ...target, ...options } as LambdaAdapterOptions, env);
const refusalOf = (options: object, env?: NodeJS.ProcessEnv) => {
  try {
    settings(options, env);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidParameterError);
    return (error as Error).message;
  }
  return undefined;
};

test('the defaults are the same as in the original', () => {
  expect(settings()).toMatchObject({
    moduleVersion: '1.0.0',
    functionName: 'payments',
    region: 'eu-central-1',
    invocationType: 'RequestResponse',
    maxRetries: 3,
    initialRetryDelayMs: 500,
    maxRetryDelayMs: 30_000,
    connectionTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    jitter: 'full',
    requiredScopes: [],
    breaker: { failures: 3, halfOpenAfterMs: 30_000 },
  });
  expect([...settings().retryable]).toEqual([
    'ThrottlingException',
    'TooManyRequestsException',
    'ServiceUnavailableException',
    'RequestLimitExceeded',
  ]);
});

test.each([
  ['maxRetries', 0, 20],
  ['initialRetryDelayMs', 1, 900_000],
  ['maxRetryDelayMs', 1, 900_000],
  ['connectionTimeoutMs', 1, 900_000],
  ['requestTimeoutMs', 1, 900_000],
  ['deadlineMarginMs', 0, 60_000],
  ['maxSockets', 1, 10_000],
])('%s is a whole number from %i to %i', (name, min, max) => {
  const others = { initialRetryDelayMs: 1, maxRetryDelayMs: 900_000 };
  for (const value of [min, max]) expect(settings({ ...others, [name]: value })).toMatchObject({ [name]: value });
  for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, '3', null]) {
    const shown = typeof value === 'string' ? `'${value}'` : String(value);
    expect(refusalOf({ ...others, [name]: value })).toBe(
      `${name} must be a whole number between ${min} and ${max}, got: ${shown}`,
    );
  }
});

test.each([
  ['failures', 1, 1_000],
  ['halfOpenAfterMs', 1, 3_600_000],
])('%s of the breaker is a whole number from %i to %i', (name, min, max) => {
  for (const value of [min, max]) expect(settings({ breaker: { [name]: value } }).breaker).toMatchObject({ [name]: value });
  for (const value of [min - 1, max + 1]) {
    expect(refusalOf({ breaker: { [name]: value } })).toBe(
      `breaker.${name} must be a whole number between ${min} and ${max}, got: ${value}`,
    );
  }
});

const NAME_RULE = "function name must have 1 to 64 letters, digits, '-' and '_', or be an ARN, each with or without ':qualifier'";
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:payments';

test.each([
  [{ functionName: '' }, `${NAME_RULE}, got: ''`],
  [{ functionName: '   ' }, `${NAME_RULE}, got: '   '`],
  [{ functionName: undefined }, `${NAME_RULE}, got: undefined`],
  [{ functionName: 'x'.repeat(65) }, `${NAME_RULE}, got: '${'x'.repeat(65)}'`],
  [{ functionName: 'arn:aws:s3:::bucket' }, `${NAME_RULE}, got: 'arn:aws:s3:::bucket'`],
  [{ functionName: ARN, functionPrefix: 'shop-' }, `functionPrefix requires a function name instead of an ARN, got: '${ARN}'`],
  [
    { functionName: '123456789012:function:payments', functionPrefix: 'shop-' },
    "functionPrefix requires a function name instead of an ARN, got: '123456789012:function:payments'",
  ],
  [{ functionPrefix: 'a b' }, `${NAME_RULE}, got: 'a bpayments'`],
  [{ functionPrefix: 7 }, 'functionPrefix must be a string, got: 7'],
  [{ functionName: 'p', functionPrefix: 'x'.repeat(64) }, `${NAME_RULE}, got: '${'x'.repeat(64)}p'`],
  [{ moduleName: '' }, "moduleName must have 1 to 128 letters, digits, '_' and '-', got: ''"],
  [{ moduleName: 'pay ments' }, "moduleName must have 1 to 128 letters, digits, '_' and '-', got: 'pay ments'"],
  [{ moduleName: 'pay.ments' }, "moduleName must have 1 to 128 letters, digits, '_' and '-', got: 'pay.ments'"],
  [{ moduleName: 'x'.repeat(129) }, `moduleName must have 1 to 128 letters, digits, '_' and '-', got: '${'x'.repeat(129)}'`],
  [{ moduleName: 'payments\n' }, "moduleName must have 1 to 128 letters, digits, '_' and '-', got: 'payments\n'"],
  [{ moduleVersion: '' }, "moduleVersion must be a non-empty string, got: ''"],
  [{ region: '' }, "region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1', got: ''"],
  [{ region: 'Europe' }, "region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1', got: 'Europe'"],
  [{ functionName: ARN, region: 'us-east-1' }, "region must be the region of the ARN, 'eu-west-1', got: 'us-east-1'"],
  [{ invocationType: 'DryRun' }, "invocationType must be 'RequestResponse' or 'Event', got: 'DryRun'"],
  [{ invocationType: 'event' }, "invocationType must be 'RequestResponse' or 'Event', got: 'event'"],
  [{ jitter: 'some' }, "jitter must be 'full' or 'none', got: 'some'"],
  [{ initialRetryDelayMs: 31_000 }, 'maxRetryDelayMs must be at least initialRetryDelayMs, 31000, got: 30000'],
  [{ breaker: true }, 'breaker must be an object or false, got: true'],
  [{ breaker: null }, 'breaker must be an object or false, got: null'],
  [{ retryFunctionErrors: 'yes' }, "retryFunctionErrors must be true or false, got: 'yes'"],
  [{ retryBudget: 1 }, 'retryBudget must be true or false, got: 1'],
  [{ requiredScopes: 'community.read' }, "requiredScopes must be a list of non-empty strings, got: 'community.read'"],
  [{ requiredScopes: [''] }, 'requiredScopes must be a list of non-empty strings, got: [""]'],
  [{ alsoRetry: [7] }, 'alsoRetry must be a list of non-empty strings, got: [7]'],
  [{ healthTable: 'x' }, "healthTable must be a table name of 3 to 255 letters, digits and '_.-', or false, got: 'x'"],
  [{ endpoint: 'localhost:4566' }, "endpoint must be an http or https URL, got: 'localhost:4566'"],
  [{ assumeRole: {} }, 'assumeRole.roleArn must be the ARN of an IAM role, got: undefined'],
  [{ assumeRole: { roleArn: 'caller' } }, "assumeRole.roleArn must be the ARN of an IAM role, got: 'caller'"],
  [
    { assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/caller', externalId: 'x' } },
    "assumeRole.externalId must have 2 to 1224 letters, digits and '_+=,.@:/-', got: 'x'",
  ],
])('%j is rejected', (options, message) => {
  expect(refusalOf(options)).toBe(message);
});

test('missing options and a missing region are rejected', () => {
  expect(refusalOf({}, {})).toBe("region, AWS_REGION or AWS_DEFAULT_REGION must be a region code such as 'eu-west-1', got: none");
  expect(() => new LambdaAdapter(undefined as unknown as LambdaAdapterOptions)).toThrow(
    'the options of an adapter must be an object, got: undefined',
  );
});

test.each(['us-east-1', 'ap-southeast-5', 'us-gov-west-1', 'us-iso-east-1', 'cn-north-1', 'eusc-de-east-1', 'mx-central-1'])(
  '%s is a region',
  (region) => {
    expect(settings({ region }).region).toBe(region);
  },
);

test.each([
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'credentials',
  'aws_access_key_id',
  'aws_secret_access_key',
  'awsSessionToken',
])('%s in the options is rejected, because access keys do not belong in code', (name) => {
  expect(refusalOf({ [name]: 'value-of-it' })).toBe(
    `credentials must come from the role of the caller, or from assumeRole, got: '${name} in the options'`,
  );
});

test('the constructor rejects invalid options', () => {
  expect(() => lambda.adapter({ maxRetries: -1 })).toThrow('maxRetries must be a whole number between 0 and 20, got: -1');
});

test('the health table comes from the options or the environment, and false disables it', () => {
  const env = { ...ENV, KATAMARI_HEALTH_TABLE: 'health-of-all' };
  expect(settings().healthTable).toBeUndefined();
  expect(settings({}, env).healthTable).toBe('health-of-all');
  expect(settings({ healthTable: 'own' }, env).healthTable).toBe('own');
  expect(settings({ healthTable: false }, env).healthTable).toBeUndefined();
});

test('the SDK client has the connection timeout, the number of sockets, and no retries', async () => {
  const { client } = lambdaClientOf(settings({ connectionTimeoutMs: 123, maxSockets: 9 }));
  const handler = client.config.requestHandler as unknown as { configProvider: Promise<Record<string, unknown>> };
  const { httpsAgent } = await handler.configProvider;
  expect(httpsAgent).toMatchObject({ connectionMs: 123, maxSockets: 9, keepAlive: true });
  expect(await client.config.maxAttempts()).toBe(1);
});

describe('from the environment', () => {
  const modules = (value: unknown) => {
    process.env[ENV_MODULES] = JSON.stringify({ modules: value });
  };
  const behavior = () => ({ endpoint: lambda.stub.endpoint });

  test('an adapter uses the settings of the construct', async () => {
    modules({
      payments: {
        function: 'pay:live',
        prefix: 'shop-',
        region: 'eu-west-2',
        invocationType: 'Event',
        version: '2.1.0',
        scopes: ['pay'],
        maxRetries: 1,
        initialRetryDelayMs: 5,
        maxRetryDelayMs: 6,
        connectionTimeoutMs: 7,
        requestTimeoutMs: 8,
      },
      other: { function: 'other' },
    });
    expect(LambdaAdapter.moduleNames()).toEqual(['payments', 'other']);
    const adapter = LambdaAdapter.fromEnvironment('payments', behavior());
    expect(adapter.moduleName).toBe('payments');
    expect(await adapter.moduleInfo()).toMatchObject({
      name: 'payments',
      version: '2.1.0',
      type: 'lambda_adapter',
      functionName: 'shop-pay:live',
      region: 'eu-west-2',
      invocationType: 'Event',
      requiredScopes: ['pay'],
      maxRetries: 1,
      connectionTimeoutMs: 7,
      requestTimeoutMs: 8,
      health: { isHealthy: true, totalRequests: 0, errorRate: 0, lastSuccess: null, lastFailure: null },
    });
  });

  test('options of the caller override the settings of the construct', async () => {
    modules({ payments: { function: 'pay' } });
    lambda.stub.script(queues);
    const adapter = LambdaAdapter.fromEnvironment('payments', { ...behavior(), invocationType: 'Event' });
    expect((await adapter.execute(request())).success).toBe(true);
    expect(lambda.stub.invocations[0]).toMatchObject({ functionName: 'pay', invocationType: 'Event' });
  });

  test('an undefined option does not override the settings of the construct', async () => {
    modules({ payments: { function: 'pay', scopes: ['pay'] } });
    const options = { ...behavior(), requiredScopes: undefined } as ReturnType<typeof behavior>;
    const adapter = LambdaAdapter.fromEnvironment('payments', options);
    expect((await adapter.moduleInfo()).requiredScopes).toEqual(['pay']);
  });

  test.each(['refunds', 'constructor', '__proto__', 'toString'])("a module '%s' that is not there is refused", (name) => {
    modules({ payments: { function: 'pay' }, other: { function: 'other' } });
    expect(() => LambdaAdapter.fromEnvironment(name)).toThrow(
      `module '${name}' not found in KATAMARI_MODULES; available: 'payments', 'other'`,
    );
  });

  test.each([
    [undefined, 'KATAMARI_MODULES must be JSON, got: undefined'],
    ['{"modules": ', 'KATAMARI_MODULES must be JSON, got: \'{"modules": \''],
    ['{}', "KATAMARI_MODULES must be an object with an object 'modules', got: '{}'"],
    ['null', "KATAMARI_MODULES must be an object with an object 'modules', got: 'null'"],
    ['{"modules": []}', `KATAMARI_MODULES must be an object with an object 'modules', got: '{"modules": []}'`],
    ['{"modules": {}}', "module 'payments' not found in KATAMARI_MODULES; available: none"],
    ['{"modules": {"payments": "pay"}}', "module 'payments' of KATAMARI_MODULES must be an object, got: 'pay'"],
    ['{"modules": {"payments": {"function": "a b"}}}', `${NAME_RULE}, got: 'a b'`],
    ['{"modules": {"payments": {}}}', "function of module 'payments' of KATAMARI_MODULES must be a string, got: undefined"],
    [
      '{"modules": {"payments": {"function": "pay", "scopes": ["a", 7]}}}',
      "scopes.1 of module 'payments' of KATAMARI_MODULES must be a string, got: 7",
    ],
    [
      '{"modules": {"payments": {"function": "pay", "invocationType": "DryRun"}}}',
      "invocationType of module 'payments' of KATAMARI_MODULES must be 'RequestResponse' or 'Event', got: 'DryRun'",
    ],
    [
      '{"modules": {"payments": {"function": "pay", "maxRetries": "3"}}}',
      "maxRetries of module 'payments' of KATAMARI_MODULES must be a number, got: '3'",
    ],
  ])('%p is rejected', (value, message) => {
    if (value === undefined) delete process.env[ENV_MODULES];
    else process.env[ENV_MODULES] = value;
    expect(() => LambdaAdapter.fromEnvironment('payments')).toThrow(message);
  });

  test.each(['accessKeyId', 'timeout', 'lambda', 'pause'])("a key '%s' that the construct never writes is refused", (key) => {
    modules({ payments: { function: 'pay', [key]: 1 } });
    expect(() => LambdaAdapter.fromEnvironment('payments')).toThrow(new RegExp(`must have only the keys .*, got: '${key}'`));
  });
});

describe('an assumed role', () => {
  test('signs the call with credentials that are requested once', async () => {
    const asked: { readonly body: string; readonly headers: IncomingHttpHeaders }[] = [];
    const sts = createServer(async (incoming, response) => {
      asked.push({ body: await text(incoming), headers: incoming.headers });
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.setHeader('content-type', 'text/xml');
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
        <Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
    await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
    try {
      lambda.stub.script(returns(OK));
      const assumeRole = { roleArn: 'arn:aws:iam::210987654321:role/callers/pay', externalId: 'katamari:7' };
      const adapter = lambda.adapter({ assumeRole });
      for (let call = 0; call < 3; call++) expect((await adapter.execute(request())).success).toBe(true);
      expect(asked).toHaveLength(1);
      expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toMatchObject({
        Action: 'AssumeRole',
        RoleArn: assumeRole.roleArn,
        ExternalId: 'katamari:7',
        RoleSessionName: 'katamari-adapter',
      });
      expect(asked[0]?.headers.authorization).toContain('Credential=caller/');
      for (const { headers } of lambda.stub.invocations) {
        expect(headers.authorization).toContain('Credential=ASSUMED/');
        expect(headers['x-amz-security-token']).toBe('token');
      }
    } finally {
      sts.closeAllConnections();
      sts.close();
    }
  });

  test('that cannot be assumed makes the call fail without retries', async () => {
    const sts = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end('<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>');
    });
    await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`;
    try {
      const adapter = lambda.adapter({ assumeRole: { roleArn: 'arn:aws:iam::210987654321:role/other' } });
      lambda.stub.script(returns(OK));
      const { error } = await adapter.execute(request());
      expect(error).toMatch(/\(AccessDenied\).*not you/);
      expect([lambda.stub.invocations.length, lambda.pauses.length]).toEqual([0, 0]);
    } finally {
      sts.closeAllConnections();
      sts.close();
    }
  });
});
