import { requireEnv, requireFeeds } from '../../../examples/feeds/settings';

const environment = process.env;
beforeEach(() => {
  process.env = { ...environment };
});
afterAll(() => {
  process.env = environment;
});

test('gives the feeds of the environment', () => {
  process.env.FEEDS = '["https://a.example/feed","http://127.0.0.1:8080/b.rss"]';
  expect(requireFeeds()).toEqual(['https://a.example/feed', 'http://127.0.0.1:8080/b.rss']);
});

test.each(['[]', 'https://a.example/feed', '"https://a.example/feed"', '["ftp://a.example/feed"]', '["a"]', '[null]'])(
  'refuses the feeds %s',
  (text) => {
    process.env.FEEDS = text;
    expect(() => requireFeeds()).toThrow(`FEEDS must be a JSON list of http or https URLs, got: ${text}`);
  },
);

test.each([undefined, ''])('rejects a variable that is %j', (value) => {
  process.env.SOURCE = value;
  if (value === undefined) delete process.env.SOURCE;
  expect(() => requireEnv('SOURCE')).toThrow(
    'environment variable SOURCE must be set, got nothing: deploy this function with its stack',
  );
});
