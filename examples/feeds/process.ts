import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDigest } from './digest';
import { ItemStore } from './item-store';
import { ENV_ITEM_TABLE } from './names';
import { requireEnv } from './settings';

const logger = new Logger({ serviceName: 'feeds' });
const parts = { store: new ItemStore(new DynamoDBClient({}), requireEnv(ENV_ITEM_TABLE)), now: Date.now };

/** Makes a digest: of what one pull brought, when `rss_data_pulled` comes; of the last day, by the clock. */
export const handler = async (event: unknown) => {
  const digest = await makeDigest(parts, event);
  logger.info('digest made', { digest: digest.id, about: digest.about, items: digest.items });
  return digest;
};
