import { setTimeout } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CommandError } from '../../engine/errors';
import type { CommandContext, CommonOptions } from '../shared/command-context';
import { type DeployedFunction, findFunctions } from '../shared/discovery';
import { formatLogLine, type LogLine } from '../shared/log-line';
import { LogReader } from '../shared/log-reader';
import { filterOperated, listOperated } from '../shared/operated-functions';
import type { Target } from '../shared/target';

/** Pause between two looks; CloudWatch Logs allows 5 a second in an account, for all functions together. */
const PAUSE_MS = { local: 1_000, aws: 3_000 };
const LATENESS_MS = { local: 2_000, aws: 30_000 };

export interface LogsOptions extends CommonOptions {
  /** How far back to begin, in milliseconds. */
  readonly since: number;
  readonly follow?: boolean;
  /** Ends following. */
  readonly signal?: AbortSignal;
}

/** Shows log lines, the oldest first; with `follow`, those to come as well. */
export async function showLogs(context: CommandContext, name: string | undefined, options: LogsOptions): Promise<void> {
  const { target, output } = context;
  const functions = await loggers(target, name, options.group);
  const client = new CloudWatchLogsClient(target.settings);
  const since = Date.now() - options.since;
  const readers = functions.map((fn) => new LogReader(client, fn, since, LATENESS_MS[target.kind]));
  const width = Math.max(...functions.map((fn) => fn.name.length));
  for (let first = true; ; first = false) {
    const lines: LogLine[] = [];
    for (const reader of readers) lines.push(...(await reader.read()));
    const shown = lines.filter((line) => line.origin !== 'platform').sort((a, b) => a.timestamp - b.timestamp);
    for (const line of shown) output.line(options.json ? logJson(line) : formatLogLine(line, width, output.colors));
    if (!options.follow) {
      if (first && shown.length === 0 && !options.json) {
        output.line(`no log line in the last ${formatAge(options.since)}: look further back with --since, such as --since 1d`);
      }
      return;
    }
    try {
      await setTimeout(PAUSE_MS[target.kind], undefined, { signal: options.signal });
    } catch {
      return;
    }
  }
}

/** Who logs: what is named, of a group or not; else every function of the groups. */
async function loggers(
  target: Target,
  name: string | undefined,
  group: string | undefined,
): Promise<Pick<DeployedFunction, 'name' | 'logGroup'>[]> {
  if (name === undefined) return findFunctions(target, { group });
  const named = filterOperated(await listOperated(target), { name, group }, target.label);
  return named.map((fn) => ({ name: fn.name, logGroup: fn.configuration.logGroup }));
}

/** One JSON object a line, so that a reader need not wait for the end. */
function logJson(line: LogLine): string {
  const { function: name, timestamp, level = null, text, origin } = line;
  return JSON.stringify({ function: name, timestamp: new Date(timestamp).toISOString(), level, message: text, origin });
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Reads an age such as `90s`, `10m`, `2h` or `1d`.
 *
 * @returns milliseconds
 * @throws CommandError when it is none
 */
export function parseAge(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([a-z])$/.exec(text) ?? [];
  const milliseconds = Number(count) * (UNITS.get(unit) ?? Number.NaN);
  if (!(milliseconds > 0)) {
    throw new CommandError(`--since must be a whole number and s, m, h or d, such as 10m, got: '${text}'`);
  }
  return milliseconds;
}

function formatAge(milliseconds: number): string {
  const [unit, size] = [...UNITS].findLast(([, each]) => milliseconds % each === 0) as [string, number];
  return `${milliseconds / size}${unit}`;
}
