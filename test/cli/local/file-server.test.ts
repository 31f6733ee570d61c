import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileServer } from '../../../cli/local/file-server';
import { isListening } from '../../../engine/ports';

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
    '.hidden',
    'below/index.html',
  ]) {
    writeFileSync(join(folder, name), `content of ${name}`);
  }
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(join(folder, 'd.json'), join(folder, 'inner.json'));
  server = await FileServer.start(folder);
});
afterAll(async () => {
  await server.stop();
  rmSync(outside, { recursive: true });
});

/** Asks for a path as it is: fetch would tidy it. */
function get(path: string, method = 'GET'): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.address);
    request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }));
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
  ['/below/', 'text/html; charset=utf-8', 'below/index.html'],
  ['/inner.json', 'application/json; charset=utf-8', 'd.json'],
])('serves %s', async (path, type, name) => {
  expect(await get(path)).toEqual({ status: 200, type, body: `content of ${name}` });
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
  expect(await get('/a.rss', 'HEAD')).toEqual({ status: 200, type: 'application/rss+xml', body: '' });
});

test('changes nothing', async () => {
  expect(await get('/a.rss', 'DELETE')).toMatchObject({ status: 405 });
  expect(await get('/a.rss')).toMatchObject({ status: 200 });
});

test('says that there is no such folder', async () => {
  await expect(FileServer.start(join(outside, 'none'))).rejects.toThrow(
    `the folder to serve must exist, got: '${join(outside, 'none')}'`,
  );
});

test('nothing listens when it has stopped', async () => {
  const other = await FileServer.start(outside);
  const port = Number(new URL(other.address).port);
  expect(await isListening(port)).toBe(true);
  await other.stop();
  expect(await isListening(port)).toBe(false);
});
