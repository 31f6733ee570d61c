import ora from 'ora';
import picocolors from 'picocolors';
import { formatDuration } from './format';

/** A step that is going. */
export interface Step {
  /** Says what it is doing now. */
  say(text: string): void;
}

/**
 * Does something that takes a while: shows that it goes on, then what was done and how long it took. On standard error, so
 * that the output stays what was asked for.
 *
 * @param done what was done; the result may say more
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
