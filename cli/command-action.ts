import { type Command, Option } from 'commander';
import type { ProgramDependencies } from './program-dependencies';
import type { AppContext, InteractiveContext } from './shared/command-context';
import type { TargetOptions } from './shared/target';

/** Runs a command. Returns false when the command failed and has already shown the reason. */
type Run<Context, Options> = (context: Context, options: Options) => Promise<unknown>;

/** Adds a command that acts on deployed resources, with the options to choose the deployment target. */
export function targetCommand(parent: Command, name: string, description: string, example: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print JSON')
    .addOption(new Option('--local', 'use the local run (default if one is up)').conflicts('aws'))
    .addOption(new Option('--aws', 'use AWS, with the credentials that the SDKs find').conflicts('local'))
    .option('--verbose', 'show stack traces')
    .addHelpText('after', `\nExample:\n  ${example}\n`);
}

/** Adds a command that acts on deployed functions. */
export function functionCommand(parent: Command, name: string, description: string, example: string): Command {
  return targetCommand(parent, name, description, example).option(
    '-g, --group <group>',
    'group of the function, if several groups have a function of that name',
  );
}

/**
 * Returns the action of a command that acts on the app.
 *
 * @param load imports the command when it runs, so that the other commands start faster
 * @param argumentNames options that take the arguments of the command line, in order
 */
export function appAction<Options>(
  { output, directory, signal }: ProgramDependencies,
  load: () => Promise<Run<AppContext, Options>>,
  ...argumentNames: (keyof Options & string)[]
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const run = await load();
    await run({ output, directory, signal }, optionsOf<Options>(given, argumentNames));
  };
}

/**
 * Returns the action of a command that acts on deployed resources.
 *
 * @param load imports the command when it runs, so that the other commands start faster
 * @param argumentNames options that take the arguments of the command line, in order
 */
export function targetAction<Options>(
  { output, input, directory, signal, fail }: ProgramDependencies,
  load: () => Promise<Run<InteractiveContext, Options>>,
  ...argumentNames: (keyof Options & string)[]
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const options = optionsOf<Options & TargetOptions>(given, argumentNames);
    const { findTarget } = await import('./shared/target');
    const target = await findTarget(options, directory, { signal });
    const run = await load();
    try {
      if ((await run({ target, output, input, signal }, options)) === false) fail(1);
    } catch (error) {
      const { explainAwsError } = await import('./shared/aws-error');
      throw explainAwsError(error, target);
    }
  };
}

/** Commander passes the arguments first, and then the options. */
function optionsOf<Options>(given: readonly unknown[], argumentNames: readonly string[]): Options {
  const values = Object.fromEntries(argumentNames.map((name, index) => [name, given[index]]));
  return { ...(given[argumentNames.length] as Options), ...values };
}
