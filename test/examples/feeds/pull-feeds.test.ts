import type { EventToEmit } from 'cdk-katamari/runtime';
import * as fc from 'fast-check';
import { type FetchLimits, fetchDocument } from '../../../examples/feeds/fetch-feed';
import { type PullDependencies, type PullSummary, pulledEvents, pullFeeds } from '../../../examples/feeds/pull-feeds';
import { document, FeedServer, rss } from './feed-server';

const LIMITS: FetchLimits = { timeoutMs: 400, maxBytes: 2000 };
let server: FeedServer;

beforeAll(async () => {
  server = await FeedServer.start({
    '/a': document(rss(['a1', 'a2'], 'Feed A')),
    '/b': document(rss(['b1'], 'Feed B')),
    '/latin1': document(Buffer.from(rss(['é'], 'Café'), 'latin1'), 'text/xml; charset=utf-8'),
    '/moved': (_request, response) => response.writeHead(308, { location: '/b' }).end(),
    '/html': document('<!doctype html><title>Gone</title>', 'text/html'),
    '/malformed': document('<rss version="2.0"><channel><title'),
    '/slow': () => undefined,
    '/broken': (_request, response) => response.writeHead(500).end(),
    '/huge': document(rss(Array.from({ length: 100 }, (_, index) => String(index)))),
  });
});
afterAll(() => server.stop());

function setUp(paths: string[], more: Partial<PullDependencies> = {}) {
  const emitted: EventToEmit[] = [];
  const warnings: Record<string, unknown>[] = [];
  const known = new Set<string>();
  const dependencies: PullDependencies = {
    feeds: paths.map((path) => server.url(path)),
    source: 'news',
    fetchDocument: (url) => fetchDocument(url, LIMITS),
    store: {
      addNew: async (feed, items) => {
        const fresh = items.map(({ id }) => id).filter((id) => !known.has(`${feed.url} ${id}`));
        for (const id of fresh) known.add(`${feed.url} ${id}`);
        return fresh;
      },
    },
    emitAll: async (events) => emitted.push(...events),
    warn: (message, fields) => warnings.push({ message, ...fields }),
    now: () => 0,
    ...more,
  };
  return { dependencies, emitted, warnings };
}

test('stores what is new and says so', async () => {
  const { dependencies, emitted, warnings } = setUp(['/a', '/b']);
  const summary = await pullFeeds(dependencies, 'pull-1');
  expect(summary).toEqual({
    pull: 'pull-1',
    source: 'news',
    newItems: 3,
    feeds: [
      { url: server.url('/a'), title: 'Feed A', format: 'rss', items: 2, unidentified: 0, newItems: 2 },
      { url: server.url('/b'), title: 'Feed B', format: 'rss', items: 1, unidentified: 0, newItems: 1 },
    ],
    failed: [],
  });
  expect(emitted).toEqual([
    {
      name: 'rss_data_pulled',
      data: {
        pull: 'pull-1',
        source: 'news',
        part: 1,
        parts: 1,
        newItems: 3,
        failedFeeds: 0,
        feeds: [
          { url: server.url('/a'), newKeys: ['a1', 'a2'] },
          { url: server.url('/b'), newKeys: ['b1'] },
        ],
      },
    },
  ]);
  expect(warnings).toEqual([]);
});

test('says that it has pulled also when nothing was new', async () => {
  const { dependencies, emitted } = setUp(['/a']);
  await pullFeeds(dependencies, 'pull-1');
  emitted.length = 0;
  await expect(pullFeeds(dependencies, 'pull-2')).resolves.toMatchObject({ newItems: 0, feeds: [{ items: 2, newItems: 0 }] });
  expect(emitted).toEqual([
    { name: 'rss_data_pulled', data: expect.objectContaining({ pull: 'pull-2', newItems: 0, feeds: [] }) },
  ]);
});

