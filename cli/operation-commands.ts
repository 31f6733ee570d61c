import { type Command, Option } from 'commander';
import { type DeleteOptions, deleteFunction } from './commands/delete';
import { type InfoOptions, showInfo } from './commands/info';
import { type LayersOptions, listLayers, type PruneOptions, pruneLayers } from './commands/layers';
import { type LsOptions, listAll } from './commands/ls';
import { showSettings } from './commands/settings';
import { openShell, type ShellOptions } from './commands/shell';
import { showUrl } from './commands/url';
import { type WaitOptions, waitForFunction } from './commands/wait';
import { parseKeep, parseTimeout } from './parse-option';
import type { ProgramDependencies } from './program-dependencies';
import type { CommonOptions } from './shared/command-context';
import type { TargetOptions } from './shared/target';
import { functionCommand, onTarget, targetCommand } from './target-command';

const FUNCTION = 'name of the function in its group; or the name or ARN that Lambda knows';

/** Commands that operate what is deployed. */
export function addOperationCommands(program: Command, parts: ProgramDependencies): void {
  targetCommand(program, 'ls', 'list the functions that are deployed', "katamari ls --group 'Shop/Jobs' --urls")
    .option('-g, --group <group>', 'only those of a group')
    .option('--urls', 'show their URLs')
    .action((options: LsOptions & TargetOptions) => onTarget(parts, options, (context) => listAll(context, options)));

  functionCommand(program, 'info', 'show how a function is configured, and what leads to it', 'katamari info PullRssData --env')
    .argument('<function>', FUNCTION)
    .option('--env', 'show the values of environment variables as well, not their names alone')
    .action((name: string, options: InfoOptions & TargetOptions) =>
      onTarget(parts, options, (context) => showInfo(context, name, options)),
    );

  functionCommand(program, 'url', 'print the URL of a function', 'curl "$(katamari url Api)"')
    .argument('<function>', FUNCTION)
    .action((name: string, options: CommonOptions & TargetOptions) =>
      onTarget(parts, options, (context) => showUrl(context, name, options)),
    );

  functionCommand(program, 'wait', 'wait until a function can be invoked', 'katamari wait PullRssData --updated --timeout 60')
    .argument('<function>', FUNCTION)
    .option('--updated', 'wait until its last update has ended')
    .addOption(new Option('--timeout <seconds>', 'longest wait').argParser(parseTimeout).default(300))
    .action((name: string, options: WaitOptions & TargetOptions) =>
      onTarget(parts, options, (context) => waitForFunction(context, name, options)),
    );

  functionCommand(program, 'delete', 'delete a function', 'katamari delete old-function --keep-logs')
    .argument('<function>', FUNCTION)
    .option('--keep-logs', 'keep its log group')
    .option('-y, --yes', 'do not ask')
    .action((name: string, options: DeleteOptions & TargetOptions) =>
      onTarget(parts, options, (context) => deleteFunction(context, name, options)),
    );

  functionCommand(
    program,
    'shell',
    'run code inside a function that was deployed with debugShell: line by line, or what is given',
    "katamari shell PullRssData 'process.memoryUsage().rss'",
  )
    .argument('<function>', FUNCTION)
    .argument('[code]', 'JavaScript or Python, as the function is (default: standard input)')
    .action((name: string, code: string | undefined, options: ShellOptions & TargetOptions) =>
      onTarget(parts, options, (context) => openShell(context, name, code, options)),
    );

  targetCommand(
    program,
    'settings',
    'show the quotas of the account, and what is used of them',
    'katamari settings --json',
  ).action((options: LayersOptions & TargetOptions) => onTarget(parts, options, (context) => showSettings(context, options)));
  addLayerCommands(program, parts);
}

function addLayerCommands(program: Command, parts: ProgramDependencies): void {
  const layers = program.command('layers').description('list layers, and delete those that nobody uses');

  targetCommand(layers, 'ls', 'list layers with their newest versions', 'katamari layers ls pandas')
    .argument('[layer]', 'name of a layer, for all its versions')
    .action((layer: string | undefined, options: LayersOptions & TargetOptions) =>
      onTarget(parts, options, (context) => listLayers(context, layer, options)),
    );

  targetCommand(
    layers,
    'prune',
    'delete the layer versions that no function of the region uses',
    'katamari layers prune pandas --keep 2 --dry-run',
  )
    .argument('[layer]', 'name of a layer (default: all of them)')
    .addOption(new Option('--keep <count>', 'newest versions of each layer to keep in any case').argParser(parseKeep).default(1))
    .option('--dry-run', 'only show what would be deleted')
    .option('-y, --yes', 'do not ask')
    .action((layer: string | undefined, options: PruneOptions & TargetOptions) =>
      onTarget(parts, options, (context) => pruneLayers(context, layer, options)),
    );
}
