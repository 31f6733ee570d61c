import { type Command, Option } from 'commander';
import { functionCommand, targetAction } from './command-action';
import { parseAge, parseLimit, parseState, parseTime, RUN_STATES } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';

/** Adds the commands that start functions, and show their runs and logs. */
export function addRunCommands(program: Command, dependencies: ProgramDependencies): void {
  functionCommand(program, 'runs', 'show runs with their states, newest first', 'npx cdk-katamari runs PullRssData --limit 5')
    .argument('[function]', 'name of a function (default: all functions)')
    .addOption(new Option('-n, --limit <count>', 'most runs to show').argParser(parseLimit).default(20))
    .addOption(new Option('--state <state>', 'show only runs in this state').choices(RUN_STATES).argParser(parseState))
    .addOption(new Option('--before <time>', 'show only runs that started before this time').argParser(parseTime))
    .action(targetAction(dependencies, async () => (await import('./commands/runs')).showRuns, 'name'));

  functionCommand(program, 'logs', 'show log lines, oldest first', 'npx cdk-katamari logs PullRssData --since 1d --follow')
    .argument('[function]', 'name of a function (default: all functions in groups)')
    .option('-f, --follow', 'keep showing lines as they arrive')
    .addOption(
      new Option('--since <age>', 'how far back to start, such as 90s, 10m, 2h, 1d').argParser(parseAge).default(600_000, '10m'),
    )
    .action(targetAction(dependencies, async () => (await import('./commands/logs')).showLogs, 'name'));

  functionCommand(
    program,
    'emit',
    'publish an event on the event bus of a group',
    `npx cdk-katamari emit order.created '{"id": 42}'`,
  )
    .argument('<name>', 'name of the event')
    .argument('[json]', 'data of the event: JSON, @file, or - for standard input')
    .action(targetAction(dependencies, async () => (await import('./commands/emit')).emitEvent, 'name', 'data'));

  functionCommand(
    program,
    'invoke',
    'invoke a function and show its result',
    'npx cdk-katamari invoke PullRssData @event.json --logs',
  )
    .argument('<function>', 'name of the function')
    .argument('[json]', 'the event: JSON, @file, or - for standard input (default: {})')
    .option('--logs', 'show the last 4 KB of the log of the invocation, and its duration and memory')
    .addOption(
      new Option('--async', 'return when Lambda has accepted the event; retries and the dead-letter queue apply').conflicts([
        'logs',
        'dryRun',
      ]),
    )
    .addOption(
      new Option('--idempotency-key <key>', 'start no run if one with this key is in progress or has completed').conflicts(
        'dryRun',
      ),
    )
    .addOption(new Option('--dry-run', 'check whether the invocation is allowed, without invoking').conflicts(['logs', 'async']))
    .action(targetAction(dependencies, async () => (await import('./commands/invoke')).invokeFunction, 'name', 'event'));
}
