import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { decodeDocument } from '../../../examples/feeds/decode';
import { FeedError } from '../../../examples/feeds/feed-error';
import { MAX_ITEMS, readFeed } from '../../../examples/feeds/parse-feed';
import { rss } from './feed-server';

const URL_OF_FEED = 'https://feeds.example/dir/feed.xml';
const read = (text: string) => readFeed(text, URL_OF_FEED);
const channel = (items: string, more = '') => `<rss version="2.0"><channel><title>T</title>${more}${items}</channel></rss>`;
const onlyItem = (text: string) => {
  const { items } = read(text);
  expect(items).toHaveLength(1);
  return items[0];
};
const file = (...path: string[]) => decodeDocument(readFileSync(join(__dirname, '..', '..', '..', ...path)));
const sample = (name: string) => readFeed(file('examples', 'feeds', 'samples', name), `https://served.example/${name}`);
const fixture = (name: string) => readFeed(file('test', 'fixtures', 'feeds', name), URL_OF_FEED);

describe('the samples', () => {
  test('RSS 2.0: relative links, CDATA, items that lack an id, a link, a title or all of them', () => {
    expect(sample('harbour-news.rss')).toEqual({
      format: 'rss',
      title: 'Harbour News',
      unidentified: 1,
      items: [
        {
          id: 'harbour-104',
          title: 'Ferry timetable changes on Monday',
          link: 'https://harbour.example/news/ferry-timetable',
          publishedAt: '2026-11-06T07:30:00.000Z',
        },
        {
          id: 'https://harbour.example/news/big-berta',
          title: 'Crane "Big Berta" lifts its last container & retires',
          link: 'https://harbour.example/news/big-berta',
          publishedAt: '2026-11-05T16:00:00.000Z',
        },
        {
          id: 'https://harbour.example/news/fog',
          title: 'Fog until noon: pilots ask small boats to stay in.',
          link: 'https://harbour.example/news/fog',
          publishedAt: '2026-11-05T06:00:00.000Z',
        },
        { id: expect.stringMatching(/^sha256:[\da-f]{64}$/), title: 'Notice without link, id or date' },
      ],
    });
  });

  test('RSS 1.0', () => {
    expect(sample('field-journal.rdf')).toEqual({
      format: 'rdf',
      title: 'Field Journal',
      unidentified: 0,
      items: [
        {
          id: 'https://journal.example/2026/42/moss',
          title: 'How moss keeps its water',
          link: 'https://journal.example/2026/42/moss',
          publishedAt: '2026-10-19T08:29:47.000Z',
        },
        {
          id: 'https://journal.example/2026/42/owls',
          title: 'Owls counted by ear',
          link: 'https://journal.example/2026/42/owls',
          publishedAt: '2026-10-18T00:00:00.000Z',
        },
      ],
    });
  });

  test('Atom: xml:base, HTML in a title, the alternate link among others', () => {
    expect(sample('workshop.atom')).toEqual({
      format: 'atom',
      title: 'The Workshop',
      unidentified: 0,
      items: [
        {
          id: 'tag:workshop.example,2026:glue',
          title: 'Glue & clamps: a short guide',
          link: 'https://workshop.example/blog/glue',
          publishedAt: '2026-11-04T12:00:00.000Z',
        },
        {
          id: 'tag:workshop.example,2026:plane',
          title: 'Sharpening a plane iron',
          link: 'https://workshop.example/archive/plane',
          publishedAt: '2026-10-28T08:15:00.000Z',
        },
      ],
    });
  });

  test('ISO-8859-1', () => {
    const { title, items } = sample('cafe-latin1.rss');
    expect([title, ...items.map((item) => item.title)]).toEqual([
      'Diário do Café',
      'Avó ganha prémio de melhor pão de queijo',
      'São João: lojas abertas até às 23h',
    ]);
  });

  test('a page instead of a feed', () => {
    expect(() => sample('moved.html')).toThrow(
      expect.objectContaining({ name: 'FeedError', reason: 'not-a-feed', message: expect.stringContaining('<!doctype html>') }),
    );
  });
});

describe('unusual feeds', () => {
  test.each([
    ['truncated.rss', 'rss', ['First', 'Second']],
    ['namespaced.rss', 'rss', ['Prefixes and capitals']],
    ['rss-0.91.rss', 'rss', ['From the last century']],
    ['empty.atom', 'atom', []],
  ])('%s is read as far as it goes', (name, format, titles) => {
    const feed = fixture(name);
    expect([feed.format, feed.items.map(({ title }) => title)]).toEqual([format, titles]);
  });
});

