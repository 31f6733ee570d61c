import { DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { listFunctions } from '../shared/list-functions';
import { callAwsIfFound, functionAction } from '../shared/service-errors';
import type { FunctionRef } from './function-ref';
import { deleteLogGroup, lastKnownLogGroup } from './log-group';
import type { DeleteFunctionOptions, DeleteFunctionResult } from './types';

/** Deletes the function, and its log group when no other function logs to it. */
export async function deleteFunction(
  ref: FunctionRef,
  { logGroup = false }: DeleteFunctionOptions,
): Promise<DeleteFunctionResult> {
  const { name, reference, qualifier, clients } = ref;
  if (qualifier) {
    throw invalid(
      'delete must be called on a function without a qualifier',
      qualifier,
      'To delete a version, call versions.delete.',
    );
  }
  // Before the deletion, because only the function's configuration names the log group.
  const group = logGroup ? await lastKnownLogGroup(ref) : undefined;
  const command = new DeleteFunctionCommand({ FunctionName: reference });
  const deleted = await callAwsIfFound(functionAction('delete', name), () => clients.lambda.send(command));
  const result = { functionDeleted: deleted !== undefined };
  if (group === undefined) return result;
  const others = (await listFunctions(clients)).filter((other) => other.logGroup === group && other.functionName !== name);
  if (others.length > 0) {
    return { ...result, logGroupKept: { logGroup: group, sharedWith: others.map(({ functionName }) => functionName) } };
  }
  return (await deleteLogGroup(ref, group)) ? { ...result, logGroupDeleted: group } : result;
}
