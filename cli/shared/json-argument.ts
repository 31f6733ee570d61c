import { readFileSync } from 'node:fs';
import { CommandError, reasonOf } from '../../engine/errors';
import { cut } from './format';

/**
 * Reads a JSON argument: the JSON itself, `@file` for a file with the JSON, or `-` for standard input.
 *
 * @returns undefined without an argument
 * @throws CommandError when the text is not JSON, or the file can't be read
 */
export function readJsonArgument(argument: string | undefined, stdin: () => string = () => readFileSync(0, 'utf8')): unknown {
  if (argument === undefined) return undefined;
  const { text, source } = readText(argument, stdin);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(
      `${source} must be JSON, got: ${cut(text, 81).trim() || 'nothing'} (${reasonOf(error)})`,
      `Quote the JSON for the shell, such as '{"id": 42}', or pass @file.json for a file, or - for standard input.`,
      { cause: error },
    );
  }
}

function readText(argument: string, stdin: () => string): { text: string; source: string } {
  if (argument === '-') return { text: stdin(), source: 'standard input' };
  if (!argument.startsWith('@')) return { text: argument, source: 'the argument' };
  const path = argument.slice(1);
  try {
    return { text: readFileSync(path, 'utf8'), source: `file '${path}'` };
  } catch (error) {
    throw new CommandError(`cannot read file '${path}': ${reasonOf(error)}`, undefined, { cause: error });
  }
}
