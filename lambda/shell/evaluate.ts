import { Console } from 'node:console';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { inspect, isDeepStrictEqual } from 'node:util';
import { parse } from 'acorn';
import type { Context } from 'aws-lambda';
import { SHELL_TEXT_MAX_LENGTH } from '../../lib/limits/constants';
import type { ShellAnswer } from '../../lib/shell/constants';
import type { Handler } from '../shared/handler';
import { cutText, wellFormed } from '../shared/text';

const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;

/** Values that the code can use in addition to the globals. */
interface EvaluationContext {
  /** The function's own handler, wrapped in the run tracker. */
  readonly handler: Handler;
  readonly context: Context;
}

/** Number of lines that precede the body of a compiled function. */
const WRAPPER_LINES = 2;
const NAMES = ['require', 'console', 'handler', 'context'] as const;

type Evaluation = (...values: readonly unknown[]) => unknown;

/** Runs code as the body of an async function. The result is what it returns, or the value of a last expression. */
export async function evaluate(code: string, { handler, context }: EvaluationContext): Promise<ShellAnswer> {
  const output = new CapturedOutput();
  try {
    const value = await compile(code)(createRequire(__filename), new Console(output), handler, context);
    return { ...describeValue(value), stdout: output.text, error: null };
  } catch (error) {
    return { result: null, repr: null, stdout: output.text, error: describeError(error) };
  }
}

/** @throws SyntaxError when the code is not valid */
function compile(code: string): Evaluation {
  try {
    // As an expression first: a statement that begins with a brace would be a block.
    return AsyncFunction(...NAMES, `return (${code}\n);`) as Evaluation;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return AsyncFunction(...NAMES, returningLast(code)) as Evaluation;
}

/** Inserts a `return` before the last statement if that is an expression. */
function returningLast(code: string): string {
  const { body } = parse(code, { ecmaVersion: 'latest', allowAwaitOutsideFunction: true, allowReturnOutsideFunction: true });
  const last = body.at(-1);
  if (last?.type !== 'ExpressionStatement') return code;
  const { start, end } = last.expression;
  return `${code.slice(0, last.start)}return (${code.slice(start, end)}\n);`;
}

function describeValue(value: unknown): Pick<ShellAnswer, 'result' | 'repr'> {
  if (value === undefined) return { result: null, repr: null };
  const repr = shorten(inspect(value, { depth: 6, maxArrayLength: 1_000, maxStringLength: SHELL_TEXT_MAX_LENGTH }));
  return { result: asJson(value), repr };
}

/** The value if JSON can represent all of it, else null. */
function asJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    if (text === undefined || text.length > SHELL_TEXT_MAX_LENGTH) return null;
    const parsed: unknown = JSON.parse(text);
    return isDeepStrictEqual(parsed, value) ? parsed : null;
  } catch {
    return null;
  }
}

function describeError(error: unknown): NonNullable<ShellAnswer['error']> {
  if (!(error instanceof Error)) return { type: 'Error', message: shorten(inspect(error)), stack: '' };
  return { type: error.name, message: shorten(error.message), stack: shorten(stackOf(error)) };
}

/** The stack trace, with line numbers of the code, and without the frames of the shell. */
function stackOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .map((line) =>
      line.replace(/eval at .*<anonymous>:(\d+):(\d+)/, (_all, at, column) => `<shell>:${at - WRAPPER_LINES}:${column}`),
    )
    .filter((line) => !line.includes(__filename))
    .join('\n');
}

function shorten(text: string): string {
  return text.length > SHELL_TEXT_MAX_LENGTH ? `${cutText(text, SHELL_TEXT_MAX_LENGTH - 1)}…` : wellFormed(text);
}

/** Captures the output of a console, up to the limit of an answer. */
class CapturedOutput extends Writable {
  private chunks: string[] = [];

  public get text(): string {
    return shorten(this.chunks.join(''));
  }

  public override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk.toString());
    done();
  }
}
