import { gzipSync } from 'node:zlib';
import { type FetchLimits, fetchDocument } from '../../../examples/feeds/fetch-feed';
import { document, FeedServer } from './feed-server';

const LIMITS: FetchLimits = { timeoutMs: 400, maxBytes: 1000 };
let server: FeedServer;

beforeAll(async () => {
  server = await FeedServer.start({
    '/ok': document('<rss/>', 'application/rss+xml; charset=utf-8'),
    '/full': document('x'.repeat(1000)),
    '/over': document('x'.repeat(1001)),
    '/bomb': (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000))),
    '/moved': (_request, response) => response.writeHead(301, { location: '/ok' }).end(),
    '/circle': (_request, response) => response.writeHead(302, { location: '/circle' }).end(),
    '/elsewhere': (_request, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end(),
    '/broken': (_request, response) => response.writeHead(500).end('oops'),
    '/silent': () => undefined,
    '/stalled': (_request, response) => void response.writeHead(200).write('<rss>'),
    '/cut': (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('<rss>', () => response.destroy());
    },
  });
});
afterAll(() => server.stop());

const fetched = (path: string) => fetchDocument(server.url(path), LIMITS);

test('gives the document, its content type and its address', async () => {
  await expect(fetched('/ok')).resolves.toEqual({
    url: server.url('/ok'),
    contentType: 'application/rss+xml; charset=utf-8',
    bytes: Buffer.from('<rss/>'),
  });
});

test('follows a redirect, and says where it led', async () => {
  expect((await fetched('/moved')).url).toBe(server.url('/ok'));
});

test('takes a document of the largest size', async () => {
  expect((await fetched('/full')).bytes).toHaveLength(1000);
});

test.each([
  ['/over', 'too-large', 'a feed may have 1000 bytes, got more'],
  ['/bomb', 'too-large', 'a feed may have 1000 bytes, got more'],
  ['/missing', 'status', 'a feed must be answered with status 200, got: 404'],
  ['/broken', 'status', 'a feed must be answered with status 200, got: 500'],
  ['/silent', 'timeout', 'a feed must be answered within 400 ms, got no end of it by then'],
  ['/stalled', 'timeout', 'a feed must be answered within 400 ms, got no end of it by then'],
  ['/circle', 'unreachable', 'no answer: redirect count exceeded'],
  ['/elsewhere', 'unreachable', 'no answer: URL scheme must be a HTTP(S) scheme'],
  ['/cut', 'unreachable', 'no answer: other side closed'],
])('%s is rejected as %s', async (path, reason, message) => {
  await expect(fetched(path)).rejects.toMatchObject({ name: 'FeedError', reason, message });
});

test('names what a server that is not there said', async () => {
  const gone = await FeedServer.start();
  const url = gone.url('/');
  await gone.stop();
  await expect(fetchDocument(url, LIMITS)).rejects.toMatchObject({
    name: 'FeedError',
    reason: 'unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
