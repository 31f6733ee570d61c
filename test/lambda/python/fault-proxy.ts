import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/** What becomes of a request: it is handed on unless said otherwise. */
export type Fault =
  | 'pass'
  /** Neither handed on nor answered: the connection is closed. */
  | 'drop'
  /** Handed on; the connection is closed instead of an answer. */
  | 'lose'
  /** Not handed on, and never answered. */
  | 'hang'
  /** Answered with an error of DynamoDB. */
  | { readonly type: string; readonly more?: object };

/** Stands between a client and MiniStack, and does to requests what a network or a busy table would do. */
export class FaultProxy {
  /** Says what becomes of a request, by its operation and by how many of that operation came before it. */
  public fault: (operation: string, before: number) => Fault = () => 'pass';
  /** Operations that were asked for, in their order. */
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

  /** Forgets what was asked, and hands everything on again. */
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
