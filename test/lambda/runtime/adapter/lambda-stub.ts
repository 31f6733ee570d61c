import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { types } from 'node:util';
import type { ExecuteRequest, LambdaAdapterOptions } from '../../../../lambda/runtime';
import { LambdaAdapter } from '../../../../lambda/runtime';

/** A request that the stub received. */
export interface Invocation {
  readonly functionName: string;
  readonly qualifier: string | null;
  readonly invocationType: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** A stub of Lambda's Invoke API on 127.0.0.1. Answers requests with the given replies in order, and repeats the last one. */
export interface LambdaStub {
  readonly endpoint: string;
  readonly invocations: readonly Invocation[];
  /** Number of connections so far. */
  readonly connections: () => number;
  script(...replies: readonly Reply[]): void;
  stop(): Promise<void>;
}

export async function startLambdaStub(): Promise<LambdaStub> {
  const invocations: Invocation[] = [];
  let replies: Reply[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://stub');
    const body = await text(request);
    const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname) ?? [];
    invocations.push({
      functionName: decodeURIComponent(name),
      qualifier: url.searchParams.get('Qualifier'),
      invocationType: request.headers['x-amz-invocation-type'] as string | undefined,
      headers: request.headers,
      body,
    });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response, request);
  });
  server.on('connection', () => {
    connections += 1;
  });
  // The backlog holds all concurrent connections. A client that finds it full would retry a second later.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 });
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    invocations,
    connections: () => connections,
    script: (...next) => {
      replies = [...next];
      invocations.length = 0;
      connections = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The function returns a value. */
export const returns =
  (payload: unknown): Reply =>
  (response) =>
    response.end(JSON.stringify(payload));

/** The function returns these bytes. */
export const returnsText =
  (payload: string): Reply =>
  (response) =>
    response.end(payload);

/** The function fails. */
export const fails =
  (kind: 'Handled' | 'Unhandled', payload: unknown): Reply =>
  (response) =>
    response.writeHead(200, { 'x-amz-function-error': kind }).end(JSON.stringify(payload));

/** Lambda accepts the event. */
export const queues: Reply = (response) => response.writeHead(202).end();

/** Lambda rejects the request. */
export const refuses =
  (name: string, status = 400, message = 'x'): Reply =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name })
      .end(JSON.stringify({ Type: 'User', Message: message }));

/** The connection is reset before the answer begins. */
export const resets: Reply = (_, request) => request.socket.resetAndDestroy();

/** The connection is reset in the middle of an answer. */
export const resetsMidBody: Reply = (response, request) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"success": true, ', () => request.socket.resetAndDestroy());
};

/** The answer begins but does not end. */
export const stallsMidBody: Reply = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"success": true, ');
};

export const OK = { success: true, message: 'hi' };

export const request = (more: Partial<ExecuteRequest> = {}): ExecuteRequest => ({
  command: 'enrol',
  args: ['tenor'],
  user_id: 'user-17',
  entity_id: 'room-4',
  community_id: 'choir-8',
  session_id: 'session-2026',
  platform: 'discord',
  ...more,
});

/**
 * Jest runs tests beside the errors of Node.js itself: none of those is an `Error` there, and the SDK would wrap what it takes
 * for something else. Outside of jest they are.
 */
function acceptErrorsOfNode(): () => void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown) {
      return ordinary.call(this, value) || (this === Error && types.isNativeError(value));
    },
  });
  return () => Reflect.deleteProperty(Error, Symbol.hasInstance);
}

/** Provides the tests of a file with stubs, and with adapters that record their pauses instead of waiting. */
export function useLambdaStub() {
  let stub: LambdaStub | undefined;
  const pauses: number[] = [];
  const before = { ...process.env };
  let restoreErrors = () => {};
  beforeAll(async () => {
    restoreErrors = acceptErrorsOfNode();
    stub = await startLambdaStub();
  });
  beforeEach(() => {
    pauses.length = 0;
    process.env = { ...before, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'caller', AWS_SECRET_ACCESS_KEY: 'secret' };
  });
  afterAll(async () => {
    process.env = before;
    restoreErrors();
    await stub?.stop();
  });
  return {
    pauses,
    get stub() {
      return stub as LambdaStub;
    },
    adapter: (options: Partial<LambdaAdapterOptions> = {}) =>
      new LambdaAdapter({
        functionName: 'payments',
        moduleName: 'payments',
        endpoint: (stub as LambdaStub).endpoint,
        jitter: 'none',
        pause: async (ms) => pauses.push(ms),
        ...options,
      }),
  };
}

/** Creates a context that returns these remaining times one after the other, and then repeats the last one. */
export const contextWith = (...milliseconds: readonly number[]) => {
  const left = [...milliseconds];
  return { getRemainingTimeInMillis: () => (left.length > 1 ? (left.shift() as number) : (left[0] as number)) };
};
