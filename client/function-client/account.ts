import { GetAccountSettingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { AwsClients } from './clients';
import { toConfiguration } from './configuration';
import { allPages } from './pages';
import { attempt } from './service-errors';
import type { AccountSettings, FunctionConfiguration } from './types';

/** All functions of the account in the region. */
export async function listFunctions({ lambda }: AwsClients): Promise<FunctionConfiguration[]> {
  const all = await allPages(
    (Marker) => attempt({ doing: 'list functions' }, () => lambda.send(new ListFunctionsCommand({ Marker }))),
    ({ Functions, NextMarker }) => ({ items: Functions, marker: NextMarker }),
  );
  return all.map(toConfiguration);
}

export async function readSettings({ lambda }: AwsClients): Promise<AccountSettings> {
  const command = new GetAccountSettingsCommand({});
  const { AccountLimit: limit, AccountUsage: usage } = await attempt({ doing: 'read the settings of the account' }, () =>
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
