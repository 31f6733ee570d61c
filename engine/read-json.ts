import { readFileSync } from 'node:fs';
import type * as z from 'zod/mini';
import { CommandError, reasonOf } from './errors';

/**
 * Reads a JSON file that another tool wrote.
 *
 * @throws CommandError when the file is missing or not JSON, or a value in it breaks the schema
 */
export function readJson<Content>(path: string, schema: z.ZodMiniType<Content>): Content {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${reasonOf(error)}`, undefined, { cause: error });
  }
  const { data, error } = schema.safeParse(content, { reportInput: true });
  if (!error) return data;
  const [issue] = error.issues as [z.core.$ZodIssue];
  const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')} in ${path}` : path;
  const rule = issue.code === 'invalid_type' ? `be of the type ${issue.expected}` : 'be valid';
  throw new CommandError(`${where} must ${rule}, got: ${JSON.stringify(issue.input)}`);
}
