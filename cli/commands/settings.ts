import { FunctionClient } from '../../client';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { formatBytes, formatFields } from '../shared/format';

/** Shows the quotas of the account in the region, and what is used of them. */
export async function showSettings({ target, output }: CommandContext, options: Pick<CommonOptions, 'json'>): Promise<void> {
  const settings = await FunctionClient.accountSettings(target.settings);
  if (options.json) {
    output.line(JSON.stringify(settings, undefined, 2));
    return;
  }
  const { limit, usage } = settings;
  const reserved = limit.concurrentExecutions - limit.unreservedConcurrentExecutions;
  const fields: [string, string][] = [
    ['functions', String(usage.functionCount)],
    ['concurrent executions', `${limit.concurrentExecutions} at most, ${reserved} of them reserved for functions`],
    ['packages and layers', `${formatBytes(usage.totalCodeSize)} of ${formatBytes(limit.totalCodeSize)}`],
    ['a package', `${formatBytes(limit.codeSizeZipped)} zipped where it is uploaded directly`],
    ['a function', `${formatBytes(limit.codeSizeUnzipped)} unzipped, layers included`],
  ];
  for (const line of formatFields(fields, output.colors)) output.line(line);
}
