import type { FunctionOptions, InteractiveContext } from '../shared/command-context';
import { confirmAction, requireChoice } from '../shared/confirm';
import { clientOf, findFunction, STACK_TAG } from '../shared/deployed-functions';
import { note, writeJson } from '../shared/output';

interface DeleteOptions extends FunctionOptions {
  /** Whether to keep the log group. */
  readonly keepLogs?: boolean;
  /** Whether to delete without asking. */
  readonly yes?: boolean;
}

/**
 * Deletes a function, and its log group unless other functions log there.
 *
 * @returns false when the person answers no
 */
export async function deleteFunction(
  { target, output, input, signal }: InteractiveContext,
  { name, group, keepLogs, yes, json }: DeleteOptions,
): Promise<boolean> {
  requireChoice(target, `Delete ${name}`, input);
  const fn = await findFunction(target, name, group);
  const { functionName, logGroup } = fn.configuration;
  const client = clientOf(fn, target);
  const { tags } = await client.info();
  const { colors } = output;
  if (tags[STACK_TAG]) {
    note(
      colors.yellow(
        `'${fn.name}' belongs to the CloudFormation stack '${tags[STACK_TAG]}', and a later deploy that changes it will fail. Remove it from the app and deploy instead.`,
      ),
    );
  }
  const what = `${functionName}${keepLogs ? '' : ` and its log group ${logGroup}`}`;
  if (!(await confirmAction({ target, input, signal }, { text: `Delete ${what}`, yes: yes ?? false }))) return false;
  const { functionDeleted, logGroupDeleted, logGroupKept } = await client.delete({ logGroup: !keepLogs });
  if (json) {
    const kept = logGroupKept ? { logGroup: logGroupKept.logGroup, sharedWith: logGroupKept.sharedWith } : null;
    writeJson(output, {
      function: fn.name,
      group: fn.group ?? null,
      functionName,
      functionDeleted,
      logGroupDeleted: logGroupDeleted ?? null,
      logGroupKept: kept,
    });
    return true;
  }
  output.line(`${colors.green('deleted')} ${colors.bold(functionName)}`);
  if (logGroupDeleted) output.line(`${colors.green('deleted')} log group ${logGroupDeleted}`);
  if (logGroupKept) output.line(`kept log group ${logGroupKept.logGroup}: ${logGroupKept.sharedWith.join(', ')} log there too`);
  return true;
}
