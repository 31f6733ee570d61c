import { Match, Template } from 'aws-cdk-lib/assertions';
import { skipBundling } from '../../testing';
import { demoStack, LOCAL } from './demo';

const template = (context: Record<string, unknown> = {}) => Template.fromStack(demoStack({ ...skipBundling(), ...context }));
const feedsOf = (context: Record<string, unknown>): string[] => {
  const [pull] = Object.values(template(context).findResources('AWS::Lambda::Function', functionNamed('PullRssData')));
  return JSON.parse(pull?.Properties.Environment.Variables.FEEDS);
};
const functionNamed = (name: string, properties: object = {}) => ({
  Properties: Match.objectLike({ ...properties, Environment: { Variables: Match.objectLike({ KATAMARI_FUNCTION: name }) } }),
});

describe('the functions', () => {
  test('PullRssData runs every minute, with at most two runs at a time', () => {
    template().hasResource(
      'AWS::Lambda::Function',
      functionNamed('PullRssData', {
        MemorySize: 256,
        Timeout: 240,
        Environment: {
          Variables: Match.objectLike({
            KATAMARI_FUNCTION: 'PullRssData',
            SOURCE: 'harbour-news',
            KATAMARI_OVERLAP_LIMIT: '2',
            ITEM_TABLE: { Ref: Match.stringLikeRegexp('^Items') },
          }),
        },
      }),
    );
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: { Input: Match.stringLikeRegexp('"schedule":"PullRssData"') },
    });
  });

  test('ProcessRssData runs every two minutes and on the event, and skips none of its events', () => {
    template().hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 256,
      Environment: {
        Variables: {
          KATAMARI_FUNCTION: 'ProcessRssData',
          KATAMARI_OVERLAP_LIMIT: '1',
          KATAMARI_OVERLAP_SCOPE: 'schedule',
          ITEM_TABLE: { Ref: Match.stringLikeRegexp('^Items') },
        },
      },
    });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(2 minutes)',
      Target: { Input: Match.stringLikeRegexp('"schedule":"ProcessRssData"') },
    });
    template().hasResourceProperties('AWS::Events::Rule', { EventPattern: { 'detail-type': ['rss_data_pulled'] } });
  });

  test('both use EventBridge Scheduler, so there is no ticker', () => {
    // The third is the one that records failures.
    template().resourceCountIs('AWS::Lambda::Function', 3);
    template().resourceCountIs('AWS::Scheduler::Schedule', 2);
  });
});

describe('the table of items', () => {
  test('expires items, has point-in-time recovery, and is deleted with the stack', () => {
    template().hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'by-day' })],
      },
    });
  });

  test.each([
    ['PullRssData', [['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']]],
    ['ProcessRssData', [['dynamodb:BatchGetItem', 'dynamodb:PutItem'], ['dynamodb:Query']]],
  ])('grants %s only the actions that it needs', (name, expected) => {
    const policies = Object.entries(template().findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.includes(name))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[]);
    const ofItems = policies.filter(({ Resource }) => JSON.stringify(Resource).includes('"Items'));
    expect(ofItems.map(({ Action }) => [Action].flat())).toEqual(expected);
  });
});

describe('the feeds', () => {
  test('are well-known public ones by default', () => {
    const feeds = feedsOf({});
    expect(feeds).toContain('https://aws.amazon.com/blogs/aws/feed/');
    expect(feeds.every((url) => url.startsWith('https://'))).toBe(true);
  });

  test.each([
    ['a list', ['https://a.example/feed', 'http://b.example/feed', 'https://a.example/feed']],
    ['a text', ' https://a.example/feed  http://b.example/feed '],
  ])('are read from the context as %s, without duplicates', (_name, feeds) => {
    expect(feedsOf({ feeds })).toEqual(['https://a.example/feed', 'http://b.example/feed']);
  });

  test.each([['http://127.0.0.1:41234'], ['http://127.0.0.1:41234/']])('are the samples if %s serves them', (served) => {
    expect(feedsOf({ ...LOCAL, 'katamari:served': served, feeds: ['https://a.example/feed'] })).toEqual(
      ['cafe-latin1.rss', 'field-journal.rdf', 'harbour-news.rss', 'moved.html', 'workshop.atom'].map(
        (file) => `http://127.0.0.1:41234/${file}`,
      ),
    );
  });

  test.each([
    [[], "the context value 'feeds' must be a list of at least one URL, got: []"],
    [' ', `the context value 'feeds' must be a list of at least one URL, got: " "`],
    [{ a: 1 }, `the context value 'feeds' must be a list of at least one URL, got: {"a":1}`],
    [['a.example/feed'], 'a feed must be an http or https URL of at most 2000 characters, got: "a.example/feed"'],
    [['ftp://a.example/feed'], 'a feed must be an http or https URL of at most 2000 characters, got: "ftp://a.example/feed"'],
    [[7], 'a feed must be an http or https URL of at most 2000 characters, got: 7'],
  ])('%j is rejected', (feeds, message) => {
    expect(() => demoStack({ ...skipBundling(), feeds })).toThrow(message);
  });

  test('have addresses of at most 2,000 characters', () => {
    const longest = `https://a.example/${'x'.repeat(2000 - 'https://a.example/'.length)}`;
    expect(feedsOf({ feeds: [longest] })).toEqual([longest]);
    expect(() => demoStack({ ...skipBundling(), feeds: [`${longest}x`] })).toThrow('at most 2000 characters');
  });
});
