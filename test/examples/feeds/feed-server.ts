import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A test server on a free port of 127.0.0.1. */
export class FeedServer {
  public static async start(routes: Record<string, RequestListener> = {}): Promise<FeedServer> {
    const server = new FeedServer(routes);
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private readonly server: Server;

  private constructor(public readonly routes: Record<string, RequestListener>) {
    this.server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const route = this.routes[request.url ?? ''];
      if (route) route(request, response);
      else response.writeHead(404).end('not found');
    });
  }

  /** Returns the URL of a path. */
  public url(path = ''): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Creates a route that answers with a document. */
export function document(body: string | Uint8Array, contentType = 'application/xml'): RequestListener {
  return (_request, response) => response.writeHead(200, { 'content-type': contentType }).end(body);
}

/** Creates an RSS document with an item for each id. */
export function rss(ids: readonly string[], title = 'A feed'): string {
  const items = ids.map(
    (id) => `<item><guid isPermaLink="false">${id}</guid><title>Title of ${id}</title><link>/${id}</link></item>`,
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${title}</title>${items.join('')}</channel></rss>`;
}
