import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { SHELL_EVENT_KEY, SHELL_TEXT_MAX_LENGTH, type ShellAnswer } from '../../../lib/shell/constants';
import { START_TIMEOUT_MS } from '../../support/ministack';
import { lambdaPython, pythonEnvironment } from './python-driver';

const SECRET = 's'.repeat(64);

interface Outcome {
  readonly result?: ShellAnswer;
  /** Name, message, cause, and whether what was going on before is left out. */
  readonly error?: readonly [string, string, string, boolean];
  readonly pauses: readonly number[];
  /** How often the secret was read. */
  readonly reads: number;
  readonly name: string;
  readonly doc: string;
  /** What it wrote to the log of the function. */
  readonly log: string;
}

async function give(event: unknown, secret: string | null = SECRET): Promise<Outcome> {
  const child = spawn(await lambdaPython(), [`${__dirname}/shell.py`], { env: pythonEnvironment() });
  child.stdin.end(JSON.stringify({ event, secret }));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [log = '', outcome] = output.split('\u0000');
  if (outcome === undefined) throw new Error(`Python ended without an answer: ${errors}`);
  return { ...JSON.parse(outcome), log };
}

const forShell = (body: unknown) => ({ [SHELL_EVENT_KEY]: body });
async function run(code: unknown, more: object = {}): Promise<ShellAnswer> {
  const { result, error } = await give(forShell({ secret: SECRET, language: 'python', code, ...more }));
  if (!result) throw new Error(String(error));
  return result;
}

// The environment is made once, before the first test is timed.
beforeAll(lambdaPython, START_TIMEOUT_MS);

describe('runs Python', () => {
  test.each([
    ['1 + 1', 2, '2'],
    ['a = 20\nb = 22\na + b', 42, '42'],
    ['[n * n for n in (1, 2)]', [1, 4], '[1, 4]'],
    ['def twice(n):\n    return n * base\nbase = 2\ntwice(21)', 42, '42'],
    ['import asyncio\nawait asyncio.sleep(0, "late")', 'late', "'late'"],
    ['context.function_name', 'orders', "'orders'"],
    ['handler({"id": 7}, context)', { handled: { id: 7 } }, "{'handled': {'id': 7}}"],
    ['{"a": [1, None, True]}', { a: [1, null, true] }, "{'a': [1, None, True]}"],
    ['(1, 2)', null, '(1, 2)'],
    ['{1: "a"}', null, "{1: 'a'}"],
    ['float("nan")', null, 'nan'],
    ['{1, 1}', null, '{1}'],
    ['a = 1', null, null],
    ['None', null, null],
    ['', null, null],
    ['loop = []\nloop.append(loop)\nloop', null, '[[...]]'],
    ['"\\udc80"', '?', "'\\udc80'"],
  ])('%j', async (code, result, repr) => {
    const answer = await run(code);
    expect(answer).toEqual({ result: result === '?' ? '\udc80' : result, repr, stdout: '', error: null });
  });

  test('gives what it prints, and not to the log of the function', async () => {
    const event = forShell({
      secret: SECRET,
      language: 'python',
      code: 'import sys; print("a"); print("b", file=sys.stderr); 3',
    });
    expect(await give(event)).toMatchObject({ result: { result: 3, repr: '3', stdout: 'a\nb\n', error: null }, log: '' });
  });

  test('what the handler prints goes to the log, as ever', async () => {
    const code = 'print("a"); handler({"id": 8}, context); print("b")';
    const { result, log } = await give(forShell({ secret: SECRET, language: 'python', code }));
    expect({ stdout: result?.stdout, log }).toEqual({ stdout: 'a\nb\n', log: 'from the handler\n' });
  });

  test.each([
    ['print("before"); {}["missing"]', 'KeyError', "'missing'", 'before\n'],
    ['1 +', 'SyntaxError', 'invalid syntax (<shell>, line 1)', ''],
    ['import sys; sys.exit(3)', 'SystemExit', '3', ''],
    ['raise KeyboardInterrupt', 'KeyboardInterrupt', '', ''],
    ['class Odd:\n    def __repr__(self): raise ValueError("no text")\nOdd()', 'ValueError', 'no text', ''],
  ])('says what it fails with: %j', async (code, type, message, stdout) => {
    const answer = await run(code);
    expect(answer).toMatchObject({ result: null, repr: null, stdout, error: { type, message } });
    expect(answer.error?.stack).toContain(type);
    expect(answer.error?.stack).not.toContain('_evaluate.py');
  });

  test('what is longer than an answer can hold is cut', async () => {
    const length = SHELL_TEXT_MAX_LENGTH + 1;
    const answer = await run(`print("p" * ${length}); "r" * ${length}`);
    expect(answer.result).toBeNull();
    expect(answer.repr).toHaveLength(SHELL_TEXT_MAX_LENGTH);
    expect(answer.stdout).toHaveLength(SHELL_TEXT_MAX_LENGTH);
  });

  test('refuses another language, and what is no text, in the answer', async () => {
    expect((await run('1', { language: 'javascript' })).error).toEqual({
      type: 'InvalidRequest',
      message: "language must be 'python' in this function, got: 'javascript'",
      stack: '',
    });
    expect((await run(1)).error?.message).toBe('code must be a text, got: int');
  });
});

