import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDigest } from './digest';
import { ItemStore } from './item-store';
import { ENV_ITEM_TABLE } from './names';
import { requireEnv, TIMEOUTS } from './settings';

const logger = new Logger({ serviceName: 'feeds' });
const dependencies = {
  store: new ItemStore(new DynamoDBClient({ requestHandler: TIMEOUTS }), requireEnv(ENV_ITEM_TABLE)),
  now: Date.now,
};

/** Creates a digest of one pull for each `rss_data_pulled`, and one of the last day on a schedule. */
export const handler = async (event: unknown) => {
  const digest = await makeDigest(dependencies, event);
  logger.info('digest made', { digest: digest.id, about: digest.about, items: digest.items });
  return digest;
};
