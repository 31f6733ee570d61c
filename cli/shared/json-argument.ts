import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { CommandError, reasonOf } from '../../engine/errors';
import { JsonText } from '../../lambda/shared/json/json-text';
import { cut } from './format';

const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Reads a JSON argument: the JSON itself, `@file` for a file with the JSON, or `-` for standard input.
 *
 * @param stdin reads standard input to its end
 * @returns the JSON as it was written; undefined without an argument
 * @throws CommandError when the text is not JSON, or the file can't be read
 */
export async function readJsonArgument(
  argument: string | undefined,
  stdin: () => Promise<string> = () => readAll(process.stdin),
): Promise<JsonText | undefined> {
  if (argument === undefined) return undefined;
  const { text: given, source } = await readText(argument, stdin);
  const text = given.replace(BYTE_ORDER_MARK, '').trim();
  try {
    JSON.parse(text);
  } catch (error) {
    throw new CommandError(
      `${source} must be JSON, got: ${cut(text, 81).trim() || 'nothing'} (${reasonOf(error)})`,
      `Quote the JSON for the shell, such as '{"id": 42}', or pass @file.json for a file, or - for standard input.`,
      { cause: error },
    );
  }
  return new JsonText(text);
}

async function readText(argument: string, stdin: () => Promise<string>): Promise<{ text: string; source: string }> {
  if (argument === '-') return { text: await stdin(), source: 'standard input' };
  if (!argument.startsWith('@')) return { text: argument, source: 'the argument' };
  const path = argument.slice(1);
  try {
    return { text: readFileSync(path, 'utf8'), source: `file '${path}'` };
  } catch (error) {
    throw new CommandError(`cannot read file '${path}': ${reasonOf(error)}`, undefined, { cause: error });
  }
}
