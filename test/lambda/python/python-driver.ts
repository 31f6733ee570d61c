import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MINISTACK_REQUIREMENTS } from '../../../engine/ministack';
import { virtualEnvironment } from '../../../engine/python';
import { START_TIMEOUT_MS } from '../../support/ministack';

const ROOT = join(__dirname, '..', '..', '..');
/** The folder from which `Source.python` copies the package. */
export const PYTHON_PACKAGE = join(ROOT, 'lambda', 'python');

/** Returns the interpreter that runs Python functions locally. It has the packages of the Python runtimes of AWS. */
export function lambdaPython(): Promise<string> {
  return virtualEnvironment(join(ROOT, '.katamari'), MINISTACK_REQUIREMENTS);
}

/** Returns the environment of a Python process that can import the package. */
export function pythonEnvironment(more: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: PYTHON_PACKAGE,
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...more,
  };
}

/** An error of Python with its cause. */
export interface PythonError {
  readonly name: string;
  readonly message: string;
  readonly cause: PythonError | null;
  readonly unsure?: boolean;
  readonly refused?: readonly unknown[];
}

/** The result of a request. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: PythonError;
  /** Log lines since the previous result. */
  readonly logs: readonly Record<string, unknown>[];
}

/** A Python process that calls the Python runtime for a test. */
export interface PythonDriver {
  readonly ask: (op: string, request?: object) => Promise<Outcome>;
  /** @throws the error of Python as a JavaScript error */
  readonly result: <T>(op: string, request?: object) => Promise<T>;
}

/** Starts the process before the tests of a file, and stops it after them. */
export function usePythonDriver(): PythonDriver {
  let child: ChildProcess;
  let requests = 0;
  let errors = '';
  const waiting = new Map<number, { resolve: (outcome: Outcome) => void; reject: (reason: Error) => void }>();
  beforeAll(async () => {
    child = spawn(await lambdaPython(), [join(__dirname, 'driver.py')], { env: pythonEnvironment() });
    child.stderr?.on('data', (text) => {
      errors += text;
    });
    child.on('exit', () => {
      for (const { reject } of waiting.values()) reject(new Error(`the Python driver ended: ${errors}`));
    });
    if (!child.stdout) throw new Error('the Python driver has no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer: Outcome & { id: number } = JSON.parse(line);
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    if (child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await ended;
  });
  const ask = (op: string, request: object = {}) => {
    requests += 1;
    const id = requests;
    return new Promise<Outcome>((resolve, reject) => {
      if (child.exitCode !== null) reject(new Error(`the Python driver ended: ${errors}`));
      waiting.set(id, { resolve, reject });
      child.stdin?.write(`${JSON.stringify({ ...request, op, id })}\n`);
    });
  };
  return {
    ask,
    result: async <T>(op: string, request?: object) => {
      const { result, error } = await ask(op, request);
      if (error) throw Object.assign(new Error(error.message), error);
      return result as T;
    },
  };
}
