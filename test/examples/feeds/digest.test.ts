import { type DigestDependencies, digestOf, makeDigest } from '../../../examples/feeds/digest';
import type { ItemRef, StoredItem } from '../../../examples/feeds/item-store';

const NOW = Date.parse('2026-11-06T12:00:07Z');
const item = (feed: string, title: string, publishedAt?: string): StoredItem => ({
  feed,
  feedTitle: `Feed ${feed}`,
  title,
  publishedAt,
  storedAt: '2026-11-06T11:00:00.000Z',
});

function setUp(items: StoredItem[]) {
  const calls = { get: [] as ItemRef[][], between: [] as number[][], put: [] as unknown[][] };
  const dependencies: DigestDependencies = {
    store: {
      get: async (refs) => {
        calls.get.push([...refs]);
        return items;
      },
      storedBetween: async (from, until) => {
        calls.between.push([from, until]);
        return items;
      },
      putDigest: async (...args) => {
        calls.put.push(args);
      },
    },
    now: () => NOW,
  };
  return { dependencies, calls };
}

const pulled = (detail: unknown) => ({
  version: '0',
  id: 'e1f2',
  'detail-type': 'rss_data_pulled',
  source: 'PullRssData',
  account: '123456789012',
  time: '2026-11-06T12:00:03Z',
  region: 'us-east-1',
  resources: [],
  detail,
});

test('an event makes a digest of the items that it names, under an id of its own', async () => {
  const { dependencies, calls } = setUp([item('a', 'One')]);
  const detail = {
    pull: 'p',
    source: 's',
    part: 1,
    parts: 1,
    newItems: 3,
    failedFeeds: 0,
    feeds: [
      { url: 'a', newKeys: ['1', '2'] },
      { url: 'b', newKeys: ['3'] },
    ],
  };
  const digest = await makeDigest(dependencies, pulled(detail));
  expect(digest).toEqual({
    id: '2026-11-06T12:00:03Z#pull#e1f2',
    about: 'pull',
    items: 1,
    feeds: [{ feed: 'a', title: 'Feed a', items: 1, newest: [{ title: 'One', link: undefined, publishedAt: undefined }] }],
  });
  const { id, ...stored } = digest;
  expect(calls).toEqual({
    get: [
      [
        { feed: 'a', key: '1' },
        { feed: 'a', key: '2' },
        { feed: 'b', key: '3' },
      ],
    ],
    between: [],
    put: [[id, stored, NOW]],
  });
});

test('the clock makes a digest of the 24 hours before the scheduled time', async () => {
  const { dependencies, calls } = setUp([item('a', 'One')]);
  const event = {
    source: 'katamari.schedule',
    schedule: 'ProcessRssData',
    scheduledTime: '2026-11-06T12:00:00.000Z',
    attempt: 1,
    payload: null,
  };
  await expect(makeDigest(dependencies, event)).resolves.toMatchObject({
    id: '2026-11-06T12:00:00.000Z#day',
    about: 'day',
    items: 1,
  });
  expect(calls.between).toEqual([[Date.parse('2026-11-05T12:00:00Z'), Date.parse('2026-11-06T12:00:00Z')]]);
});

test.each([[{}], [null], ['']])('by hand, with %j, it is a digest of the 24 hours before now', async (event) => {
  const { dependencies, calls } = setUp([item('a', 'One')]);
  await expect(makeDigest(dependencies, event)).resolves.toMatchObject({ id: '2026-11-06T12:00:07.000Z#day' });
  expect(calls.between).toEqual([[NOW - 86_400_000, NOW]]);
});

test('a digest of nothing is not stored', async () => {
  const { dependencies, calls } = setUp([]);
  await expect(makeDigest(dependencies, pulled({ feeds: [] }))).resolves.toMatchObject({ items: 0, feeds: [] });
  expect(calls.put).toEqual([]);
});

test.each([[{}], [null], [{ feeds: 'all' }], [{ feeds: [{ url: 1, newKeys: [] }] }]])(
  'an event whose data is %j is refused',
  async (detail) => {
    const { dependencies, calls } = setUp([]);
    await expect(makeDigest(dependencies, pulled(detail))).rejects.toThrow('detail');
    expect(calls.get).toEqual([]);
  },
);

test('the largest feed comes first, and of each feed the 5 newest titles', () => {
  const ofB = ['3', '1', '7', '5', '2', '6'].map((day) => item('b', `B${day}`, `2026-10-0${day}T00:00:00.000Z`));
  const digest = digestOf('id', 'day', [item('c', 'C'), item('a', 'A'), ...ofB, item('b', 'without a date')]);
  expect(digest.feeds.map(({ feed, items, newest }) => [feed, items, newest.map(({ title }) => title)])).toEqual([
    // A date that is missing counts as the time when it was stored.
    ['b', 7, ['without a date', 'B7', 'B6', 'B5', 'B3']],
    ['a', 1, ['A']],
    ['c', 1, ['C']],
  ]);
});

test('a digest always fits into an item of the table', () => {
  const long = { title: '漢'.repeat(300), link: `https://x.example/${'y'.repeat(1900)}` };
  const items = Array.from({ length: 1000 }, (_, index) => ({ ...item(`feed-${index % 200}`, ''), ...long }));
  const digest = digestOf('id', 'day', items);
  expect(Buffer.byteLength(JSON.stringify(digest))).toBeLessThan(400 * 1000);
  expect(digest.feeds).toHaveLength(200);
  expect(digest.feeds[0]?.newest).toHaveLength(5);
  expect(digest.feeds[199]).toMatchObject({ items: 5, newest: [] });
});
