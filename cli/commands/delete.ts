import { confirm, note } from '../shared/ask';
import type { CommonOptions, PersonContext } from '../shared/command-context';
import { clientOf, findOperated } from '../shared/operated-functions';

/** Tag by which CloudFormation marks what is its own. */
export const STACK_TAG = 'aws:cloudformation:stack-name';

export interface DeleteOptions extends CommonOptions {
  /** Whether to keep the log group. */
  readonly keepLogs?: boolean;
  /** Whether to go on without a question. */
  readonly yes?: boolean;
}

/**
 * Deletes a function, and its log group unless others log there.
 *
 * @returns false when the person has said no
 */
export async function deleteFunction(
  { target, output, input, signal }: PersonContext,
  name: string,
  options: DeleteOptions,
): Promise<boolean> {
  const fn = await findOperated(target, name, options.group);
  const client = clientOf(fn, target);
  const { tags } = await client.info();
  const stack = tags[STACK_TAG];
  const { colors } = output;
  if (stack) {
    note(
      colors.yellow(
        `'${fn.name}' belongs to the stack '${stack}' of CloudFormation, which goes on taking it for there: take it out of the app and deploy instead. A deploy that changes it will fail.`,
      ),
    );
  }
  const what = `${fn.configuration.functionName}${options.keepLogs ? '' : ` and its log group ${fn.configuration.logGroup}`}`;
  if (!options.yes && !(await confirm(`Delete ${what} on ${target.label}?`, input, signal))) return false;
  const { functionDeleted, logGroupDeleted, logGroupKept } = await client.delete({ logGroup: !options.keepLogs });
  if (options.json) {
    const result = { function: fn.name, functionName: fn.configuration.functionName, functionDeleted };
    const kept = logGroupKept ? { logGroup: logGroupKept.logGroup, sharedWith: logGroupKept.sharedWith } : null;
    output.line(JSON.stringify({ ...result, logGroupDeleted: logGroupDeleted ?? null, logGroupKept: kept }, undefined, 2));
    return true;
  }
  output.line(`${colors.green('deleted')} ${colors.bold(fn.configuration.functionName)}`);
  if (logGroupDeleted) output.line(`${colors.green('deleted')} log group ${logGroupDeleted}`);
  if (logGroupKept)
    output.line(`kept log group ${logGroupKept.logGroup}: ${logGroupKept.sharedWith.join(', ')} log there as well`);
  return true;
}
