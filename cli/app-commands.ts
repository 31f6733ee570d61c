import { type Command, Option } from 'commander';
import { appAction } from './command-action';
import { parseOrigin, parsePort } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';

/** Adds the commands on the app in the working directory. */
export function addAppCommands(program: Command, dependencies: ProgramDependencies): void {
  program
    .command('local')
    .description('deploy the app in this folder to this machine, follow its functions, and redeploy it when it changes')
    .addOption(new Option('-p, --port <port>', 'port of 127.0.0.1 for MiniStack (default: a free one)').argParser(parsePort))
    .option('--serve <folder>', "serve the files of a folder; the app gets the address as context value 'katamari:served'")
    .addOption(
      new Option(
        '--allow-origin <origin...>',
        'answer requests of pages of these origins too, such as https://example.com (default: pages of this machine)',
      ).argParser(parseOrigin),
    )
    .option('--iam', 'enforce the IAM policies of the app, so that a missing grant fails as on AWS')
    .option('--reset', 'when resources change, make all stacks anew instead of updating them in place; all data is lost')
    .option('--run-now', 'start the next run of each schedule at once, instead of when it is due')
    .option('--no-watch', 'do not redeploy when the app changes')
    .option('--no-follow', 'do not show logs and runs')
    .option('--verbose', 'show the output of the CDK and MiniStack, and stack traces')
    .addHelpText('after', '\nExample:\n  npx cdk-katamari local --port 4566\n')
    .action(appAction(dependencies, async () => (await import('./commands/local')).runLocally));

  program
    .command('bundle')
    .description('synthesize the app in this folder and show the contents of its function and layer packages')
    .argument('[function]', 'name of a function in its group, or the end of a construct path (default: all functions and layers)')
    .option('--list', 'show every file with its size')
    .option('--json', 'print JSON')
    .option('--local', 'synthesize for a local run instead of AWS')
    .option('--verbose', 'show stack traces')
    .addHelpText('after', '\nExample:\n  npx cdk-katamari bundle --list PullRssData\n')
    .action(appAction(dependencies, async () => (await import('./commands/bundle')).showBundles, 'name'));
}
