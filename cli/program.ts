import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../package.json';
import { emitEvent } from './commands/emit';
import { type InvokeOptions, invokeFunction } from './commands/invoke';
import { type LogsOptions, parseAge, showLogs } from './commands/logs';
import { RUN_STATES, type RunsOptions, showRuns } from './commands/runs';
import type { Output } from './output';
import { explainAwsError, findTarget, type Target, type TargetOptions } from './target';

/** What the command needs of the process that it runs in. */
export interface ProgramParts {
  readonly output: Output;
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called with the exit code of a command that failed without an error. */
  readonly fail: (exitCode: number) => void;
}

interface LocalOptions {
  readonly port?: number;
  readonly serve?: string;
  readonly watch: boolean;
  readonly follow: boolean;
  readonly verbose?: boolean;
}

/** The `katamari` command with all its subcommands. */
export function createProgram(parts: ProgramParts): Command {
  const program = new Command('katamari')
    .description('Runs a CDK app on this machine, and shows and starts its functions, here or on AWS.')
    .version(version)
    .showHelpAfterError("(see 'katamari --help')")
    .addHelpText('after', EXAMPLES);

  program
    .command('local')
    .description('deploy the app in this folder on this machine, follow it, and redeploy it when it changes')
    .addOption(new Option('-p, --port <port>', 'port of 127.0.0.1 for MiniStack (default: a free one)').argParser(parsePort))
    .option('--serve <folder>', "serve a folder's files; the app gets the address as context 'katamari:served'")
    .option('--no-watch', 'do not redeploy when the app changes')
    .option('--no-follow', 'do not show logs and runs')
    .option('--verbose', 'show what the CDK and MiniStack write, and stack traces')
    .action(async (options: LocalOptions) => {
      const serve = options.serve === undefined ? undefined : resolve(parts.directory, options.serve);
      // What only the local run needs is loaded for it alone: the other commands start sooner.
      const { LocalRun } = await import('./local/local-run');
      await new LocalRun({ ...options, ...parts, serve }).run();
    });

  deployedCommand(program, 'runs', 'show runs with their states, the newest first')
    .argument('[function]', 'name of a function (default: all of them)')
    .addOption(new Option('-n, --limit <count>', 'most runs to show').argParser(parseLimit).default(20))
    .addOption(new Option('--state <state>', 'only runs in this state').choices(RUN_STATES).argParser(parseState))
    .action((name: string | undefined, options: RunsOptions & TargetOptions) =>
      onTarget(parts, options, (target) => showRuns({ target, output: parts.output }, name, options)),
    );

  deployedCommand(program, 'logs', 'show log lines, the oldest first')
    .argument('[function]', 'name of a function (default: all of them)')
    .option('-f, --follow', 'go on with the lines to come')
    .addOption(new Option('--since <age>', 'how far back, such as 90s, 10m, 2h, 1d').argParser(parseAge).default(600_000, '10m'))
    .action((name: string | undefined, options: LogsOptions & TargetOptions) =>
      onTarget(parts, options, (target) =>
        showLogs({ target, output: parts.output }, name, { ...options, signal: parts.signal }),
      ),
    );

  deployedCommand(program, 'emit', 'publish an event on the bus of a group')
    .argument('<name>', 'name of the event')
    .argument('[json]', 'its data: JSON, @file, or - for standard input')
    .action((name: string, json: string | undefined, options: { group?: string; json?: boolean } & TargetOptions) =>
      onTarget(parts, options, (target) => emitEvent({ target, output: parts.output }, name, json, options)),
    );

  deployedCommand(program, 'invoke', 'invoke a function and show its result')
    .argument('<function>', 'name of the function')
    .argument('[json]', 'the event: JSON, @file, or - for standard input (default: {})')
    .option('--async', 'only hand the event over: retries and the dead-letter queue apply')
    .action((name: string, json: string | undefined, options: InvokeOptions & TargetOptions) =>
      onTarget(parts, options, async (target) => {
        if (!(await invokeFunction({ target, output: parts.output }, name, json, options))) parts.fail(1);
      }),
    );
  return program;
}

function deployedCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('-g, --group <group>', 'group of the function, where several have one of that name')
    .option('--json', 'print JSON')
    .addOption(new Option('--local', 'use the local run (default: where one is up)').conflicts('aws'))
    .addOption(new Option('--aws', 'use AWS, with the ordinary credentials').conflicts('local'))
    .option('--verbose', 'show stack traces');
}

async function onTarget(parts: ProgramParts, options: TargetOptions, action: (target: Target) => Promise<void>): Promise<void> {
  const target = await findTarget(options, parts.directory);
  try {
    await action(target);
  } catch (error) {
    throw explainAwsError(error, target);
  }
}

function parsePort(text: string): number {
  return parseInteger(text, 1, 65_535, 'a port');
}

function parseLimit(text: string): number {
  return parseInteger(text, 1, 10_000, 'a limit');
}

function parseInteger(text: string, from: number, to: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(`${what} must be a whole number from ${from} to ${to}, got: '${text}'`);
  }
  return value;
}

/** A state in any case of letters. */
function parseState(text: string): string {
  const state = RUN_STATES.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (!state) throw new InvalidArgumentError(`a state is one of ${RUN_STATES.join(', ')}, got: '${text}'`);
  return state;
}

const EXAMPLES = `
Examples:
  katamari local                              run the app in this folder on this machine
  katamari runs PullRssData --limit 5         the last 5 runs of one function
  katamari runs --state failed --json         what failed, for a program
  katamari logs --follow                      all log lines as they come
  katamari emit order.created '{"id": 42}'    publish an event
  katamari invoke PullRssData @event.json     invoke a function with the event in a file
`;
