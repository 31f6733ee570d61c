import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { currentRun, emitAll, type ScheduleEvent } from 'cdk-katamari/runtime';
import { fetchDocument } from './fetch-feed';
import { ItemStore } from './item-store';
import { ENV_ITEM_TABLE } from './names';
import { pullFeeds } from './pull-feeds';
import { requireEnv, requireFeeds, TIMEOUTS } from './settings';

const logger = new Logger({ serviceName: 'feeds' });
const dependencies = {
  feeds: requireFeeds(),
  source: requireEnv('SOURCE'),
  store: new ItemStore(new DynamoDBClient({ requestHandler: TIMEOUTS }), requireEnv(ENV_ITEM_TABLE)),
  fetchDocument,
  emitAll,
  warn: (message: string, fields: Record<string, unknown>) => logger.warn(message, fields),
  now: Date.now,
};

/** Pulls the feeds, stores what is new, and emits `rss_data_pulled`. */
export const handler = async (_event: ScheduleEvent, context: Context) => {
  // The same in each attempt of a run, so that a retry announces the items that an earlier attempt stored.
  const pull = currentRun()?.runId ?? context.awsRequestId;
  const summary = await pullFeeds(dependencies, pull);
  logger.info('feeds pulled', { pull, newItems: summary.newItems, feeds: summary.feeds.length, failed: summary.failed.length });
  return summary;
};
