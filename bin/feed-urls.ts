import { readdirSync } from 'node:fs';
import type { Node } from 'constructs';
import { FEED_URL_MAX_LENGTH } from '../examples/feeds/names';

/** Folder that `npx cdk-katamari local` serves, as feeds for this machine. */
const SAMPLES = 'examples/feeds/samples';

const DEFAULT_FEEDS = [
  'https://aws.amazon.com/blogs/aws/feed/',
  'https://aws.amazon.com/about-aws/whats-new/recent/feed/',
  'https://github.com/aws/aws-cdk/releases.atom',
];

/**
 * URLs of the feeds to pull. On this machine, they are the files that the command serves at the address in the context value
 * `katamari:served`. On AWS, they are the context value `feeds`: a list, or a string with spaces between the URLs.
 *
 * @throws when the list is empty, or has anything but http and https URLs
 */
export function feedUrls(node: Node): string[] {
  const served = node.tryGetContext('katamari:served');
  if (served) {
    return readdirSync(SAMPLES)
      .sort()
      .map((file) => new URL(encodeURIComponent(file), withSlash(served)).href);
  }
  const feeds: unknown = node.tryGetContext('feeds') ?? DEFAULT_FEEDS;
  const urls = typeof feeds === 'string' ? feeds.split(/\s+/).filter(Boolean) : feeds;
  if (!Array.isArray(urls) || urls.length === 0) {
    throw new Error(`the context value 'feeds' must be a list of at least one URL, got: ${JSON.stringify(feeds)}`);
  }
  for (const url of urls) {
    if (!isWebAddress(url)) {
      throw new Error(
        `a feed must be an http or https URL of at most ${FEED_URL_MAX_LENGTH} characters, got: ${JSON.stringify(url)}`,
      );
    }
  }
  return [...new Set<string>(urls)];
}

function isWebAddress(url: unknown): boolean {
  return typeof url === 'string' && url.length <= FEED_URL_MAX_LENGTH && /^https?:\/\//i.test(url) && URL.canParse(url);
}

function withSlash(address: string): string {
  return address.endsWith('/') ? address : `${address}/`;
}
