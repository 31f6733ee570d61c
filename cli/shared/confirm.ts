import { createInterface } from 'node:readline/promises';
import { CommandError } from '../../engine/errors';

/** The stream that a person answers on. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * Asks the person to confirm an action that can't be undone. The question goes to standard error: standard output has only results.
 *
 * @throws CommandError when standard input is not a terminal
 */
export async function confirm(question: string, input: Input, signal?: AbortSignal): Promise<boolean> {
  if (!input.isTTY) {
    throw new CommandError(`cannot prompt '${question}': standard input is not a terminal`, 'Pass --yes to skip the prompt.');
  }
  const lines = createInterface({ input, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}
