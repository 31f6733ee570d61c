import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { ENV_DEAD_LETTER_QUEUE_URL } from '../../lib/failure-recorder/constants';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { clientSettings } from '../shared/client-settings';
import { readRetentionDays, requireEnv } from '../shared/env';
import { sdkTable } from '../shared/table/sdk-table';
import { deadLetters } from './dead-letters';
import { type FailureRecorderDependencies, recordFailure } from './failure-recorder';
import { FunctionNames } from './function-names';
import { failedInvocation } from './schema';

const logger = new Logger({ serviceName: 'katamari-failure-recorder' });
const names = new FunctionNames(new LambdaClient(clientSettings({})));
const queueUrl = process.env[ENV_DEAD_LETTER_QUEUE_URL];
const dependencies: FailureRecorderDependencies = {
  table: sdkTable(new DynamoDBClient(clientSettings({})), requireEnv(ENV_RUN_TABLE)),
  nameOf: (functionArn) => names.get(functionArn),
  deadLetter: queueUrl ? deadLetters(new SQSClient(clientSettings({})), queueUrl) : undefined,
  retentionDays: readRetentionDays(process.env),
  now: Date.now,
  logger,
};

/** Records the run of an asynchronous invocation that failed. Lambda invokes it, as the destination of the group's functions. */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  await recordFailure(failedInvocation.parse(event), dependencies);
}
