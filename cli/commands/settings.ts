import { FunctionClient } from '../../client';
import type { CommandContext } from '../shared/command-context';
import { formatBytes, formatFields } from '../shared/format';
import { writeJson } from '../shared/output';

interface SettingsOptions {
  readonly json?: boolean;
}

/** Shows the quotas of the account in the region, and their usage. */
export async function showSettings({ target, output }: CommandContext, { json }: SettingsOptions): Promise<void> {
  const settings = await FunctionClient.accountSettings(target.settings);
  if (json) {
    writeJson(output, settings);
    return;
  }
  const { limit, usage } = settings;
  const reserved = limit.concurrentExecutions - limit.unreservedConcurrentExecutions;
  const fields: [string, string][] = [
    ['functions', String(usage.functionCount)],
    ['concurrent executions', `at most ${limit.concurrentExecutions}, ${reserved} reserved for functions`],
    ['packages and layers', `${formatBytes(usage.totalCodeSize)} of ${formatBytes(limit.totalCodeSize)}`],
    ['package size', `at most ${formatBytes(limit.codeSizeZipped)} zipped, when uploaded directly`],
    ['function size', `at most ${formatBytes(limit.codeSizeUnzipped)} unzipped, including layers`],
  ];
  for (const line of formatFields(fields, output.colors)) output.line(line);
}
