import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { ENV_RUN_QUEUE_URL } from '../../../lib/ticker/constants';
import { readRetentionDays, requireEnv } from '../../shared/env';
import { RunQueue } from './run-queue';
import { tickEvent } from './schema';
import { tick } from './tick';
import { TickStore } from './tick-store';

const logger = new Logger({ serviceName: 'katamari-tick' });
const parts = {
  store: new TickStore(new DynamoDBClient({}), requireEnv(ENV_RUN_TABLE)),
  queue: new RunQueue(new SQSClient({}), requireEnv(ENV_RUN_QUEUE_URL)),
  retentionDays: readRetentionDays(process.env),
  now: Date.now,
  newId: randomUUID,
};

/** Invoked once a minute by the group's schedule, with the plan of the ticker. */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const result = await tick(tickEvent.parse(event), parts);
  logger.info('tick', { ...result });
  return result;
}
