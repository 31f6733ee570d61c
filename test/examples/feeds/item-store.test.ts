import { BatchGetItemCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { ItemStore, itemKey } from '../../../examples/feeds/item-store';
import { useMiniStack } from '../../support/ministack';
import { createItemTable, itemsOf } from './item-table';

const DAY = 86_400_000;
const NOON = Date.parse('2026-11-06T12:00:00Z');
const FEED = { url: 'https://a.example/feed', title: 'Feed A' };
const items = (...ids: string[]) => ids.map((id) => ({ id, title: `Title of ${id}`, link: `https://a.example/${id}` }));
const keys = (...ids: string[]) => ids.map(itemKey);

describe('in a table', () => {
  const miniStack = useMiniStack();
  let client: DynamoDBClient;
  let table: string;
  let store: ItemStore;

  beforeEach(async () => {
    client = miniStack.dynamodb();
    table = await createItemTable(client);
    store = new ItemStore(client, table);
  });

  test('an item is new once', async () => {
    await expect(store.addNew(FEED, items('a', 'b'), 'pull-1', NOON)).resolves.toEqual(keys('a', 'b'));
    await expect(store.addNew(FEED, items('b', 'c', 'a'), 'pull-2', NOON + 60_000)).resolves.toEqual(keys('c'));
    const [first] = (await itemsOf(client, table)).filter(({ title }) => title === 'Title of a');
    expect(first).toEqual({
      pk: 'FEED#https://a.example/feed',
      sk: `ITEM#${itemKey('a')}`,
      feed: FEED.url,
      feedTitle: 'Feed A',
      title: 'Title of a',
      link: 'https://a.example/a',
      storedAt: '2026-11-06T12:00:00.000Z',
      day: '2026-11-06',
      pull: 'pull-1',
      expiresAt: (NOON + 30 * DAY) / 1000,
    });
  });

  test('the same id in another feed is another item', async () => {
    await store.addNew(FEED, items('a'), 'pull-1', NOON);
    await expect(store.addNew({ ...FEED, url: 'https://b.example/feed' }, items('a'), 'pull-1', NOON)).resolves.toEqual(
      keys('a'),
    );
  });

  test('what an earlier attempt of the same pull stored is new again', async () => {
    await store.addNew(FEED, items('a'), 'pull-1', NOON);
    await store.addNew(FEED, items('b'), 'pull-2', NOON);
    await expect(store.addNew(FEED, items('a', 'b', 'c'), 'pull-2', NOON + 1000)).resolves.toEqual(keys('b', 'c'));
  });

  test('of pulls that race, one gets each item', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `i${index}`);
    const found = await Promise.all(
      ['pull-1', 'pull-2', 'pull-3'].map((pull) => new ItemStore(client, table).addNew(FEED, items(...ids), pull, NOON)),
    );
    expect(found.flat().sort()).toEqual(keys(...ids).sort());
  });

  test('an item that stays in its feed never expires', async () => {
    await store.addNew(FEED, items('a'), 'pull-1', NOON);
    const expiry = async () => Number((await itemsOf(client, table))[0]?.expiresAt) * 1000;
    await store.addNew(FEED, items('a'), 'pull-2', NOON + 14 * DAY);
    expect(await expiry()).toBe(NOON + 30 * DAY);
    await store.addNew(FEED, items('a'), 'pull-3', NOON + 16 * DAY);
    expect(await expiry()).toBe(NOON + 46 * DAY);
  });

  test('items are read by name: more than fit into one request, each once, without those that are gone', async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `i${index}`);
    await store.addNew(FEED, items(...ids), 'pull-1', NOON);
    const refs = [...ids, ...ids, 'gone'].map((id) => ({ feed: FEED.url, key: itemKey(id) }));
    const titles = (await store.get(refs)).map(({ title }) => title);
    expect(titles.sort()).toEqual(ids.map((id) => `Title of ${id}`).sort());
    await expect(store.get([])).resolves.toEqual([]);
  });

  test('items are found by the time they were stored, over midnight, the end left out', async () => {
    const midnight = Date.parse('2026-11-07T00:00:00Z');
    for (const [id, at] of Object.entries({ a: -2, b: -1, c: 0, d: 1, e: 2 })) {
      await store.addNew(FEED, items(id), `pull-${id}`, midnight + at);
    }
    const between = async (from: number, until: number) =>
      (await store.storedBetween(midnight + from, midnight + until)).map(({ title }) => title.slice(-1)).join('');
    expect(await between(-1, 2)).toBe('bcd');
    expect(await between(-2, 0)).toBe('ab');
    expect(await between(0, 3)).toBe('cde');
    expect(await between(5, 9)).toBe('');
  });

  test('a digest is stored under its id, and replaces one of the same id', async () => {
    await store.putDigest('2026-11-06T12:00:00.000Z#day', { items: 1, feeds: [{ title: undefined }] }, NOON);
    await store.putDigest('2026-11-06T12:00:00.000Z#day', { items: 2, feeds: [] }, NOON);
    await expect(itemsOf(client, table)).resolves.toEqual([
      { pk: 'DIGEST', sk: '2026-11-06T12:00:00.000Z#day', items: 2, feeds: [], expiresAt: (NOON + 7 * DAY) / 1000 },
    ]);
  });
});

describe('when DynamoDB falters', () => {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const dynamodb = mockClient(client);
  const store = new ItemStore(client, 'items');
  beforeEach(() => dynamodb.reset());

  test('keys that it left unread are asked for again', async () => {
    const key = marshall({ pk: 'FEED#f', sk: 'ITEM#2' });
    dynamodb
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { items: [marshall({ title: 'one' })] }, UnprocessedKeys: { items: { Keys: [key] } } })
      .resolves({ Responses: { items: [marshall({ title: 'two' })] } });
    await expect(store.get(['1', '2'].map((id) => ({ feed: 'f', key: id })))).resolves.toEqual([
      { title: 'one' },
      { title: 'two' },
    ]);
    expect(dynamodb.commandCalls(BatchGetItemCommand)[1]?.args[0].input.RequestItems?.items?.Keys).toEqual([key]);
  });

  test('keys that it never reads are an error', async () => {
    dynamodb
      .on(BatchGetItemCommand)
      .resolves({ UnprocessedKeys: { items: { Keys: [marshall({ pk: 'FEED#f', sk: 'ITEM#1' })] } } });
    await expect(store.get([{ feed: 'f', key: '1' }])).rejects.toThrow('DynamoDB left 1 keys unread in 6 tries');
  });

  test('every page of an index is read', async () => {
    const start = marshall({ pk: 'a', sk: 'b' });
    dynamodb
      .on(QueryCommand)
      .resolvesOnce({ Items: [marshall({ title: 'one' })], LastEvaluatedKey: start })
      .resolves({ Items: [marshall({ title: 'two' })] });
    await expect(store.storedBetween(NOON, NOON + 1)).resolves.toEqual([{ title: 'one' }, { title: 'two' }]);
    expect(dynamodb.commandCalls(QueryCommand)[1]?.args[0].input.ExclusiveStartKey).toEqual(start);
  });

  test('a write that fails is an error, after the other items were tried', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: { items: [] } });
    dynamodb.on(PutItemCommand).rejectsOnce(new Error('throttled')).resolves({});
    await expect(store.addNew(FEED, items('a', 'b', 'c'), 'pull-1', NOON)).rejects.toThrow('throttled');
    expect(dynamodb.commandCalls(PutItemCommand)).toHaveLength(3);
  });
});
