import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AddPermissionCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { AccessDeniedError, FunctionClient, InvalidParameterError, invoke, NotReadyError, type WaitOptions } from '../../client';
import { AwsClients } from '../../client/shared/aws-clients';

const ACTIVE = { FunctionName: 'orders', Version: '$LATEST', State: 'Active', LastUpdateStatus: 'Successful' } as const;
const fault = (name: string) => Object.assign(new Error('what AWS says'), { name, $metadata: { requestId: 'request-1' } });

describe('with a double of the SDK client', () => {
  const mock = mockClient(LambdaClient);
  const client = new FunctionClient('orders', { lambda: new LambdaClient({ region: 'us-east-1' }) });
  const reads = () => mock.commandCalls(GetFunctionConfigurationCommand).length;
  const states = (...seen: readonly object[]) => {
    const behavior = mock.on(GetFunctionConfigurationCommand);
    for (const one of seen.slice(0, -1)) behavior.resolvesOnce({ ...ACTIVE, ...one });
    behavior.resolves({ ...ACTIVE, ...seen.at(-1) });
  };

  beforeEach(() => {
    mock.reset();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => void jest.useRealTimers());
  afterAll(() => mock.restore());

  /** Advances the fake clock until a call has ended. @returns seconds of the fake clock */
  async function seconds<T>(
    call: () => Promise<T>,
  ): Promise<{ readonly result?: T; readonly error?: unknown; readonly took: number }> {
    const before = performance.now();
    let ended: { result?: T; error?: unknown; took: number } | undefined;
    void call().then(
      (result) => (ended = { result, took: (performance.now() - before) / 1_000 }),
      (error) => (ended = { error, took: (performance.now() - before) / 1_000 }),
    );
    for (let turn = 0; !ended && turn < 100_000; turn++) await jest.advanceTimersByTimeAsync(100);
    if (!ended) throw new Error('the call has not ended');
    return ended;
  }

  test('a function whose last update failed can be updated', async () => {
    states({ LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'no such subnet' }, {});
    mock.on(UpdateFunctionConfigurationCommand).resolves({});
    const { result } = await seconds(() => client.updateConfiguration({ timeout: 5 }));
    expect(result).toMatchObject({ lastUpdateStatus: 'Successful' });
    expect(mock.commandCalls(UpdateFunctionConfigurationCommand)).toHaveLength(1);
  });

  test('an update that fails itself is an error', async () => {
    states({}, { LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'no such subnet' });
    mock.on(UpdateFunctionConfigurationCommand).resolves({});
    const { error } = await seconds(() => client.updateConfiguration({ timeout: 5 }));
    expect(error).toMatchObject({
      name: 'NotReadyError',
      message: "function 'orders' must become updated, got: 'Failed': no such subnet",
    });
  });

  test('publish returns the configuration of the active version', async () => {
    states({}, { State: 'Pending', Version: '3' }, { State: 'Active', Version: '3' });
    mock.on(PublishVersionCommand).resolves({ ...ACTIVE, State: 'Pending', Version: '3' });
    const { result } = await seconds(() => client.versions.publish());
    expect(result).toMatchObject({ state: 'Active', version: '3' });
    expect(mock.commandCalls(GetFunctionConfigurationCommand).map(({ args: [{ input }] }) => input.Qualifier)).toEqual([
      undefined,
      '3',
      '3',
    ]);
  });

  test('a version that fails is an error with its reason', async () => {
    states({}, { State: 'Failed', StateReason: 'no such image' });
    mock.on(PublishVersionCommand).resolves({ ...ACTIVE, Version: '3' });
    const { error } = await seconds(() => client.versions.publish());
    expect(error).toMatchObject({
      name: 'NotReadyError',
      code: 'Failed',
      message: "'3' of function 'orders' must become active, got: 'Failed': no such image",
    });
  });

  test('an inactive function is told to be invoked, not to wait longer', async () => {
    states({ State: 'Inactive', StateReason: 'The function is idle.' });
    const { error, took } = await seconds(() => client.waitUntilActive());
    expect(took).toBeLessThan(1);
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({
      code: 'Inactive',
      message: "function 'orders' must become active, got: 'Inactive': The function is idle.",
      remedy: expect.stringMatching(/^Invoke the function/),
    });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['active', () => client.waitUntilActive()],
    ['updated', () => client.waitUntilUpdated()],
    ['in a state', () => client.waitUntilState('Inactive')],
    ['a published version', () => client.versions.publish()],
    ['an update', () => client.updateConfiguration({ timeout: 5 })],
  ])('a missing permission ends the wait for %s at once', async (_, wait) => {
    mock.on(GetFunctionConfigurationCommand).rejects(fault('AccessDeniedException'));
    const { error, took } = await seconds(wait);
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(took).toBeLessThan(1);
    expect(reads()).toBe(1);
  });

  test('a missing permission that comes later ends the wait as well', async () => {
    mock
      .on(GetFunctionConfigurationCommand)
      .resolvesOnce({ ...ACTIVE, State: 'Pending' })
      .rejects(fault('AccessDeniedException'));
    const { error } = await seconds(() => client.waitUntilActive());
    expect(error).toBeInstanceOf(AccessDeniedError);
  });

  test('a missing permission ends the wait for an event source', async () => {
    mock.on(GetEventSourceMappingCommand).rejects(fault('AccessDeniedException'));
    const { error, took } = await seconds(() => client.eventSources.waitUntilEnabled('u'));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(took).toBeLessThan(1);
  });

  test('throttling does not end a wait', async () => {
    mock.on(GetFunctionConfigurationCommand).rejectsOnce(fault('TooManyRequestsException')).resolves(ACTIVE);
    expect((await seconds(() => client.waitUntilActive())).result).toMatchObject({ state: 'Active' });
  });

  test('waits for any state, or for one of several', async () => {
    states({ State: 'Pending' }, { State: 'Active' }, { State: 'Inactive' });
    expect((await seconds(() => client.waitUntilState('Inactive'))).result).toMatchObject({ state: 'Inactive' });
    states({ State: 'Failed' });
    expect((await seconds(() => client.waitUntilState(['Active', 'Failed']))).result).toMatchObject({ state: 'Failed' });
    const { error } = await seconds(() => client.waitUntilState('Active'));
    expect(error).toMatchObject({ message: "function 'orders' must become 'Active', got: 'Failed'", code: 'Failed' });
  });

  test('the interval and the number of attempts limit a wait', async () => {
    states({ State: 'Pending' });
    const { error, took } = await seconds(() => client.waitUntilState('Active', { interval: 20, maxAttempts: 3 }));
    expect(error).toMatchObject({
      name: 'NotReadyError',
      message: "function 'orders' must become 'Active' within 3 attempts, got: 'Pending'",
    });
    expect(reads()).toBe(3);
    expect(Math.round(took)).toBe(40);
    mock.resetHistory();
    await seconds(() => client.waitUntilActive({ interval: 0.5, maxWaitTime: 2 }));
    expect(reads()).toBe(5);
  });

  test.each<[WaitOptions, string]>([
    [{ maxWaitTime: 0 }, 'maxWaitTime in seconds must be a whole number between 1 and 3600, got: 0'],
    [{ maxWaitTime: 3_601 }, 'maxWaitTime in seconds must be a whole number between 1 and 3600, got: 3601'],
    [{ interval: 0.09 }, 'interval in seconds must be between 0.1 and 300, got: 0.09'],
    [{ interval: 301 }, 'interval in seconds must be between 0.1 and 300, got: 301'],
    [{ interval: Number.NaN }, 'interval in seconds must be between 0.1 and 300, got: NaN'],
    [{ maxAttempts: 0 }, 'maxAttempts must be a whole number between 1 and 10000, got: 0'],
    [{ maxAttempts: 10_001 }, 'maxAttempts must be a whole number between 1 and 10000, got: 10001'],
  ])('%j is refused', async (options, message) => {
    await expect(client.waitUntilActive(options)).rejects.toThrow(message);
    expect(reads()).toBe(0);
  });

  test('a change of the CORS settings keeps the others', async () => {
    const Cors = { AllowOrigins: ['https://a.example'], AllowMethods: ['GET'], AllowCredentials: true, MaxAge: 60 };
    mock.on(GetFunctionUrlConfigCommand).resolves({ FunctionUrl: 'https://id.example/', Cors });
    mock.on(UpdateFunctionUrlConfigCommand).resolves({ FunctionUrl: 'https://id.example/' });
    await client.url.update({ cors: { allowOrigins: ['https://b.example'], allowMethods: undefined } });
    expect(mock.commandCalls(UpdateFunctionUrlConfigCommand)[0]?.args[0].input.Cors).toEqual({
      ...Cors,
      AllowOrigins: ['https://b.example'],
    });
    await client.url.update({ cors: { allowMethods: [], maxAge: 0 } });
    expect(mock.commandCalls(UpdateFunctionUrlConfigCommand)[1]?.args[0].input.Cors).toEqual({
      ...Cors,
      AllowMethods: [],
      MaxAge: 0,
    });
    await client.url.update({ invokeMode: 'BUFFERED' });
    expect(mock.commandCalls(UpdateFunctionUrlConfigCommand)[2]?.args[0].input.Cors).toBeUndefined();
  });

  test.each(['sns.amazonaws.com', 'events.amazonaws.com', 'apigateway.amazonaws.com', 'alexa-appkit.amazon.com'])(
    'the service %s requires a source',
    async (principal) => {
      mock.on(AddPermissionCommand).resolves({ Statement: '{}' });
      const permission = { statementId: 'a', principal };
      await expect(client.permissions.add(permission)).rejects.toThrow(InvalidParameterError);
      await expect(client.permissions.add(permission)).rejects.toThrow(
        `principal '${principal}' requires a condition (sourceArn, sourceAccount, principalOrgId or eventSourceToken), got: 'none'`,
      );
      expect(mock.calls()).toHaveLength(0);
      await client.permissions.add({ ...permission, sourceArn: 'arn:aws:sns:us-east-1:1:t' });
      await client.permissions.add({ ...permission, sourceAccount: '111122223333' });
      await client.permissions.add({ ...permission, eventSourceToken: 'amzn1.ask.skill.1' });
      await client.permissions.add({ ...permission, principal: '111122223333' });
      expect(mock.commandCalls(AddPermissionCommand)).toHaveLength(4);
    },
  );
});

describe('connections', () => {
  const options = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };

  test('60 invocations run at a time', async () => {
    const responses: ServerResponse[] = [];
    const server = createServer((request, response) => {
      request.resume();
      responses.push(response);
      // Answers only when all of them are there.
      if (responses.length === 60) for (const one of responses) one.end('7');
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
    await once(server, 'listening');
    const client = new FunctionClient('fn', {
      ...options,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    try {
      const results = await Promise.all(Array.from({ length: 60 }, () => client.invoke()));
      expect(new Set(results)).toEqual(new Set([7]));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('helpers with the same options share a client and its connection', async () => {
    let connections = 0;
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end('7'));
    }).on('connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      // The options are another object each time.
      for (let call = 0; call < 5; call++) {
        expect(
          await invoke('fn', {}, { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 's' } }),
        ).toBe(7);
      }
      expect(connections).toBe(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('other options have other clients', () => {
    const provider = async () => options.credentials;
    const some = [
      {},
      options,
      { ...options, region: 'eu-west-1' },
      { ...options, credentials: { accessKeyId: 'b', secretAccessKey: 's' } },
      { ...options, credentials: provider },
      { ...options, endpoint: 'http://127.0.0.1:1' },
      { lambda: new LambdaClient({ region: 'us-east-1' }) },
    ];
    const clients = some.map((one) => AwsClients.of(one));
    expect(new Set(clients).size).toBe(some.length);
    expect(some.map((one) => AwsClients.of({ ...one }))).toEqual(clients);
  });
});
