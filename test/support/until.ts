import { inspect } from 'node:util';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Asks until the answer satisfies, and returns it. The only place where a test waits for something that does not tell when it
 * happens.
 *
 * @param what what is waited for, such as `a run of Import`
 * @param timeoutMs a limit against hangs: it allows for a machine that is busy with other work
 * @param satisfies @default - the answer is truthy
 * @throws Error with what was waited for and the last answer
 */
export async function until<Answer>(
  what: string,
  timeoutMs: number,
  ask: () => Answer | Promise<Answer>,
  satisfies: (answer: Answer) => boolean = Boolean,
): Promise<Answer> {
  const end = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > end) {
      const shown = inspect(answer, { depth: 4, breakLength: 120, maxArrayLength: 60, maxStringLength: 4_000 });
      throw new Error(`waited ${timeoutMs / 1000} seconds for ${what}; the last answer: ${shown}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
