import { DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { listFunctions } from './account';
import type { FunctionRef } from './function-ref';
import { deleteLogGroup, lastKnownLogGroup } from './log-group';
import { attemptIfThere, ofFunction } from './service-errors';
import type { DeleteFunctionOptions, DeleteFunctionResult } from './types';

/** Deletes the function, and its log group where nobody else logs there. */
export async function deleteFunction(
  ref: FunctionRef,
  { logGroup = false }: DeleteFunctionOptions,
): Promise<DeleteFunctionResult> {
  const { name, reference, qualifier, clients } = ref;
  if (qualifier) {
    throw invalid(
      'delete must be called for the function, without a qualifier',
      qualifier,
      'For a version call versions.delete.',
    );
  }
  // Asked before: afterwards nothing says where it has logged to.
  const group = logGroup ? await lastKnownLogGroup(ref) : undefined;
  const command = new DeleteFunctionCommand({ FunctionName: reference });
  const deleted = await attemptIfThere(ofFunction('delete', name), () => clients.lambda.send(command));
  const result = { functionDeleted: deleted !== undefined };
  if (group === undefined) return result;
  const others = (await listFunctions(clients)).filter((other) => other.logGroup === group && other.functionName !== name);
  if (others.length > 0) {
    return { ...result, logGroupKept: { logGroup: group, sharedWith: others.map(({ functionName }) => functionName) } };
  }
  return (await deleteLogGroup(ref, group)) ? { ...result, logGroupDeleted: group } : result;
}
