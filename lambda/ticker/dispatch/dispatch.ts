import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type RunMessage, START_TRIES } from '../../../lib/ticker/constants';
import type { CurrentPlan } from './current-plan';
import type { RunStarter } from './run-starter';
import { runMessage } from './schema';

export interface DispatchDependencies {
  readonly runs: Pick<RunStarter, 'start' | 'recordFailure' | 'recordDropped'>;
  readonly plan: Pick<CurrentPlan, 'functionArnOf'>;
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
  const { logger } = dependencies;
  let message: RunMessage | undefined;
  try {
    message = runMessage.parse(JSON.parse(record.body));
    await startMessage(message, dependencies);
  } catch (error) {
    logger.error('run could not be started', { messageId: record.messageId, error: error as Error });
    const isLast = Number(record.attributes.ApproximateReceiveCount) >= START_TRIES;
    if (message && isLast) await recordFailure(message, error, dependencies);
    throw error;
  }
}

async function startMessage(message: RunMessage, dependencies: DispatchDependencies): Promise<void> {
  const { runs, plan, logger } = dependencies;
  const functionArn = await plan.functionArnOf(message);
  if (functionArn === undefined) {
    return drop(message, 'its schedule was removed, paused or renamed, or another engine serves it', dependencies);
  }
  try {
    if (await runs.start({ ...message, functionArn })) return;
    logger.info('duplicate delivery: the run was started before', describeRun(message));
  } catch (error) {
    if (!isGone(error)) throw error;
    await drop(message, `the function does not exist any more: ${functionArn}`, dependencies);
  }
}

/** Ends a run that nothing can start any more. Another delivery of its message would change nothing. */
async function drop(message: RunMessage, why: string, { runs, logger }: DispatchDependencies): Promise<void> {
  await runs.recordDropped(message, why);
  logger.info('run dropped', { ...describeRun(message), why });
}

/** Whether Lambda knows no function of the ARN. */
function isGone(error: unknown): boolean {
  return (error as Error).name === 'ResourceNotFoundException';
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
