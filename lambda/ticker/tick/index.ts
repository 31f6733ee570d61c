import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { ENV_RUN_QUEUE_URL } from '../../../lib/ticker/constants';
import { clientSettings } from '../../shared/client-settings';
import { readRetentionDays, requireEnv } from '../../shared/env';
import { sdkTable } from '../../shared/table/sdk-table';
import { RunQueue } from './run-queue';
import { tickEvent } from './schema';
import { type TickDependencies, tick } from './tick';
import { TickStore } from './tick-store';

const logger = new Logger({ serviceName: 'katamari-tick' });
const queue = new RunQueue(new SQSClient(clientSettings({})), requireEnv(ENV_RUN_QUEUE_URL));
const dependencies: TickDependencies = {
  store: new TickStore(sdkTable(new DynamoDBClient(clientSettings({})), requireEnv(ENV_RUN_TABLE)), () => queue.createdAt()),
  queue,
  retentionDays: readRetentionDays(process.env),
  now: Date.now,
  newId: randomUUID,
};

/** Enqueues the runs that are due soon. The group's schedule invokes it once a minute, with the plan of the ticker. */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const result = await tick(tickEvent.parse(event), dependencies);
  logger.info('tick', { ...result });
  return result;
}
