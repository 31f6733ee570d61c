import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { clientSettings } from '../../shared/client-settings';
import { readRetentionDays, requireEnv } from '../../shared/env';
import { sdkTable } from '../../shared/table/sdk-table';
import { CurrentPlan } from './current-plan';
import { type DispatchDependencies, dispatch } from './dispatch';
import { RunStarter } from './run-starter';

const logger = new Logger({ serviceName: 'katamari-dispatch' });
const table = sdkTable(new DynamoDBClient(clientSettings({})), requireEnv(ENV_RUN_TABLE));
const dependencies: DispatchDependencies = {
  runs: new RunStarter({
    lambda: new LambdaClient(clientSettings({})),
    table,
    retentionDays: readRetentionDays(process.env),
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }),
  plan: new CurrentPlan({ table, logger, now: Date.now }),
  logger,
};

/** Starts the runs of messages of the run queue. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  return dispatch(event, dependencies);
}
