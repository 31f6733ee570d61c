import { type Command, Option } from 'commander';
import type { ProgramDependencies } from './program-dependencies';
import type { PersonContext } from './shared/command-context';
import { explainAwsError, findTarget, type TargetOptions } from './shared/target';

/** A command on what is deployed, here or on AWS. */
export function targetCommand(parent: Command, name: string, description: string, example: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON')
    .addOption(new Option('--local', 'use the local run (default: where one is up)').conflicts('aws'))
    .addOption(new Option('--aws', 'use AWS, with the ordinary credentials').conflicts('local'))
    .option('--verbose', 'show stack traces')
    .addHelpText('after', `\nExample:\n  ${example}\n`);
}

/** A command on deployed functions. */
export function functionCommand(parent: Command, name: string, description: string, example: string): Command {
  return targetCommand(parent, name, description, example).option(
    '-g, --group <group>',
    'group of the function, where several have one of that name',
  );
}

/** Does what a command is for, in the place that the options mean. */
export async function onTarget(
  parts: ProgramDependencies,
  options: TargetOptions,
  action: (context: PersonContext) => Promise<unknown>,
): Promise<void> {
  const target = await findTarget(options, parts.directory);
  try {
    // False says that it was not done: why has been shown.
    if ((await action({ ...parts, target })) === false) parts.fail(1);
  } catch (error) {
    throw explainAwsError(error, target);
  }
}
