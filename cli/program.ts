import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { version } from '../package.json';
import { addBundleCommand } from './bundle-command';
import { addOperationCommands } from './operation-commands';
import { parsePort } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';
import { addRunCommands } from './run-commands';

interface LocalOptions {
  readonly port?: number;
  readonly serve?: string;
  readonly watch: boolean;
  readonly follow: boolean;
  readonly verbose?: boolean;
}

/** The `katamari` command with all its subcommands. */
export function createProgram(parts: ProgramDependencies): Command {
  const program = new Command('katamari')
    .description('Runs a CDK app on this machine, and shows, starts and operates its functions, here or on AWS.')
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
    .addHelpText('after', '\nExample:\n  katamari local --port 4566\n')
    .action(async (options: LocalOptions) => {
      const serve = options.serve === undefined ? undefined : resolve(parts.directory, options.serve);
      // What only the local run needs is loaded for it alone: the other commands start sooner.
      const { LocalRun } = await import('./local/local-run');
      await new LocalRun({ ...options, ...parts, serve }).run();
    });

  addRunCommands(program, parts);
  addOperationCommands(program, parts);
  addBundleCommand(program, parts);
  return program;
}

const EXAMPLES = `
Examples:
  katamari local                              run the app in this folder on this machine
  katamari runs PullRssData --limit 5         the last 5 runs of one function
  katamari runs --state failed --json         what failed, for a program
  katamari logs --follow                      all log lines as they come
  katamari emit order.created '{"id": 42}'    publish an event
  katamari invoke PullRssData @event.json     invoke a function with the event in a file
  katamari ls                                 the functions that are deployed
  katamari info PullRssData                   how one of them is configured
  katamari url Api                            the URL of one
  katamari wait PullRssData --updated         wait until its last update has ended
  katamari shell PullRssData                  run code inside one that has a debug shell
  katamari delete old-function                delete one that no stack has
  katamari layers prune --dry-run             which layer versions nobody uses
  katamari settings                           quotas of the account
  katamari bundle --list PullRssData          what would be in the package of one

Exit codes:
  0    done
  1    not done: an error, a function that failed, a question that was answered with no
  130  ended by a second Ctrl-C
`;