describe('an item', () => {
  test.each([
    ['its guid', '<guid isPermaLink="false"> a-1 </guid><link>https://x.example/1</link>', 'a-1'],
    ['its link', '<title>t</title><link>/1</link>', 'https://feeds.example/1'],
  ])('is told from others by %s', (_name, xml, id) => {
    expect(onlyItem(channel(`<item>${xml}</item>`))?.id).toBe(id);
  });

  test('without id and link is told from others by its content', () => {
    const id = (xml: string) => onlyItem(channel(`<item>${xml}</item>`))?.id;
    const first = id('<title>a</title><description>b</description>');
    expect(id('<title>a</title><description>b</description>')).toBe(first);
    expect(id('<title>a</title><description>c</description>')).not.toBe(first);
  });

  test('that comes twice counts once', () => {
    expect(read(rss(['a', 'b', 'a'])).items.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test.each([
    ['a guid that is a link', '<guid>https://x.example/1</guid>', 'https://x.example/1'],
    ['no guid that says it is none', '<guid isPermaLink="false">https://x.example/1</guid>', undefined],
    ['no guid that is no address', '<guid>12345</guid>', undefined],
    ['no script', '<title>t</title><link>javascript:alert(1)</link>', undefined],
    ['no address that can not be', '<title>t</title><link>http://</link>', undefined],
    ['no address longer than 2,000 characters', `<title>t</title><link>https://x.example/${'y'.repeat(2000)}</link>`, undefined],
  ])('takes for a link %s', (_name, xml, link) => {
    expect(onlyItem(channel(`<item>${xml}</item>`))?.link).toBe(link);
  });

  test('has a link relative to the link of its channel', () => {
    expect(onlyItem(channel('<item><link>a/b?c=1&amp;d=2</link></item>', '<link>../site/</link>'))?.link).toBe(
      'https://feeds.example/site/a/b?c=1&d=2',
    );
  });

  test.each([
    ['on one line', '<title> a\n\t b&#7;c </title>', 'a b c'],
    ['of at most 300 characters', `<title>${'é'.repeat(301)}</title>`, `${'é'.repeat(299)}…`],
    ['from its text', '<guid>1</guid><description>&lt;b&gt;bold&lt;/b&gt; &amp;#233;</description>', 'bold é'],
    ['from its link', '<link>https://x.example/1</link>', 'https://x.example/1'],
    ['that says there is none', '<guid>1</guid>', '(untitled)'],
  ])('has a title %s', (_name, xml, title) => {
    expect(onlyItem(channel(`<item>${xml}</item>`))?.title).toBe(title);
  });

  test('has no date where the feed has none that can be read', () => {
    expect(onlyItem(channel('<item><guid>1</guid><pubDate>next Tuesday-ish</pubDate></item>'))).not.toHaveProperty('publishedAt');
  });
});

test('reads the first 500 items of a feed', () => {
  const ids = Array.from({ length: MAX_ITEMS + 1 }, (_, index) => `i${index}`);
  expect(read(rss(ids)).items.map(({ id }) => id)).toEqual(ids.slice(0, MAX_ITEMS));
});

test('a feed without a title is called by its address', () => {
  expect(read('<rss version="2.0"><channel><item><guid>1</guid></item></channel></rss>').title).toBe(URL_OF_FEED);
});

test('rejects XML that ends within a tag, and says where', () => {
  expect(() => read('<rss version="2.0"><channel><title>T</title><item><guid')).toThrow(
    expect.objectContaining({
      name: 'FeedError',
      reason: 'malformed',
      message: expect.stringMatching(/^a feed must be well-formed XML, got: .*<guid/),
    }),
  );
});

test.each([
  ['', 'a feed must be RSS, RDF or Atom, got: an empty document'],
  ['<rss version="2.0"></rss>', `a feed must be RSS, RDF or Atom, got: '<rss version="2.0"></rss>'`],
  ['{"version":"https://jsonfeed.org/version/1.1","title":"j","items":[]}', 'a feed must be RSS, RDF or Atom, got: JSON Feed'],
])('rejects %j', (text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ name: 'FeedError', reason: 'not-a-feed', message }));
});

describe('whatever comes', () => {
  const seeds = ['harbour-news.rss', 'field-journal.rdf', 'workshop.atom'].map((name) =>
    file('examples', 'feeds', 'samples', name),
  );
  const mutated = fc
    .record({ text: fc.constantFrom(...seeds), at: fc.nat(1500), drop: fc.nat(60), put: fc.string({ maxLength: 20 }) })
    .map(({ text, at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    mutated.map((text) => Buffer.from(text)),
    mutated.map((text) => Buffer.from(text, 'latin1')),
  );

  test('it is a feed that keeps its promises, or a FeedError', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.option(fc.constantFrom('text/xml', 'text/xml; charset=utf-16', 'a; charset=é'), { nil: undefined }),
        (body, type) => {
          try {
            const feed = readFeed(decodeDocument(body, type), URL_OF_FEED);
            expect(new Set(feed.items.map(({ id }) => id)).size).toBe(feed.items.length);
            for (const item of feed.items) {
              expect(item.id).not.toBe('');
              expect(item.title).not.toBe('');
              expect(Array.from(item.title).length).toBeLessThanOrEqual(300);
              if (item.link !== undefined) expect(new URL(item.link).protocol).toMatch(/^https?:$/);
              if (item.publishedAt !== undefined) expect(new Date(item.publishedAt).toISOString()).toBe(item.publishedAt);
            }
          } catch (error) {
            if (!(error instanceof FeedError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
