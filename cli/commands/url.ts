import { CommandError } from '../../engine/errors';
import type { CommandContext, FunctionOptions } from '../shared/command-context';
import { clientOf, findFunction } from '../shared/deployed-functions';
import { reachableUrl } from '../shared/local-addresses';
import { writeJson } from '../shared/output';

/**
 * Prints the URL of a function, as this machine reaches it.
 *
 * @throws CommandError when it has no URL
 */
export async function showUrl({ target, output }: CommandContext, { name, group, json }: FunctionOptions): Promise<void> {
  const fn = await findFunction(target, name, group);
  const info = await clientOf(fn, target).url.info();
  if (!info) {
    throw new CommandError(
      `function '${fn.name}' has no URL`,
      "Add one to the app with addFunctionUrl() and deploy, or invoke the function with 'npx cdk-katamari invoke'.",
    );
  }
  const url = reachableUrl(info.url, target.settings);
  if (json)
    writeJson(output, { function: fn.name, group: fn.group ?? null, url, authType: info.authType, invokeMode: info.invokeMode });
  else output.line(url);
}
