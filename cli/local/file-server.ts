import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, relative, resolve, sep } from 'node:path';
import { CommandError } from '../../engine/errors';
import { LOOPBACK } from '../../engine/ports';

const TYPES: ReadonlyMap<string, string> = new Map([
  // Without a charset: it would overrule the one that the XML itself declares.
  ['.rss', 'application/rss+xml'],
  ['.rdf', 'application/rdf+xml'],
  ['.atom', 'application/atom+xml'],
  ['.xml', 'application/xml'],
  ['.json', 'application/json; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.htm', 'text/html; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.csv', 'text/csv; charset=utf-8'],
]);

/** Serves the files of one folder on 127.0.0.1 while the local run is up. */
export class FileServer {
  /** @throws CommandError when there is no such folder */
  public static async start(directory: string): Promise<FileServer> {
    const stats = await stat(directory).catch(() => undefined);
    if (!stats?.isDirectory()) throw new CommandError(`the folder to serve must exist, got: '${directory}'`);
    const root = await realpath(directory);
    const server = createServer((request, response) => {
      answer(root, request, response).catch(() => fail(response, 500, 'the file could not be read'));
    });
    await new Promise<void>((done, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, done);
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
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    fail(response, 405, 'only GET and HEAD are served');
    return;
  }
  const path = await findFile(root, request.url ?? '/');
  const stats = path === undefined ? undefined : await stat(path);
  if (path === undefined || !stats?.isFile()) {
    fail(response, 404, 'no such file');
    return;
  }
  response.writeHead(200, {
    'Content-Type': TYPES.get(extname(path).toLowerCase()) ?? 'application/octet-stream',
    'Content-Length': stats.size,
    'Last-Modified': stats.mtime.toUTCString(),
    'X-Content-Type-Options': 'nosniff',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** Path of the file that a URL names; undefined when there is none, or it is not below the root. */
async function findFile(root: string, url: string): Promise<string | undefined> {
  let name: string;
  try {
    name = decodeURIComponent(url.replace(/[?#].*$/, ''));
  } catch {
    return undefined;
  }
  if (name.includes('\0') || name.split(/[/\\]/).some((part) => part.startsWith('.'))) return undefined;
  const wanted = resolve(join(root, name.endsWith('/') ? `${name}index.html` : name));
  // Again after symbolic links: one may lead out of the folder.
  const found = await realpath(wanted).catch(() => undefined);
  return found !== undefined && isBelow(root, wanted) && isBelow(root, found) ? found : undefined;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

function fail(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
