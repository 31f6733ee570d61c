import { type Command, Option } from 'commander';
import { functionCommand, targetAction, targetCommand } from './command-action';
import { FUNCTION_STATES, parseAttempts, parseInterval, parseKeep, parseTimeout } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';

const FUNCTION = 'name of the function in its group, or its deployed name or ARN';

/** Adds the commands that operate what is deployed. */
export function addOperationCommands(program: Command, dependencies: ProgramDependencies): void {
  targetCommand(program, 'ls', 'list the deployed functions', "npx cdk-katamari ls --group 'Shop/Jobs' --urls")
    .option('-g, --group <group>', 'list only the functions of a group, by its path or the last part of it')
    .option('--urls', 'show function URLs')
    .action(targetAction(dependencies, async () => (await import('./commands/ls')).listAll));

  functionCommand(
    program,
    'info',
    'show the configuration of a function, and what invokes it',
    'npx cdk-katamari info PullRssData --env',
  )
    .argument('<function>', FUNCTION)
    .option('--env', 'show the values of environment variables too, not only their names')
    .action(targetAction(dependencies, async () => (await import('./commands/info')).showInfo, 'name'));

  functionCommand(program, 'url', 'print the URL of a function', 'curl "$(npx cdk-katamari url Api)"')
    .argument('<function>', FUNCTION)
    .action(targetAction(dependencies, async () => (await import('./commands/url')).showUrl, 'name'));

  functionCommand(
    program,
    'wait',
    'wait until a function can be invoked',
    'npx cdk-katamari wait PullRssData --updated --timeout 60',
  )
    .argument('<function>', FUNCTION)
    .option('--updated', 'wait until the last update has ended')
    .addOption(
      new Option('--state <state>', 'wait until the function is in this state').choices(FUNCTION_STATES).conflicts('updated'),
    )
    .addOption(new Option('--timeout <seconds>', 'longest wait').argParser(parseTimeout).default(300))
    .addOption(new Option('--interval <seconds>', 'time between two attempts').argParser(parseInterval).default(1))
    .addOption(new Option('--attempts <count>', 'most attempts').argParser(parseAttempts))
    .action(targetAction(dependencies, async () => (await import('./commands/wait')).waitForFunction, 'name'));

  functionCommand(program, 'delete', 'delete a function', 'npx cdk-katamari delete old-function --keep-logs')
    .argument('<function>', FUNCTION)
    .option('--keep-logs', 'keep its log group')
    .option('-y, --yes', 'do not ask')
    .action(targetAction(dependencies, async () => (await import('./commands/delete')).deleteFunction, 'name'));

  functionCommand(
    program,
    'shell',
    'run code inside a function that was deployed with debugShell: line by line, or the code given',
    "npx cdk-katamari shell PullRssData 'process.memoryUsage().rss'",
  )
    .argument('<function>', FUNCTION)
    .argument('[code]', 'JavaScript or Python, the language of the function (default: standard input)')
    .action(targetAction(dependencies, async () => (await import('./commands/shell')).openShell, 'name', 'code'));

  targetCommand(program, 'settings', 'show the quotas of the account and their usage', 'npx cdk-katamari settings --json').action(
    targetAction(dependencies, async () => (await import('./commands/settings')).showSettings),
  );
  addLayerCommands(program, dependencies);
}

function addLayerCommands(program: Command, dependencies: ProgramDependencies): void {
  const layers = program.command('layers').description('list layers, and delete unused layer versions');

  targetCommand(layers, 'ls', 'list layers with their newest versions', 'npx cdk-katamari layers ls pandas')
    .argument('[layer]', 'name of a layer, to list all its versions')
    .action(targetAction(dependencies, async () => (await import('./commands/layers-ls')).listLayers, 'layer'));

  targetCommand(
    layers,
    'prune',
    'delete the layer versions that no function of the region uses',
    'npx cdk-katamari layers prune pandas --keep 2 --dry-run',
  )
    .argument('[layer]', 'name of a layer (default: all layers)')
    .addOption(new Option('--keep <count>', 'newest versions of each layer to keep').argParser(parseKeep).default(1))
    .option('--dry-run', 'show what would be deleted, without deleting')
    .option('-y, --yes', 'do not ask')
    .action(targetAction(dependencies, async () => (await import('./commands/layers-prune')).pruneLayers, 'layer'));
}
