import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { AwsClients } from '../shared/aws-clients';
import { callAws } from '../shared/service-errors';
import type { AccountSettings } from './types';

/** Quotas of the account in the region, and their use. */
export async function readAccountSettings({ lambda }: AwsClients): Promise<AccountSettings> {
  const command = new GetAccountSettingsCommand({});
  const { AccountLimit: limit, AccountUsage: usage } = await callAws({ description: 'read the account settings' }, () =>
    lambda.send(command),
  );
  return {
    limit: {
      totalCodeSize: limit?.TotalCodeSize ?? 0,
      codeSizeUnzipped: limit?.CodeSizeUnzipped ?? 0,
      codeSizeZipped: limit?.CodeSizeZipped ?? 0,
      concurrentExecutions: limit?.ConcurrentExecutions ?? 0,
      unreservedConcurrentExecutions: limit?.UnreservedConcurrentExecutions ?? 0,
    },
    usage: { totalCodeSize: usage?.TotalCodeSize ?? 0, functionCount: usage?.FunctionCount ?? 0 },
  };
}
