import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { type RunMessage, START_TRIES } from '../../../lib/ticker/constants';
import { readRetentionDays, requireEnv } from '../../shared/env';
import { Dispatcher } from './dispatch';
import { runMessage } from './schema';

const logger = new Logger({ serviceName: 'katamari-dispatch' });
const dispatcher = new Dispatcher(
  new LambdaClient({}),
  new DynamoDBClient({}),
  requireEnv(ENV_RUN_TABLE),
  readRetentionDays(process.env),
);

/** Invoked with messages of the run queue as they fall due. A message that fails is delivered again, its neighbours are not. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  const results = await Promise.allSettled(event.Records.map(start));
  const failed = event.Records.filter((_, index) => results[index]?.status === 'rejected');
  logger.info('dispatched', { runs: results.length - failed.length, failed: failed.length });
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
}

async function start(record: SQSRecord): Promise<void> {
  let message: RunMessage | undefined;
  try {
    message = runMessage.parse(JSON.parse(record.body));
    if (!(await dispatcher.start(message))) {
      logger.info('run was delivered again: not started twice', {
        function: message.function,
        scheduledTime: message.scheduledTime,
      });
    }
  } catch (error) {
    logger.error('a run could not be started', { messageId: record.messageId, error: error as Error });
    const isLast = Number(record.attributes.ApproximateReceiveCount) >= START_TRIES;
    if (message && isLast) await recordFailure(message, error);
    throw error;
  }
}

/** What keeps a run from being recorded must not keep its message from the dead-letter queue. */
async function recordFailure(message: RunMessage, error: unknown): Promise<void> {
  try {
    await dispatcher.recordFailure(message, error);
  } catch (cause) {
    logger.error('a run that could not be started could not be recorded either', {
      function: message.function,
      scheduledTime: message.scheduledTime,
      error: cause as Error,
    });
  }
}
