import { type Command, Option } from 'commander';
import { emitEvent } from './commands/emit';
import { type InvokeOptions, invokeFunction } from './commands/invoke';
import { type LogsOptions, parseAge, showLogs } from './commands/logs';
import { RUN_STATES, type RunsOptions, showRuns } from './commands/runs';
import { parseLimit, parseState } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';
import type { TargetOptions } from './shared/target';
import { functionCommand, onTarget } from './target-command';

/** Commands that start functions, and show what becomes of it. */
export function addRunCommands(program: Command, parts: ProgramDependencies): void {
  functionCommand(program, 'runs', 'show runs with their states, the newest first', 'katamari runs PullRssData --limit 5')
    .argument('[function]', 'name of a function (default: all of them)')
    .addOption(new Option('-n, --limit <count>', 'most runs to show').argParser(parseLimit).default(20))
    .addOption(new Option('--state <state>', 'only runs in this state').choices(RUN_STATES).argParser(parseState))
    .action((name: string | undefined, options: RunsOptions & TargetOptions) =>
      onTarget(parts, options, (context) => showRuns(context, name, options)),
    );

  functionCommand(program, 'logs', 'show log lines, the oldest first', 'katamari logs PullRssData --since 1d --follow')
    .argument('[function]', 'name of a function (default: all that are in groups)')
    .option('-f, --follow', 'go on with the lines to come')
    .addOption(new Option('--since <age>', 'how far back, such as 90s, 10m, 2h, 1d').argParser(parseAge).default(600_000, '10m'))
    .action((name: string | undefined, options: LogsOptions & TargetOptions) =>
      onTarget(parts, options, (context) => showLogs(context, name, { ...options, signal: parts.signal })),
    );

  functionCommand(program, 'emit', 'publish an event on the bus of a group', `katamari emit order.created '{"id": 42}'`)
    .argument('<name>', 'name of the event')
    .argument('[json]', 'its data: JSON, @file, or - for standard input')
    .action((name: string, json: string | undefined, options: { group?: string; json?: boolean } & TargetOptions) =>
      onTarget(parts, options, (context) => emitEvent(context, name, json, options)),
    );

  functionCommand(program, 'invoke', 'invoke a function and show its result', 'katamari invoke PullRssData @event.json --logs')
    .argument('<function>', 'name of the function')
    .argument('[json]', 'the event: JSON, @file, or - for standard input (default: {})')
    .option('--logs', 'show the last 4 KB of the log of the invocation, and what it took')
    .addOption(
      new Option('--async', 'only hand the event over: retries and the dead-letter queue apply').conflicts(['logs', 'dryRun']),
    )
    .addOption(new Option('--dry-run', 'only ask whether the invocation would be allowed').conflicts(['logs', 'async']))
    .action((name: string, json: string | undefined, options: InvokeOptions & TargetOptions) =>
      onTarget(parts, options, (context) => invokeFunction(context, name, json, options)),
    );
}
