import { type ClientRequest, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Limits of a client. */
export interface ClientLimits {
  /** Time for a connection in milliseconds, TLS included. The wait for a free socket does not count. @default 5000 */
  readonly connectionMs?: number;
  /** Time in milliseconds for which a connection may be silent during a request. @default 30000 */
  readonly silenceMs?: number;
  /** Maximum number of connections; further requests wait. @default 50 */
  readonly maxSockets?: number;
}

const DEFAULT_CONNECTION_MS = 5_000;
const DEFAULT_SILENCE_MS = 30_000;
const DEFAULT_MAX_SOCKETS = 50;

/**
 * Settings of an SDK client, with timeouts: by default, the clients of the SDK wait without end. Every client of this library is
 * created with them.
 *
 * @param settings settings of the client, such as its region; they override the defaults
 */
export function clientSettings<Settings extends object>(settings: Settings, limits: ClientLimits = {}) {
  const { connectionMs = DEFAULT_CONNECTION_MS, silenceMs = DEFAULT_SILENCE_MS, maxSockets = DEFAULT_MAX_SOCKETS } = limits;
  const region = defaultRegion(process.env);
  return {
    ...(region && { region }),
    ...settings,
    requestHandler: {
      httpAgent: new PatientHttpAgent(connectionMs, maxSockets),
      httpsAgent: new PatientHttpsAgent(connectionMs, maxSockets),
      // A time limit for the whole request would include the wait for a free socket, and the download of a large response.
      socketTimeout: silenceMs,
    },
  };
}

/** The region of the environment, for a client that has no other. The SDK for JavaScript reads AWS_REGION only, boto3 AWS_DEFAULT_REGION only. */
export function defaultRegion(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}

/** The method of an agent that finds or opens a socket for a request. */
type AddRequest = (request: ClientRequest, ...rest: unknown[]) => void;
const addHttpRequest = (HttpAgent.prototype as unknown as { readonly addRequest: AddRequest }).addRequest;

class PatientHttpAgent extends HttpAgent {
  public constructor(
    private readonly connectionMs: number,
    maxSockets: number,
  ) {
    super({ keepAlive: true, maxSockets });
  }

  public override createConnection(options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void) {
    return limitConnecting(super.createConnection(options, callback), 'connect', this.connectionMs);
  }

  public addRequest(...request: Parameters<AddRequest>): void {
    addRequestToLiveSocket(this, request);
  }
}

class PatientHttpsAgent extends HttpsAgent {
  public constructor(
    private readonly connectionMs: number,
    maxSockets: number,
  ) {
    super({ keepAlive: true, maxSockets });
  }

  public override createConnection(options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void) {
    return limitConnecting(super.createConnection(options, callback), 'secureConnect', this.connectionMs);
  }

  public addRequest(...request: Parameters<AddRequest>): void {
    addRequestToLiveSocket(this, request);
  }
}

/**
 * Closes a socket that does not connect in time. The connection timeout of the SDK begins with the request, so that requests that
 * wait for a free socket would fail.
 */
function limitConnecting<Socket extends Duplex | null | undefined>(socket: Socket, connected: string, ms: number): Socket {
  if (!socket) return socket;
  const timer = setTimeout(() => {
    const message = `no connection to the server within ${ms} ms`;
    (socket as Duplex as TLSSocket).destroy(Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' }));
  }, ms);
  const end = () => clearTimeout(timer);
  socket.once(connected, end).once('close', end);
  return socket;
}

/**
 * Adds a request after two turns of the event loop if it could reuse a socket: the server may have closed the socket while this
 * process was busy or frozen. Node.js reads that in the first turn and drops the socket in the second. A request on such a socket
 * would fail, and nobody could tell whether the server had received it.
 */
function addRequestToLiveSocket(agent: HttpAgent, request: Parameters<AddRequest>): void {
  const add = () => addHttpRequest.apply(agent, request);
  if (Object.keys(agent.freeSockets).length === 0) add();
  else setImmediate(() => setImmediate(add));
}
