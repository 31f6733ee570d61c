import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/** What the proxy does with a request. */
export type Fault =
  /** Forwards the request. */
  | 'pass'
  /** Closes the connection without forwarding the request. */
  | 'drop'
  /** Forwards the request, and closes the connection instead of answering. */
  | 'lose'
  /** Neither forwards nor answers the request. */
  | 'hang'
  /** Answers with an error of DynamoDB. */
  | { readonly type: string; readonly more?: object };

/** A proxy between a client and MiniStack that simulates faults of the network and of the table. */
class FaultProxy {
  /** Chooses the fault of a request. `earlier` is the number of earlier requests of the same operation. */
  public fault: (operation: string, earlier: number) => Fault = () => 'pass';
  /** Operations of the requests so far, in order. */
  public readonly requests: string[] = [];
  private readonly server: Server;

  private constructor(private readonly target: () => string) {
    this.server = createServer((incoming, answer) => void this.handle(incoming, answer));
  }

  public static async start(target: () => string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** Clears the list of requests, and forwards all further requests. */
  public reset(): void {
    this.requests.length = 0;
    this.fault = () => 'pass';
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const fault = this.fault(operation, this.requests.filter((name) => name === operation).length);
    this.requests.push(operation);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (fault === 'hang') return;
    if (fault === 'drop') {
      incoming.socket.destroy();
      return;
    }
    if (typeof fault === 'object') {
      answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      answer.end(
        JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${fault.type}`, message: fault.type, ...fault.more }),
      );
      return;
    }
    const options = { method: incoming.method, headers: incoming.headers };
    const handedOn = request(`${this.target()}${incoming.url}`, options, (got) => {
      if (fault === 'lose') {
        got.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    handedOn.end(Buffer.concat(chunks));
  }
}

/**
 * Starts a proxy in front of MiniStack before each test, and stops it afterwards. Each test has a proxy of its own: the process of
 * an earlier test may still write in the background.
 */
export function useFaultProxy(ministack: {
  readonly endpoint: string;
}): Pick<FaultProxy, 'fault' | 'requests' | 'endpoint' | 'reset'> {
  let started: FaultProxy | undefined;
  const current = () => {
    if (!started) throw new Error('the proxy is available only while a test runs');
    return started;
  };
  beforeEach(async () => {
    started = await FaultProxy.start(() => ministack.endpoint);
  });
  afterEach(() => started?.stop());
  return {
    get fault() {
      return current().fault;
    },
    set fault(fault) {
      current().fault = fault;
    },
    get requests() {
      return current().requests;
    },
    get endpoint() {
      return current().endpoint;
    },
    reset: () => current().reset(),
  };
}