test('reports each feed that fails, and pulls the others', async () => {
  const { dependencies, emitted, warnings } = setUp([
    '/missing',
    '/html',
    '/a',
    '/slow',
    '/broken',
    '/malformed',
    '/huge',
    '/latin1',
    '/moved',
  ]);
  const { feeds, failed, newItems } = await pullFeeds(dependencies, 'pull-1');
  expect(feeds.map(({ url, title }) => [url, title])).toEqual([
    [server.url('/a'), 'Feed A'],
    [server.url('/latin1'), 'Café'],
    [server.url('/moved'), 'Feed B'],
  ]);
  expect(newItems).toBe(4);
  expect(failed.map(({ url, reason }) => [url, reason])).toEqual([
    [server.url('/missing'), 'status'],
    [server.url('/html'), 'not-a-feed'],
    [server.url('/slow'), 'timeout'],
    [server.url('/broken'), 'status'],
    [server.url('/malformed'), 'malformed'],
    [server.url('/huge'), 'too-large'],
  ]);
  expect(warnings[0]).toEqual({
    message: 'feed failed',
    pull: 'pull-1',
    feed: server.url('/missing'),
    reason: 'status',
    error: 'a feed must be answered with status 200, got: 404',
  });
  expect(warnings).toHaveLength(6);
  expect(emitted.map(({ name }) => name)).toEqual([...Array(6).fill('feed_failed'), 'rss_data_pulled']);
  expect(emitted[0]?.data).toEqual({
    pull: 'pull-1',
    source: 'news',
    url: server.url('/missing'),
    reason: 'status',
    message: 'a feed must be answered with status 200, got: 404',
  });
  expect(emitted.at(-1)?.data).toMatchObject({ newItems: 4, failedFeeds: 6 });
});

test('fails when every feed does, and does not say that it has pulled', async () => {
  const { dependencies, emitted } = setUp(['/missing', '/html']);
  await expect(pullFeeds(dependencies, 'pull-1')).rejects.toMatchObject({
    name: 'AllFeedsFailed',
    message: `could not read any of 2 feeds; first failure: ${server.url('/missing')}: a feed must be answered with status 200, got: 404`,
  });
  expect(emitted.map(({ name }) => name)).toEqual(['feed_failed', 'feed_failed']);
});

test('fails when the table does: that is no fault of a feed', async () => {
  const { dependencies, emitted, warnings } = setUp(['/a', '/b'], {
    store: {
      addNew: async (feed) => {
        if (feed.title === 'Feed A') throw new Error('table is away');
        return [];
      },
    },
  });
  await expect(pullFeeds(dependencies, 'pull-1')).rejects.toThrow('table is away');
  expect([emitted, warnings]).toEqual([[], []]);
});

test('pulls at most 6 feeds at a time', async () => {
  let going = 0;
  let most = 0;
  const { dependencies } = setUp(Array(20).fill('/a'), {
    fetchDocument: async (url) => {
      most = Math.max(most, ++going);
      await new Promise((resolve) => setImmediate(resolve));
      going--;
      return { url, bytes: Buffer.from(rss(['1'])) };
    },
  });
  await pullFeeds(dependencies, 'pull-1');
  expect(most).toBe(6);
});

test('the events of a pull fit their limit, and name each new item once', () => {
  const key = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
  const news = fc.array(fc.record({ url: fc.webUrl({ size: 'small' }), newKeys: fc.array(key, { maxLength: 60 }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(news, fc.integer({ min: 600, max: 4000 }), (feeds, maxBytes) => {
      const newItems = feeds.reduce((sum, { newKeys }) => sum + newKeys.length, 0);
      const summary: PullSummary = { pull: '2026-11-06T12:00:00.000Z', source: 'news', newItems, feeds: [], failed: [] };
      const events = pulledEvents(summary, feeds, maxBytes);
      const named = events.flatMap((event) => event.feeds.flatMap(({ url, newKeys }) => newKeys.map((name) => [url, name])));
      expect(named).toEqual(feeds.flatMap(({ url, newKeys }) => newKeys.map((name) => [url, name])));
      expect(events.map(({ part, parts }) => [part, parts])).toEqual(events.map((_, index) => [index + 1, events.length]));
      for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

test('60 feeds of 500 new items each are told in events of at most 256 KB', () => {
  const feeds = Array.from({ length: 60 }, (_, feed) => ({
    url: `https://feeds.example/${feed}`,
    newKeys: Array.from({ length: 500 }, (_, item) => String(feed * 500 + item).padStart(32, '0')),
  }));
  const events = pulledEvents({ pull: 'p', source: 's', newItems: 30_000, feeds: [], failed: [] }, feeds);
  expect(events).toHaveLength(5);
  expect(Math.max(...events.map((event) => Buffer.byteLength(JSON.stringify(event))))).toBeLessThanOrEqual(256 * 1024);
});
