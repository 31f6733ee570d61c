import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientSettings, defaultRegion } from '../../../lambda/shared/client-settings';

const given = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, maxAttempts: 1 };
const invoke = (client: LambdaClient) => client.send(new InvokeCommand({ FunctionName: 'fn' }));

/** A server on 127.0.0.1, which the test closes. */
async function serve(listener: RequestListener) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => listener(request, response));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  return {
    server,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a silent server is an error', async () => {
  await using silent = await serve(() => undefined);
  const client = new LambdaClient(clientSettings({ ...given, endpoint: silent.endpoint }, { silenceMs: 100 }));
  await expect(client.send(new GetFunctionConfigurationCommand({ FunctionName: 'fn' }))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('a server that stops within its answer is an error', async () => {
  await using stalled = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{');
  });
  const client = new LambdaClient(clientSettings({ ...given, endpoint: stalled.endpoint }, { silenceMs: 100 }));
  await expect(invoke(client)).rejects.toThrow('inactivity');
});

test('a server that accepts no TLS is an error', async () => {
  // It accepts connections, and never answers the handshake.
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const client = new LambdaClient(clientSettings({ ...given, endpoint }, { connectionMs: 100 }));
    await expect(invoke(client)).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'no connection to the server within 100 ms',
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('the wait for a free socket does not count toward the connection timeout', async () => {
  await using slow = await serve((_request, response) => {
    // Longer than the connection timeout.
    setTimeout(() => response.end('{}'), 150);
  });
  const limits = { connectionMs: 100, maxSockets: 1 };
  const client = new LambdaClient(clientSettings({ ...given, endpoint: slow.endpoint }, limits));
  const answers = await Promise.all([invoke(client), invoke(client), invoke(client), invoke(client)]);
  expect(answers.map(({ StatusCode }) => StatusCode)).toEqual([200, 200, 200, 200]);
  expect(slow.connections()).toBe(1);
});

test.each(['closeIdleConnections', 'closeAllConnections'] as const)('a connection after %s is not used', async (close) => {
  await using server = await serve((_request, response) => response.end('{}'));
  const client = new LambdaClient(clientSettings({ ...given, endpoint: server.endpoint }));
  for (let call = 0; call < 5; call++) {
    await invoke(client);
    server.server[close]();
    expect((await invoke(client)).StatusCode).toBe(200);
  }
});

test.each([
  [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
  [{ AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  [{}, undefined],
])('the region of %j is %s', (env, region) => expect(defaultRegion(env)).toBe(region));

test('the given region comes first', () => {
  const before = process.env.AWS_REGION;
  process.env.AWS_REGION = 'us-east-1';
  expect(clientSettings({ region: 'eu-west-1' }).region).toBe('eu-west-1');
  expect(clientSettings({})).toMatchObject({ region: 'us-east-1' });
  if (before === undefined) delete process.env.AWS_REGION;
  else process.env.AWS_REGION = before;
});
