import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FeedsStack } from '../../../bin/feeds-stack';
import { deployForTest, type TestDeployment } from '../../../testing';
import { until } from '../../support/until';
import { document, FeedServer } from './feed-server';
import { itemsOf } from './item-table';

const SAMPLES = join('examples', 'feeds', 'samples');
const DEPLOY_TIMEOUT_MS = 180_000;
const EVENT_MS = 20_000;

let server: FeedServer;
let deployment: TestDeployment;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  const files = readdirSync(SAMPLES);
  server = await FeedServer.start(
    Object.fromEntries(files.map((file) => [`/${file}`, document(readFileSync(join(SAMPLES, file)))])),
  );
  deployment = await deployForTest((app) => {
    app.node.setContext('katamari:served', server.url());
    return new FeedsStack(app, 'KatamariFeeds');
  });
  dynamodb = new DynamoDBClient(deployment.clientSettings);
}, DEPLOY_TIMEOUT_MS);

afterAll(async () => {
  dynamodb?.destroy();
  await deployment?.cleanUp();
  await server?.stop();
});

const runsOf = (name: string) => deployment.runs(name);
const stored = async () => {
  const { environment } = await deployment.function('PullRssData').configuration();
  return itemsOf(dynamodb, environment.ITEM_TABLE as string);
};
const titlesOf = (items: Record<string, unknown>[]) => items.map(({ title }) => title).sort();
const digests = async () => (await stored()).filter(({ pk, about }) => pk === 'DIGEST' && about === 'pull');

const sumOf = (counted: { items?: unknown }[]) => counted.reduce((sum, { items }) => sum + Number(items), 0);

const invoke = (name: string) => deployment.function(name).invoke({});

test(
  'the new items of all feeds are stored, and digested because of the event',
  async () => {
    // The clock goes on: a pull of its own may have been first, or take some of the items.
    await invoke('PullRssData');
    const processed = await until(
      async () => (await runsOf('ProcessRssData')).filter((run) => run.state === 'Completed' && run.trigger === 'event'),
      (runs) => runs.length > 0,
      EVENT_MS,
    );
    expect(processed[0]).toMatchObject({ function: 'ProcessRssData', attempt: 1, eventName: 'rss_data_pulled' });

    const items = (await stored()).filter(({ pk }) => String(pk).startsWith('FEED#'));
    // A retry of the run that stored them would know them by its id.
    expect((await runsOf('PullRssData')).map(({ runId }) => runId)).toEqual(expect.arrayContaining([items[0]?.pull]));
    expect(titlesOf(items)).toEqual([
      'Avó ganha prémio de melhor pão de queijo',
      'Crane "Big Berta" lifts its last container & retires',
      'Ferry timetable changes on Monday',
      'Fog until noon: pilots ask small boats to stay in.',
      'Glue & clamps: a short guide',
      'How moss keeps its water',
      'Notice without link, id or date',
      'Owls counted by ear',
      'Sharpening a plane iron',
      'São João: lojas abertas até às 23h',
    ]);
    const found = await until(digests, (some) => sumOf(some) >= items.length, EVENT_MS);
    expect(sumOf(found)).toBe(items.length);
    const feeds = found.flatMap((digest) => digest.feeds as { title: string; items: number }[]);
    expect(sumOf(feeds.filter(({ title }) => title === 'Harbour News'))).toBe(4);
  },
  EVENT_MS * 3,
);

test('a pull that finds nothing new says so, and reports the page that is no feed', async () => {
  await expect(invoke('PullRssData')).resolves.toMatchObject({
    source: 'harbour-news',
    newItems: 0,
    feeds: expect.arrayContaining([expect.objectContaining({ title: 'Diário do Café', items: 2, newItems: 0 })]),
    failed: [{ url: server.url('/moved.html'), reason: 'not-a-feed', message: expect.stringContaining('<!doctype html>') }],
  });
});

test(
  'a new item is stored and digested once',
  async () => {
    const before = await digests();
    const feed = readFileSync(join(SAMPLES, 'workshop.atom'), 'utf8');
    const entry = '<entry><title>A new vice</title><id>tag:workshop.example,2026:vice</id><link href="vice"/></entry></feed>';
    server.routes['/workshop.atom'] = document(feed.replace('</feed>', entry));
    // The clock goes on: the pull that finds it may be its own.
    await invoke('PullRssData');
    await invoke('PullRssData');
    const after = await until(digests, (found) => found.length > before.length, EVENT_MS);
    const added = after.filter(({ sk }) => !before.some((digest) => digest.sk === sk));
    expect(added).toEqual([
      expect.objectContaining({
        items: 1,
        feeds: [
          {
            feed: server.url('/workshop.atom'),
            title: 'The Workshop',
            items: 1,
            newest: [{ title: 'A new vice', link: 'https://workshop.example/blog/vice' }],
          },
        ],
      }),
    ]);
  },
  EVENT_MS * 2,
);

test('by hand, a digest is one of all that came in a day', async () => {
  await expect(invoke('ProcessRssData')).resolves.toMatchObject({ about: 'day', items: 11 });
});
