import { setTimeout } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { sdkSettings } from '../../engine/client-settings';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { findFunctions, findGroupFunctions } from '../shared/deployed-functions';
import { formatAge } from '../shared/format';
import { formatLogLine, type LogLine } from '../shared/log-line';
import { LogReader } from '../shared/log-reader';

/** Pause between two reads. CloudWatch Logs allows 5 reads a second in an account, for all functions together. */
const PAUSE_MS = { local: 1_000, aws: 3_000 };
const LATENESS_MS = { local: 2_000, aws: 30_000 };

interface LogsOptions extends CommonOptions {
  /** @default - every function in a group */
  readonly name?: string;
  /** How far back to start, in milliseconds. */
  readonly since: number;
  /** Whether to keep showing lines as they arrive, until the signal aborts. */
  readonly follow?: boolean;
}

/** Shows log lines, oldest first. */
export async function showLogs({ target, output, signal }: CommandContext, options: LogsOptions): Promise<void> {
  const { name, group, follow, json } = options;
  const functions = name === undefined ? await findGroupFunctions(target, { group }) : await findFunctions(target, name, group);
  const client = new CloudWatchLogsClient(sdkSettings(target.settings));
  const since = Date.now() - options.since;
  const readers = functions.map(
    (fn) => new LogReader(client, { name: fn.name, logGroup: fn.configuration.logGroup }, since, LATENESS_MS[target.kind]),
  );
  const width = Math.max(...functions.map((fn) => fn.name.length));
  for (let first = true; ; first = false) {
    const lines: LogLine[] = [];
    for (const reader of readers) lines.push(...(await reader.read()));
    const shown = lines.filter((line) => line.origin !== 'platform').sort((a, b) => a.timestamp - b.timestamp);
    for (const line of shown) output.line(json ? logJson(line) : formatLogLine(line, width, output.colors));
    if (!follow) {
      if (first && shown.length === 0 && !json) {
        output.line(`no log lines in the last ${formatAge(options.since)}; look further back with --since, such as --since 1d`);
      }
      return;
    }
    try {
      await setTimeout(PAUSE_MS[target.kind], undefined, { signal });
    } catch {
      return;
    }
  }
}

/** One JSON object a line, so that a reader can use each line as it arrives. */
function logJson(line: LogLine): string {
  const { function: name, timestamp, level = null, text, origin } = line;
  return JSON.stringify({ function: name, timestamp: new Date(timestamp).toISOString(), level, message: text, origin });
}
