import ora from 'ora';
import picocolors from 'picocolors';
import { formatDuration } from './format';

/** A step in progress. */
interface Step {
  /** Replaces the text of the step. */
  say(text: string): void;
}

/**
 * Runs an action and shows its progress, then its result and duration. The progress goes to standard error: standard output has
 * only results.
 *
 * @param doing text while the action runs
 * @param done text when it has ended
 */
export async function step<Result>(
  doing: string,
  done: string | ((result: Result) => string),
  action: (step: Step) => Promise<Result>,
): Promise<Result> {
  const started = Date.now();
  const spinner = process.stderr.isTTY ? ora({ text: doing, stream: process.stderr, discardStdin: false }).start() : undefined;
  const say = (text: string) => {
    if (spinner) spinner.text = text;
    else process.stderr.write(`${text} …\n`);
  };
  try {
    const result = await action({ say });
    const text = typeof done === 'function' ? done(result) : done;
    spinner?.stop();
    const took = picocolors.dim(`(${formatDuration(Date.now() - started)})`);
    process.stderr.write(`${picocolors.green('✔')} ${text} ${took}\n`);
    return result;
  } catch (error) {
    spinner?.stop();
    throw error;
  }
}
