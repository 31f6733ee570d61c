import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import send from 'send';
import { CommandError } from '../../engine/errors';
import { LOOPBACK } from '../../engine/ports';

/** Serves the files of one folder on 127.0.0.1 during a local run. */
export class FileServer {
  /**
   * @param allowedOrigins origins whose pages may request files, in addition to those of this machine
   * @throws CommandError when the folder does not exist
   */
  public static async start(directory: string, allowedOrigins: readonly string[] = []): Promise<FileServer> {
    const stats = await stat(directory).catch(() => undefined);
    if (!stats?.isDirectory()) throw new CommandError(`the folder to serve must exist, got: '${directory}'`);
    const root = await realpath(directory);
    const server = createServer((request, response) => {
      answer(root, allowedOrigins, request, response).catch(() => fail(response, 500));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return new FileServer(root, server);
  }

  /** Such as `http://127.0.0.1:41234`. */
  public readonly address: string;

  private constructor(
    /** Folder that is served. */
    public readonly root: string,
    private readonly server: Server,
  ) {
    this.address = `http://${LOOPBACK}:${(server.address() as { port: number }).port}`;
  }

  public async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

async function answer(
  root: string,
  allowedOrigins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (isForeign(request, allowedOrigins)) {
    fail(response, 403);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    fail(response, 405);
    return;
  }
  const path = (request.url ?? '/').replace(/[?#].*$/, '');
  if (await leadsOutside(root, path)) {
    fail(response, 404);
    return;
  }
  send(request, path, { root, dotfiles: 'ignore', cacheControl: false })
    .on('headers', (sent: ServerResponse) => sent.setHeader('X-Content-Type-Options', 'nosniff'))
    .on('directory', () => fail(response, 404))
    // Refused paths get the same response, whether they exist or not.
    .on('error', ({ status }: { status: number }) => fail(response, [400, 403].includes(status) ? 404 : status))
    .pipe(response);
}

/** Host names of this machine, with a port or without. MiniStack's guard (engine/launcher.py) has the same rules. */
const LOCAL_HOST = /^(?:127\.0\.0\.1|(?:[a-z0-9-]+\.)*localhost|\[::1\])(?::\d+)?$/i;

/** Tells whether a page of another site sent the request, or the name in the URL belongs to another site (DNS rebinding). */
function isForeign({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { host = '', origin } = headers;
  if (!LOCAL_HOST.test(host)) return true;
  if (origin !== undefined) {
    const [, originHost = ''] = /^https?:\/\/(.+)$/i.exec(origin) ?? [];
    return !LOCAL_HOST.test(originHost) && !allowedOrigins.includes(origin);
  }
  // A link from another site, such as the redirect after a login, may open a page.
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return headers['sec-fetch-site'] === 'cross-site' && !isLink;
}

/** Tells whether symbolic links lead from a path to a file outside the root. */
async function leadsOutside(root: string, path: string): Promise<boolean> {
  try {
    const wanted = join(root, decodeURIComponent(path), path.endsWith('/') ? 'index.html' : '');
    return !`${await realpath(wanted)}${sep}`.startsWith(`${root}${sep}`);
  } catch {
    // There is no such file.
    return false;
  }
}

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [403, 'Host and Origin must be this machine'],
  [404, 'no such file'],
  [405, 'method must be GET or HEAD'],
  [412, 'precondition failed'],
  [416, 'range not satisfiable'],
  [500, 'cannot read the file'],
]);

function fail(response: ServerResponse, status: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
    .end(`${MESSAGES.get(status) ?? `error ${status}`}\n`);
}
