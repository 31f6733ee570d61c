import { CommandError } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { localUrl } from '../shared/local-addresses';
import { clientOf, findOperated } from '../shared/operated-functions';

/**
 * Prints the URL of a function, as this machine reaches it.
 *
 * @throws CommandError when it has none
 */
export async function showUrl({ target, output }: CommandContext, name: string, options: CommonOptions): Promise<void> {
  const fn = await findOperated(target, name, options.group);
  const info = await clientOf(fn, target).url.info();
  if (!info) {
    throw new CommandError(
      `function '${fn.name}' has no URL`,
      "Give it one in the app, with addFunctionUrl(), and deploy. Without one it is invoked by 'katamari invoke'.",
    );
  }
  const { endpoint } = target.settings;
  const url = endpoint ? localUrl(info.url, endpoint) : info.url;
  if (!options.json) output.line(url);
  else
    output.line(JSON.stringify({ function: fn.name, url, authType: info.authType, invokeMode: info.invokeMode }, undefined, 2));
}
