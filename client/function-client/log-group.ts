import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { defaultLogGroup } from '../shared/configuration';
import { ResourceNotFoundError } from '../shared/errors';
import { callAwsIfFound } from '../shared/service-errors';
import { readConfiguration } from './deployment';
import type { FunctionRef } from './function-ref';

/** @returns whether the log group existed */
export async function deleteLogGroup(ref: FunctionRef, logGroupName: string): Promise<boolean> {
  const deleted = await callAwsIfFound({ description: `delete log group '${logGroupName}'` }, () =>
    ref.clients.logs.send(new DeleteLogGroupCommand({ logGroupName })),
  );
  return deleted !== undefined;
}

/** Log group of the function; of a function that does not exist, the default one. */
export async function lastKnownLogGroup(ref: FunctionRef): Promise<string> {
  try {
    return (await readConfiguration(ref)).logGroup;
  } catch (error) {
    if (error instanceof ResourceNotFoundError) return defaultLogGroup(ref.name);
    throw error;
  }
}
