import { Command } from 'commander';
import { version } from '../package.json';
import { addAppCommands } from './app-commands';
import { addOperationCommands } from './operation-commands';
import type { ProgramDependencies } from './program-dependencies';
import { addRunCommands } from './run-commands';

/** The `katamari` command with all its subcommands. */
export function createProgram(dependencies: ProgramDependencies): Command {
  const program = new Command('cdk-katamari')
    .description('Runs a CDK app on this machine, and operates its functions on this machine or on AWS.')
    .version(version)
    .showHelpAfterError("(see 'npx cdk-katamari --help')")
    .addHelpText('after', EXAMPLES);
  addAppCommands(program, dependencies);
  addRunCommands(program, dependencies);
  addOperationCommands(program, dependencies);
  return program;
}

const EXAMPLES = `
Examples:
  npx cdk-katamari local                              run the app in this folder on this machine
  npx cdk-katamari bundle --list PullRssData          show the files in the package of a function
  npx cdk-katamari runs PullRssData --limit 5         show the last 5 runs of a function
  npx cdk-katamari runs --state failed --json         print the failed runs as JSON
  npx cdk-katamari logs --follow                      show log lines as they arrive
  npx cdk-katamari emit order.created '{"id": 42}'    publish an event
  npx cdk-katamari invoke PullRssData @event.json     invoke a function with the event in a file
  npx cdk-katamari ls                                 list the deployed functions
  npx cdk-katamari info PullRssData                   show the configuration of a function
  npx cdk-katamari url Api                            print the URL of a function
  npx cdk-katamari wait PullRssData --updated         wait until the last update of a function ends
  npx cdk-katamari shell PullRssData                  run code inside a function with a debug shell
  npx cdk-katamari delete old-function                delete a function that no stack owns
  npx cdk-katamari layers prune --dry-run             show which layer versions are unused
  npx cdk-katamari settings                           show the quotas of the account

Exit codes:
  0    success
  1    failure: an error, a failed function, or a question answered with no
  130  ended by a second Ctrl-C
`;
