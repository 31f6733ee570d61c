import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { FunctionGroup, Overlap, Source } from 'cdk-katamari';
import type { Construct } from 'constructs';
import { ENV_FEEDS, PULLED_EVENT } from '../examples/feeds/names';
import { FeedStore } from './feed-store';
import { feedUrls } from './feed-urls';

/** Pulls feeds every minute. Creates a digest of each pull, and a digest of the last day every two minutes. */
export class FeedsStack extends Stack {
  public constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, { description: 'cdk-katamari demo: pulls feeds and makes digests of them', ...props });
    const store = new FeedStore(this, 'Items');
    const feeds = new FunctionGroup(this, 'Feeds', { defaults: { memorySize: 256 } });

    const pull = feeds.addFunction('PullRssData', {
      source: Source.typescript('examples/feeds/pull.ts'),
      every: '1m',
      overlap: Overlap.skip(2),
      timeout: Duration.minutes(4),
      environment: { SOURCE: 'harbour-news', [ENV_FEEDS]: JSON.stringify(feedUrls(this.node)) },
    });
    store.storeItemsFrom(pull);

    const process = feeds.addFunction('ProcessRssData', {
      source: Source.typescript('examples/feeds/process.ts'),
      every: '2m',
      on: [PULLED_EVENT],
    });
    store.digestBy(process);

    Validations.of(feeds.runTable).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason: 'the records of runs are a log that expires: nothing would be restored from a backup of it',
    });
  }
}
