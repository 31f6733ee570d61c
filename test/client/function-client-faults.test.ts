import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import {
  AccessDeniedError,
  ConflictError,
  CredentialsError,
  FunctionClient,
  FunctionClientError,
  FunctionFailedError,
  FunctionNotFoundError,
  IntegrityError,
  LayerClient,
  NotReadyError,
  PayloadTooLargeError,
  ResourceLimitError,
  ResourceNotFoundError,
  RunNotStartedError,
  ServiceError,
  ThrottledError,
} from '../../client';
import { InvalidParameterError, KatamariError } from '../../lambda/runtime';
import { spec } from './function-client-support';

const mock = mockClient(LambdaClient);
const lambda = new LambdaClient({ region: 'us-east-1' });
const client = new FunctionClient('orders', { lambda });
const ACTIVE = { FunctionName: 'orders', State: 'Active', LastUpdateStatus: 'Successful', RevisionId: '1' } as const;

/** Creates an error of the SDK, which code recognizes by its name. */
const fault = (name: string, message = 'what AWS says') =>
  Object.assign(new Error(message), { name, $metadata: { requestId: 'request-1', httpStatusCode: 400 } });
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );
const payload = (value: unknown) => Buffer.from(JSON.stringify(value)) as never;

beforeEach(() => {
  mock.reset();
  mock.on(GetFunctionConfigurationCommand).resolves(ACTIVE);
  mock.on(GetFunctionCommand).resolves({ Configuration: ACTIVE });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Advances the fake clock until a call that pauses between attempts has ended. */
async function fastForward<T>(call: () => Promise<T>): Promise<T> {
  jest.useFakeTimers();
  const running = call();
  running.catch(() => undefined);
  let done = false;
  void running.then(
    () => (done = true),
    () => (done = true),
  );
  for (let elapsedMs = 0; !done; elapsedMs += 500) {
    if (elapsedMs > 3_600_000) throw new Error('the call has not ended within an hour of the fake clock');
    await jest.advanceTimersByTimeAsync(500);
  }
  return running;
}

describe('errors', () => {
  test.each([
    ['ResourceNotFoundException', FunctionNotFoundError],
    ['AccessDeniedException', AccessDeniedError],
    ['ExpiredTokenException', CredentialsError],
    ['CredentialsProviderError', CredentialsError],
    ['TooManyRequestsException', ThrottledError],
    ['ThrottlingException', ThrottledError],
    ['ResourceConflictException', ConflictError],
    ['PreconditionFailedException', ConflictError],
    ['InvalidParameterValueException', InvalidParameterError],
    ['InvalidRequestContentException', InvalidParameterError],
    ['RequestTooLargeException', PayloadTooLargeError],
    ['CodeStorageExceededException', ResourceLimitError],
    ['PolicyLengthExceededException', ResourceLimitError],
    ['ResourceNotReadyException', NotReadyError],
    ['KMSAccessDeniedException', ServiceError],
    ['EFSMountTimeoutException', ServiceError],
    ['ServiceException', ServiceError],
    ['SomethingNew', ServiceError],
  ])('%s is a %p', async (name, kind) => {
    const cause = fault(name);
    mock.on(InvokeCommand).rejects(cause);
    const error = await caught(client.invoke());
    expect(error).toBeInstanceOf(kind);
    expect(error).toBeInstanceOf(FunctionClientError);
    expect(error).toBeInstanceOf(KatamariError);
    expect(error).toMatchObject({
      name: kind.name,
      message: "could not invoke function 'orders': what AWS says",
      code: name,
      requestId: 'request-1',
      cause,
    });
    expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  });

  test('error names are compared as a whole, not by prefix', async () => {
    mock.on(InvokeCommand).rejects(fault('AccessDeniedExceptionOfAnotherKind'));
    const error = await caught(client.invoke());
    expect(error).not.toBeInstanceOf(AccessDeniedError);
    expect(error).toBeInstanceOf(ServiceError);
  });

  test('a missing alias is not a missing function', async () => {
    mock.on(InvokeCommand).rejects(fault('ResourceNotFoundException'));
    expect((await caught(client.invoke())).name).toBe('FunctionNotFoundError');
    mock.rejects(fault('ResourceNotFoundException'));
    expect(await client.aliases.get('none')).toBeUndefined();
    const error = await caught(client.aliases.update('none', {}));
    expect(error).toBeInstanceOf(ResourceNotFoundError);
    expect(error).not.toBeInstanceOf(FunctionNotFoundError);
    expect(error.message).toBe("could not update alias 'none' of function 'orders': what AWS says");
  });

  // The errors are simulated, because a real error is created outside the sandbox of jest and fails the instanceof checks of the SDK.
  test.each([
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4566'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'ENOTFOUND'],
    [Object.assign(new Error('too slow'), { name: 'TimeoutError' }), 'TimeoutError'],
    [new Error('Region is missing'), 'Error'],
  ])('an error without an answer of AWS is a connection error: %p', async (cause, code) => {
    mock.on(InvokeCommand).callsFake(() => {
      throw cause;
    });
    const error = await caught(client.invoke());
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({
      message: `could not invoke function 'orders': ${cause.message}`,
      code,
      requestId: undefined,
      cause,
    });
    expect(error.remedy).toContain('region, the endpoint and the network');
  });
});

describe('invocations', () => {
  test('are sent only once, even if they fail; other calls are retried', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(500, { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceException' });
      response.end(JSON.stringify({ Message: 'a fault' }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    mock.restore();
    try {
      const { port } = server.address() as AddressInfo;
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const real = new FunctionClient('orders', { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
      for (const call of ['invoke', 'invokeRaw', 'invokeWithLogs', 'invokeAsync'] as const) {
        seen.length = 0;
        expect(await caught(real[call]({}))).toMatchObject({ name: 'ServiceError', code: 'ServiceException' });
        expect(seen).toEqual(['POST /2015-03-31/functions/orders/invocations']);
      }
      seen.length = 0;
      expect(await caught(real.configuration())).toBeInstanceOf(ServiceError);
      expect(seen).toHaveLength(3);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test.each([
    [{ errorType: 'ValueError', errorMessage: 'm', stackTrace: ['  File "app.py"'] }, 'ValueError', 'm', ['  File "app.py"']],
    [
      { errorType: 'RangeError', errorMessage: 'm', trace: ['RangeError: m', '  at f'] },
      'RangeError',
      'm',
      ['RangeError: m', '  at f'],
    ],
    [{ errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' }, 'Sandbox.Timedout', 'Task timed out', []],
    [{ errorMessage: 7 }, 'Error', '', []],
    ['text', 'Error', '', []],
    [null, 'Error', '', []],
  ])('the error has the available fields of the payload %j', async (errorPayload, errorType, errorMessage, stackTrace) => {
    mock.on(InvokeCommand).resolves({ FunctionError: 'Handled', Payload: payload(errorPayload), $metadata: { requestId: 'r' } });
    const error = await caught(client.invoke());
    expect(error).toBeInstanceOf(FunctionFailedError);
    expect(error).toMatchObject({
      errorType,
      errorMessage,
      stackTrace,
      functionError: 'Handled',
      payload: errorPayload,
      requestId: 'r',
    });
  });

  test('a result that is not JSON is returned as text, and an empty result as undefined', async () => {
    mock.on(InvokeCommand).resolves({ Payload: Buffer.from('<html>') as never });
    expect(await client.invoke()).toBe('<html>');
    mock.on(InvokeCommand).resolves({});
    expect(await client.invoke()).toBeUndefined();
  });

  test.each([
    [
      'START RequestId: r\na line\nREPORT RequestId: r\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 70 MB\tInit Duration: 150.25 ms\t\nXRAY TraceId: 1',
      { durationMs: 1.5, billedDurationMs: 2, memorySize: 512, maxMemoryUsed: 70, initDurationMs: 150.25 },
    ],
    [
      '{"message":"platform.report of mine"}\n{"time":"t","type":"platform.report","record":{"metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":512,"maxMemoryUsedMB":70}}}\n{"cut',
      { durationMs: 1.5, billedDurationMs: 2, memorySize: 512, maxMemoryUsed: 70, initDurationMs: undefined },
    ],
    ['a line of mine', undefined],
    ['REPORT RequestId: r', undefined],
  ])('the report is parsed from the end of the log: %#', async (logs, report) => {
    mock.on(InvokeCommand).resolves({ LogResult: Buffer.from(logs).toString('base64'), Payload: payload(1) });
    expect(await client.invokeWithLogs()).toMatchObject({ payload: 1, logs, report });
    expect(mock.commandCalls(InvokeCommand)[0]?.args[0].input).toMatchObject({
      LogType: 'Tail',
      InvocationType: 'RequestResponse',
    });
  });

  test('a dry run without permission returns the reason; other errors are thrown', async () => {
    mock.on(InvokeCommand).rejects(fault('AccessDeniedException', 'not authorized to perform: lambda:InvokeFunction'));
    expect(await client.dryRun()).toEqual({
      allowed: false,
      reason: "could not invoke function 'orders': not authorized to perform: lambda:InvokeFunction",
    });
    mock.on(InvokeCommand).rejects(fault('TooManyRequestsException'));
    await expect(client.dryRun()).rejects.toThrow(ThrottledError);
  });
});

describe('create', () => {
  const message = 'The role defined for the function cannot be assumed by Lambda.';

  test('retries while a new role is not yet usable', async () => {
    mock
      .on(CreateFunctionCommand)
      .rejectsOnce(fault('InvalidParameterValueException', message))
      .rejectsOnce(fault('InvalidParameterValueException', message))
      .resolves({});
    expect(await fastForward(() => client.create(spec()))).toMatchObject({ functionName: 'orders' });
    expect(mock.commandCalls(CreateFunctionCommand)).toHaveLength(3);
  });

  test('stops retrying if the role stays unusable', async () => {
    mock.on(CreateFunctionCommand).rejects(fault('InvalidParameterValueException', message));
    await expect(fastForward(() => client.create(spec()))).rejects.toThrow(InvalidParameterError);
    expect(mock.commandCalls(CreateFunctionCommand)).toHaveLength(6);
  });

  test('does not retry other invalid parameters or an existing function', async () => {
    for (const name of ['InvalidParameterValueException', 'ResourceConflictException']) {
      mock.on(CreateFunctionCommand).rejects(fault(name));
      await caught(client.create(spec()));
    }
    expect(mock.commandCalls(CreateFunctionCommand)).toHaveLength(2);
  });

  test('reports why a function does not become active', async () => {
    const failed = { ...ACTIVE, State: 'Failed', StateReason: 'The image is not there' } as const;
    mock.on(CreateFunctionCommand).resolves({});
    mock.on(GetFunctionConfigurationCommand).resolves(failed);
    mock.on(GetFunctionCommand).resolves({ Configuration: failed });
    const error = await caught(client.create(spec()));
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({
      message: "function 'orders' must become active, got: 'Failed': The image is not there",
      code: 'Failed',
    });
  });
});

describe('deploy', () => {
  test('updates a function that another client creates at the same time', async () => {
    mock.on(GetFunctionCommand).rejectsOnce(fault('ResourceNotFoundException')).resolves({ Configuration: ACTIVE });
    mock.on(CreateFunctionCommand).rejects(fault('ResourceConflictException'));
    expect(await client.deploy(spec())).toMatchObject({ created: false });
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)).toHaveLength(1);
  });
});

describe('update', () => {
  test('waits for the update of another client, and retries after a conflict', async () => {
    mock.on(UpdateFunctionConfigurationCommand).rejectsOnce(fault('ResourceConflictException')).resolves({});
    await fastForward(() => client.updateConfiguration({ timeout: 5 }));
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)).toHaveLength(2);
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)[1]?.args[0].input).toEqual({
      FunctionName: 'orders',
      Timeout: 5,
    });
  });

  test('stops retrying if other clients keep changing the function', async () => {
    mock.on(UpdateFunctionConfigurationCommand).rejects(fault('ResourceConflictException'));
    await expect(fastForward(() => client.updateConfiguration({ timeout: 5 }))).rejects.toThrow(ConflictError);
  });

  test('merges the environment with the variables at the time of the update', async () => {
    mock
      .on(GetFunctionConfigurationCommand)
      .resolvesOnce(ACTIVE)
      .resolvesOnce({ ...ACTIVE, Environment: { Variables: { FIRST: '1' } } })
      .resolvesOnce(ACTIVE)
      .resolves({ ...ACTIVE, RevisionId: '2', Environment: { Variables: { FIRST: '1', SECOND: '2' } } });
    mock.on(UpdateFunctionConfigurationCommand).rejectsOnce(fault('PreconditionFailedException')).resolves({});
    await fastForward(() => client.addEnvironment({ THIRD: '3' }));
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { FunctionName: 'orders', RevisionId: '1', Environment: { Variables: { FIRST: '1', THIRD: '3' } } },
      { FunctionName: 'orders', RevisionId: '2', Environment: { Variables: { FIRST: '1', SECOND: '2', THIRD: '3' } } },
    ]);
  });

  test('does not overwrite an environment that can’t be read', async () => {
    const Environment = { Error: { ErrorCode: 'AccessDeniedException', Message: 'no kms:Decrypt' } };
    mock.on(GetFunctionConfigurationCommand).resolves({ ...ACTIVE, Environment });
    await expect(client.addEnvironment({ THIRD: '3' })).rejects.toThrow(
      "could not add to the environment of function 'orders', because it can't be read: no kms:Decrypt",
    );
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)).toHaveLength(0);
  });

  test('keeps the log format and levels if only the log group changes', async () => {
    const LoggingConfig = { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', LogGroup: '/first' } as const;
    mock.on(GetFunctionConfigurationCommand).resolves({ ...ACTIVE, LoggingConfig });
    await client.updateConfiguration({ logGroup: '/second' });
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)[0]?.args[0].input).toEqual({
      FunctionName: 'orders',
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', LogGroup: '/second' },
    });
  });

  test('reports why it failed, or that it took too long', async () => {
    const failed = { ...ACTIVE, LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'no such subnet' } as const;
    mock.on(GetFunctionConfigurationCommand).resolves(failed);
    mock.on(GetFunctionCommand).resolves({ Configuration: failed });
    await expect(client.waitUntilUpdated()).rejects.toThrow(
      "function 'orders' must become updated, got: 'Failed': no such subnet",
    );
    const going = { ...ACTIVE, LastUpdateStatus: 'InProgress' } as const;
    mock.on(GetFunctionConfigurationCommand).resolves(going);
    mock.on(GetFunctionCommand).resolves({ Configuration: going });
    const error = await caught(client.waitUntilUpdated({ maxWaitTime: 1 }));
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({
      message: "function 'orders' must become updated within 1 seconds, got: 'InProgress'",
      code: 'TimeoutError',
    });
  });
});

test('deletes a public URL if its permissions cannot be added', async () => {
  mock.on(CreateFunctionUrlConfigCommand).resolves({ FunctionUrl: 'https://id.lambda-url.us-east-1.on.aws/' });
  mock.on(AddPermissionCommand).resolvesOnce({ Statement: '{}' }).rejects(fault('AccessDeniedException'));
  await expect(client.url.createPublic()).rejects.toThrow(AccessDeniedError);
  expect(mock.commandCalls(DeleteFunctionUrlConfigCommand)).toHaveLength(1);
  expect(mock.commandCalls(RemovePermissionCommand).map(({ args: [{ input }] }) => input.StatementId)).toEqual([
    'FunctionURLAllowPublicAccess',
    'FunctionURLInvokeAllowPublicAccess',
  ]);
});

test('waits until an event source is enabled, up to the timeout', async () => {
  const State = (state: string) => ({ UUID: 'u', State: state });
  mock
    .on(GetEventSourceMappingCommand)
    .resolvesOnce(State('Creating'))
    .resolvesOnce(State('Enabling'))
    .resolves(State('Enabled'));
  expect(await fastForward(() => client.eventSources.waitUntilEnabled('u'))).toMatchObject({ state: 'Enabled' });
  mock.on(GetEventSourceMappingCommand).resolves(State('Creating'));
  await expect(fastForward(() => client.eventSources.waitUntilEnabled('u', { maxWaitTime: 3 }))).rejects.toMatchObject({
    name: 'NotReadyError',
    code: 'TimeoutError',
    message: "event source mapping 'u' must become Enabled within 3 seconds, got: 'Creating'",
  });
});

test('deletes a downloaded layer with a wrong checksum', async () => {
  const server = createServer((_request, response) => response.end('changed on the way')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    mock.on(GetLayerVersionCommand).resolves({
      LayerVersionArn: 'arn:aws:lambda:us-east-1:1:layer:l:1',
      Content: { Location: `http://127.0.0.1:${port}/`, CodeSha256: 'what it was' },
    });
    const path = `${__dirname}/never-written.zip`;
    const error = await caught(new LayerClient('l', { lambda }).download(path, 1));
    expect(error).toBeInstanceOf(IntegrityError);
    expect(error.message).toMatch(/^the SHA-256 of arn:aws:lambda:us-east-1:1:layer:l:1 must be 'what it was', got: '.{44}'$/);
    expect(jest.requireActual('node:fs').existsSync(path)).toBe(false);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('the name of a function', () => {
  const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:orders';

  test.each([
    ['orders', 'orders', undefined, 'orders'],
    ['orders:live', 'orders', 'live', 'orders'],
    ['orders:$LATEST', 'orders', '$LATEST', 'orders'],
    ['111122223333:function:orders:2', 'orders', '2', '111122223333:function:orders'],
    [ARN, 'orders', undefined, ARN],
    [`${ARN}:live`, 'orders', 'live', ARN],
    [ARN.replace('aws', 'aws-cn'), 'orders', undefined, ARN.replace('aws', 'aws-cn')],
  ])('may be %s', async (text, name, qualifier, FunctionName) => {
    const named = new FunctionClient(text, { lambda });
    expect([named.functionName, named.qualifier]).toEqual([name, qualifier]);
    mock.on(InvokeCommand).resolves({});
    await named.invoke();
    expect(mock.commandCalls(InvokeCommand)[0]?.args[0].input).toMatchObject({
      FunctionName,
      ...(qualifier && { Qualifier: qualifier }),
    });
  });

  test.each([
    '',
    'a b',
    'x'.repeat(65),
    'orders:',
    'orders:a:b',
    'orders:not this',
    '1:function:orders',
    'arn:aws:s3:::bucket',
    'arn:aws:lambda:eu-west-1:111122223333:layer:orders',
    'arn:aws:lambda::111122223333:function:orders',
    `${ARN}:a:b`,
    undefined as unknown as string,
  ])('may not be %p', (text) => {
    expect(() => new FunctionClient(text)).toThrow(InvalidParameterError);
    expect(() => new FunctionClient(text)).toThrow(/^function name must have 1 to 64 letters, .*, got: /);
  });

  test('given as an ARN must match the region of the client', async () => {
    expect(() => new FunctionClient(ARN, { region: 'us-east-1' })).toThrow(
      "region must be the region of the ARN, 'eu-west-1', got: 'us-east-1'",
    );
    const seen: string[] = [];
    mock.on(ListFunctionsCommand).resolves({});
    mock.on(InvokeCommand).callsFake(async (_input, getClient) => {
      seen.push(await getClient().config.region());
      return {};
    });
    await new FunctionClient(ARN).invoke();
    await new FunctionClient(ARN, { region: 'eu-west-1' }).invoke();
    expect(seen).toEqual(['eu-west-1', 'eu-west-1']);
  });
});

describe('a function that does not run', () => {
  const skipped = { katamari: { runId: 'request-1', state: 'Skipped' } };

  test.each([
    ['its overlap skips the run', skipped, 'Overlap.skip limits its concurrent runs', /^Try again when an earlier run has ended/],
    [
      'a run has the same key',
      { katamari: { runId: 'key:a', state: 'Completed', duplicate: true } },
      "run 'key:a' is Completed",
      /^Use another idempotencyKey/,
    ],
  ])('is an error of its own because %s', async (_why, answer, why, remedy) => {
    mock.on(InvokeCommand).resolves({ StatusCode: 200, Payload: payload(answer) });
    for (const call of [() => client.invoke(), () => client.invokeWithLogs()]) {
      const error = await caught(call());
      expect(error).toBeInstanceOf(RunNotStartedError);
      expect(error).toMatchObject({
        name: 'RunNotStartedError',
        message: `function 'orders' did not run: ${why}`,
        remedy: expect.stringMatching(remedy),
        runId: answer.katamari.runId,
        state: answer.katamari.state,
      });
    }
    expect((await client.invokeRaw()).payload).toEqual(answer);
  });

  test.each([
    [{ ...skipped, more: 1 }],
    [{ katamari: { runId: 'a', state: 'Ready' } }],
    [{ katamari: { state: 'Skipped' } }],
    [{ katamari: null }],
    [null],
    [[skipped]],
  ])('is not mistaken for one that returns %j', async (answer) => {
    mock.on(InvokeCommand).resolves({ StatusCode: 200, Payload: payload(answer) });
    expect(await client.invoke()).toEqual(answer);
  });
});

describe('an idempotency key', () => {
  const options = { idempotencyKey: 'order-17' };
  const fresh = () => new FunctionClient('orders', { lambda });
  const environment = (variables: Record<string, string>) =>
    mock.on(GetFunctionConfigurationCommand).resolves({ ...ACTIVE, Environment: { Variables: variables } });
  const sent = () => mock.commandCalls(InvokeCommand).map(({ args }) => JSON.parse(String(args[0].input.Payload)));

  test('is sent in the envelope of the tracker by every kind of invocation, after one look at the function', async () => {
    environment({ KATAMARI_FUNCTION: 'Orders', KATAMARI_RUN_TABLE: 'runs' });
    mock.on(InvokeCommand).resolves({ StatusCode: 200, Payload: payload({ ok: true }) });
    const one = fresh();
    await one.invoke({ n: 1 }, options);
    await one.invokeRaw({ n: 1 }, options);
    await one.invokeWithLogs({ n: 1 }, options);
    await one.invokeAsync({ n: 1 }, options);
    await one.invokeAsync(undefined, options);
    const envelope = (event: unknown) => ({ 'katamari:delivery': 'invoke', idempotencyKey: 'order-17', event });
    expect(sent()).toEqual([...Array(4).fill(envelope({ n: 1 })), envelope({})]);
    expect(mock.commandCalls(GetFunctionConfigurationCommand)).toHaveLength(1);
  });

  test.each([[{}], [{ KATAMARI_RUN_TABLE: 'runs' }], [{ KATAMARI_FUNCTION: 'Orders' }]])(
    'is refused for a function whose runs are not tracked: %j',
    async (variables) => {
      environment(variables);
      const error = await caught(fresh().invoke({}, options));
      expect(error).toBeInstanceOf(InvalidParameterError);
      expect(error.message).toBe("idempotencyKey requires a function whose runs are tracked, got: 'orders'");
      expect(sent()).toEqual([]);
    },
  );

  test.each([[''], ['x'.repeat(256)], ['\ud83d']])(
    'must have 1 to 255 characters that UTF-8 can represent, got: %j',
    async (key) => {
      const error = await caught(fresh().invoke({}, { idempotencyKey: key }));
      expect(error.message).toBe(`idempotencyKey must have 1 to 255 characters, got: '${key}'`);
    },
  );
});
