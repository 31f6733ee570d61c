import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { AwsClients } from './aws-clients';
import { toConfiguration } from './configuration';
import { allPages } from './pages';
import { callAws } from './service-errors';
import type { FunctionConfiguration } from './types';

/** All functions of the account in the region. */
export async function listFunctions({ lambda }: AwsClients): Promise<FunctionConfiguration[]> {
  const all = await allPages(
    (Marker) => callAws({ description: 'list functions' }, () => lambda.send(new ListFunctionsCommand({ Marker }))),
    ({ Functions, NextMarker }) => ({ items: Functions, marker: NextMarker }),
  );
  return all.map(toConfiguration);
}
