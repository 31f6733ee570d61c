import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/**
 * The smallest value that this part of the values does not exceed.
 *
 * @param part 0 to 1, such as 0.95
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** Collects measurements by name. */
export class Samples {
  private readonly values = new Map<string, number[]>();

  public add(name: string, value: number): void {
    const values = this.values.get(name) ?? [];
    values.push(value);
    this.values.set(name, values);
  }

  public median(name: string): number {
    return median(this.of(name));
  }

  public percentile(name: string, part: number): number {
    return percentile(this.of(name), part);
  }

  private of(name: string): readonly number[] {
    const values = this.values.get(name);
    if (!values) throw new Error(`no measurement is named '${name}'`);
    return values;
  }
}

/** How to run a child process. */
interface ChildOptions {
  /** Interpreter of the program. @default - this Node.js */
  readonly command?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program of the benchmark in a new process.
 *
 * @returns the JSON in the last line of its output
 * @throws with its output when the program fails
 */
export async function runChild<T>(program: string, args: readonly string[], options: ChildOptions = {}): Promise<T> {
  const child = spawn(options.command ?? process.execPath, [program, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  // The end has the error; the beginning may be a line of minified code.
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout.slice(-2_000)}${stderr.slice(-2_000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}
