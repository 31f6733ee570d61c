import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type RunMessage, START_TRIES } from '../../../lib/ticker/constants';
import type { RunStarter } from './run-starter';
import { runMessage } from './schema';

export interface DispatchDependencies {
  readonly runs: Pick<RunStarter, 'start' | 'recordFailure'>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

/** Starts a run for each message. SQS delivers a message that fails again, but not its neighbours. */
export async function dispatch(event: SQSEvent, dependencies: DispatchDependencies): Promise<SQSBatchResponse> {
  const start = (record: SQSRecord) => startRun(record, dependencies);
  const response = await processPartialResponse(event, start, new BatchProcessor(EventType.SQS), {
    throwOnFullBatchFailure: false,
  });
  const failed = response.batchItemFailures.length;
  dependencies.logger.info('dispatched', { runs: event.Records.length - failed, failed });
  return response;
}

async function startRun(record: SQSRecord, dependencies: DispatchDependencies): Promise<void> {
  const { runs, logger } = dependencies;
  let message: RunMessage | undefined;
  try {
    message = runMessage.parse(JSON.parse(record.body));
    if (!(await runs.start(message))) {
      logger.info('duplicate delivery: the run was started before', describeRun(message));
    }
  } catch (error) {
    logger.error('run could not be started', { messageId: record.messageId, error: error as Error });
    const isLast = Number(record.attributes.ApproximateReceiveCount) >= START_TRIES;
    if (message && isLast) await recordFailure(message, error, dependencies);
    throw error;
  }
}

/** Logs its own error: the message must reach the dead-letter queue all the same. */
async function recordFailure(message: RunMessage, error: unknown, { runs, logger }: DispatchDependencies): Promise<void> {
  try {
    await runs.recordFailure(message, error);
  } catch (cause) {
    logger.error('failed run could not be recorded', { ...describeRun(message), error: cause as Error });
  }
}

function describeRun({ function: name, scheduledTime }: RunMessage) {
  return { function: name, scheduledTime };
}
