import { readFileSync } from 'node:fs';
import { CommandError, reasonOf } from '../../engine/errors';

/**
 * The value of a JSON argument: JSON as it is, `@file` for a file that holds it, `-` for standard input.
 *
 * @returns undefined where none is given
 * @throws CommandError when it is no JSON, or the file can't be read
 */
export function readJsonArgument(argument: string | undefined, stdin: () => string = () => readFileSync(0, 'utf8')): unknown {
  if (argument === undefined) return undefined;
  const { text, source } = readText(argument, stdin);
  try {
    return JSON.parse(text);
  } catch (error) {
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new CommandError(
      `${source} must be JSON, got: ${shown.trim() || 'nothing'} (${reasonOf(error)})`,
      `Quote it for the shell, such as '{"id": 42}'; @file.json reads a file, - reads standard input.`,
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
    throw new CommandError(`file '${path}' can't be read: ${reasonOf(error)}`, undefined, { cause: error });
  }
}
