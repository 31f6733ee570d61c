import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileServer } from '../../../cli/local/file-server';
import { exposedAddresses, isListening } from '../../../engine/ports';

let outside: string;
let server: FileServer;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'katamari-files-'));
  const folder = join(outside, 'served');
  mkdirSync(join(folder, 'below'), { recursive: true });
  mkdirSync(join(outside, 'served-not'));
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  writeFileSync(join(outside, 'served-not', 'secret.txt'), 'secret');
  for (const name of [
    'a.rss',
    'b.atom',
    'c.xml',
    'd.json',
    'e.html',
    'f.bin',
    'g.RSS',
    'h i.txt',
    'j?k.csv',
    '.hidden',
    'below/index.html',
  ]) {
    writeFileSync(join(folder, name), `content of ${name}`);
  }
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(join(outside, 'served-not'), join(folder, 'linked'));
  symlinkSync(join(folder, 'd.json'), join(folder, 'inner.json'));
  server = await FileServer.start(folder);
});
afterAll(async () => {
  await server.stop();
  rmSync(outside, { recursive: true });
});

/** Requests a path without normalizing it, as fetch would do. */
function get(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string; body: string; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.address);
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body,
          headers: response.headers,
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

test.each([
  ['/a.rss', 'application/rss+xml', 'a.rss'],
  ['/b.atom', 'application/atom+xml', 'b.atom'],
  ['/c.xml', 'application/xml', 'c.xml'],
  ['/d.json', 'application/json; charset=utf-8', 'd.json'],
  ['/e.html?x=1', 'text/html; charset=utf-8', 'e.html'],
  ['/f.bin', 'application/octet-stream', 'f.bin'],
  ['/g.RSS', 'application/rss+xml', 'g.RSS'],
  ['/h%20i.txt', 'text/plain; charset=utf-8', 'h i.txt'],
  ['/j%3Fk.csv', 'text/csv; charset=utf-8', 'j?k.csv'],
  ['/below/', 'text/html; charset=utf-8', 'below/index.html'],
  ['/inner.json', 'application/json; charset=utf-8', 'd.json'],
])('serves %s', async (path, type, name) => {
  expect(await get(path)).toMatchObject({ status: 200, type, body: `content of ${name}` });
});

test.each([
  ['/../secret.txt'],
  ['/..%2fsecret.txt'],
  ['/%2e%2e/secret.txt'],
  ['/below/../../secret.txt'],
  ['/..\\secret.txt'],
  ['//etc/passwd'],
  ['/../served-not/secret.txt'],
  ['/link.txt'],
  ['/linked/'],
  ['/linked/secret.txt'],
  ['/.hidden'],
  ['/%00'],
  ['/%zz'],
  ['/below'],
  ['/'],
  ['/none.xml'],
])('does not serve %s', async (path) => {
  expect(await get(path)).toMatchObject({ status: 404, body: 'no such file\n' });
});

test('answers HEAD without the content', async () => {
  expect(await get('/a.rss', 'HEAD')).toMatchObject({ status: 200, type: 'application/rss+xml', body: '' });
});

test.each([
  ['bytes=0-6', 206, 'content'],
  ['bytes=-5', 206, 'a.rss'],
  ['bytes=99-', 416, 'range not satisfiable\n'],
])('answers the range %s with %d', async (range, status, body) => {
  expect(await get('/a.rss', 'GET', { range })).toMatchObject({ status, body });
});

test('answers 304 for an unchanged file', async () => {
  const { headers } = await get('/a.rss');
  expect(headers).toMatchObject({ 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' });
  const { etag = '', 'last-modified': modified = '' } = headers;
  expect(await get('/a.rss', 'GET', { 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
  expect(await get('/a.rss', 'GET', { 'if-modified-since': modified })).toMatchObject({ status: 304, body: '' });
});

test('listens on 127.0.0.1 only', async () => {
  expect(await exposedAddresses(Number(new URL(server.address).port))).toEqual([]);
});

test('rejects methods that write', async () => {
  expect(await get('/a.rss', 'DELETE')).toMatchObject({ status: 405 });
  expect(await get('/a.rss')).toMatchObject({ status: 200 });
});

test('rejects a folder that does not exist', async () => {
  await expect(FileServer.start(join(outside, 'none'))).rejects.toThrow(
    `the folder to serve must exist, got: '${join(outside, 'none')}'`,
  );
});

test('closes the port when it stops', async () => {
  const other = await FileServer.start(outside);
  const port = Number(new URL(other.address).port);
  expect(await isListening(port)).toBe(true);
  await other.stop();
  expect(await isListening(port)).toBe(false);
});

test.each([
  ['the Host of another site', { host: 'rebound.example' }],
  ['the Origin of another site', { origin: 'https://evil.example' }],
  ['the Origin of a page without one', { origin: 'null' }],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
])('refuses a request with %s', async (_what, headers) => {
  expect(await get('/a.rss', 'GET', headers)).toMatchObject({ status: 403, body: 'Host and Origin must be this machine\n' });
});

test.each([
  [{ host: 'localhost' }],
  [{ origin: 'http://localhost:5173' }],
  [{ origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-site' }],
  [{ origin: 'http://app.localhost:5173' }],
  [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
])('answers pages of this machine: %j', async (headers) => {
  expect((await get('/a.rss', 'GET', headers)).status).toBe(200);
});