describe('opens with the secret alone', () => {
  test.each([
    ['another secret', { secret: 'x'.repeat(64), language: 'python', code: '1' }],
    ['a part of it', { secret: SECRET.slice(1), language: 'python', code: '1' }],
    ['one that is no text', { secret: [SECRET], language: 'python', code: '1' }],
    ['half a character', { secret: '\udc80', language: 'python', code: '1' }],
    ['no body', null],
    ['a body that is a text', SECRET],
  ])('refuses %s, after a pause, and tells nothing', async (_what, body) => {
    const { result, error, pauses, log } = await give(forShell(body));
    expect({ result, error, pauses, log }).toEqual({ error: ['ShellRefused', 'refused', 'None', true], pauses: [1], log: '' });
  });

  test.each([
    ['unreadable', null, 'the secret of the debug shell could not be read: AccessDenied\n'],
    ['empty', '', ''],
  ])('refuses everything where the secret is %s, and says why in the log alone', async (_what, secret, log) => {
    const outcome = await give(forShell({ secret: '', language: 'python', code: '1' }), secret);
    expect(outcome).toMatchObject({ error: ['ShellRefused', 'refused', 'None', true], log });
  });
});

describe('its secret is read anew each minute', () => {
  type Step = readonly [secret: string | null, after: number, given: string];
  async function go(...steps: Step[]): Promise<[string, number][]> {
    const child = spawn(await lambdaPython(), [`${__dirname}/shell_rotation.py`], { env: pythonEnvironment() });
    child.stdin.end(JSON.stringify(steps.map(([secret, after, given]) => ({ secret, after, given }))));
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [, results] = output.split('\u0000');
    if (results === undefined) throw new Error(`Python ended without an answer: ${errors}`);
    return JSON.parse(results);
  }

  test('one that is rotated opens nothing after that, and the new one does', async () => {
    const steps: Step[] = [
      ['old', 0, 'old'],
      ['new', 59, 'old'],
      ['new', 0, 'new'],
      ['new', 1, 'old'],
      ['new', 0, 'new'],
    ];
    expect(await go(...steps)).toEqual([
      ['opened', 1],
      ['opened', 1],
      ['refused', 1],
      ['refused', 2],
      ['opened', 2],
    ]);
  });

  test('a clock that is set back does not keep it longer', async () => {
    expect(await go(['old', 0, 'old'], ['new', -60, 'old'])).toEqual([
      ['opened', 1],
      ['refused', 2],
    ]);
  });

  test('where it can’t be read any more, the one before opens nothing, until it can', async () => {
    expect(await go(['old', 0, 'old'], [null, 60, 'old'], [null, 0, 'old'], ['old', 0, 'old'])).toEqual([
      ['opened', 1],
      ['refused', 2],
      ['refused', 3],
      ['opened', 4],
    ]);
  });
});

describe('everything else goes to the handler', () => {
  const inner = forShell({ secret: SECRET, language: 'python', code: '1' });
  test.each<[string, unknown]>([
    ['a function URL', { version: '2.0', rawPath: '/', headers: inner, body: JSON.stringify(inner) }],
    ['EventBridge', { source: 's', 'detail-type': SHELL_EVENT_KEY, detail: inner }],
    ['SQS', { Records: [{ body: JSON.stringify(inner) }] }],
    ['a schedule', { source: 'katamari.schedule', ...inner }],
    ['a list', [inner]],
    ['nothing', null],
    ['an empty event', {}],
  ])('%s', async (_what, event) => {
    const outcome = await give(event);
    expect(outcome).toMatchObject({ result: { handled: event }, reads: 0, name: 'handler', doc: 'What it does.' });
  });
});
