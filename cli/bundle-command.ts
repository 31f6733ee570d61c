import type { Command } from 'commander';
import type { BundleOptions } from './commands/bundle';
import type { ProgramDependencies } from './program-dependencies';

/** The command that shows what would be deployed. */
export function addBundleCommand(program: Command, parts: ProgramDependencies): void {
  program
    .command('bundle')
    .description('synthesize the app in this folder and show what would be in the packages of its functions and layers')
    .argument('[function]', 'name of a function in its group, or the end of the path of its construct (default: all of them)')
    .option('--list', 'show the files with their sizes, not the totals alone')
    .option('--json', 'print JSON')
    .option('--local', 'synthesize as the local run does, not as for AWS')
    .option('--verbose', 'show stack traces')
    .addHelpText('after', '\nExample:\n  katamari bundle --list PullRssData\n')
    .action(async (name: string | undefined, options: BundleOptions) => {
      const { showBundles } = await import('./commands/bundle');
      await showBundles(parts, name, options);
    });
}
