import { DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { defaultLogGroup } from './configuration';
import { configuration } from './deployment';
import { ResourceNotFoundError } from './errors';
import type { FunctionRef } from './function-ref';
import { attemptIfThere } from './service-errors';

/** @returns whether it was there */
export async function deleteLogGroup(ref: FunctionRef, logGroupName: string): Promise<boolean> {
  const deleted = await attemptIfThere({ doing: `delete log group '${logGroupName}'` }, () =>
    ref.clients.logs.send(new DeleteLogGroupCommand({ logGroupName })),
  );
  return deleted !== undefined;
}

/** Where the function logs to, or has logged to when it is not there any more. */
export async function lastKnownLogGroup(ref: FunctionRef): Promise<string> {
  try {
    return (await configuration(ref)).logGroup;
  } catch (error) {
    if (error instanceof ResourceNotFoundError) return defaultLogGroup(ref.name);
    throw error;
  }
}
