import { inspect } from 'node:util';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Polls until an answer satisfies a condition, and returns the answer. Tests use it wherever they cannot subscribe to an event.
 *
 * @param what describes the awaited condition in the error message, such as `a run of Import`
 * @param timeoutMs a limit against hangs, high enough for a busy machine
 * @param satisfies @default - the answer is truthy
 * @throws Error that names the condition and the last answer
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
