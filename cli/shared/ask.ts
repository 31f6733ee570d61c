import { createInterface } from 'node:readline/promises';
import { CommandError } from '../../engine/errors';

/** Where the answers of a person come from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * Asks whether to do what can't be taken back. On standard error, so that the output stays what was asked for.
 *
 * @throws CommandError where nobody is there to answer
 */
export async function confirm(question: string, input: Input, signal?: AbortSignal): Promise<boolean> {
  if (!input.isTTY) {
    throw new CommandError(
      `nobody is there to answer '${question}': standard input is no terminal`,
      'Say --yes to go on without a question.',
    );
  }
  const lines = createInterface({ input, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

/** Says something to the person, and not to who reads the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
