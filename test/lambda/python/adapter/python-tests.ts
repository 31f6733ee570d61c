import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { START_TIMEOUT_MS } from '../../../support/ministack';
import { lambdaPython, pythonEnvironment } from '../python-driver';

interface Result {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Room for all tests of a module, on a machine that is busy. */
const RUN_TIMEOUT_MS = 120_000;

/**
 * Runs the tests of a Python module of this folder, and shows each as one of jest.
 *
 * @param environment asked for once jest has begun
 */
export function pythonTests(module: string, environment: () => Readonly<Record<string, string>> = () => ({})): void {
  const source = readFileSync(join(__dirname, `${module}.py`), 'utf8');
  const names = [...source.matchAll(/^ {4}def (test_\w+)/gm)].map(([, name]) => name as string);
  describe(module, () => {
    let results: Result[] = [];
    let errors = '';
    beforeAll(async () => {
      const python = await lambdaPython();
      ({ results, errors } = await run(python, module, environment()));
    }, START_TIMEOUT_MS + RUN_TIMEOUT_MS);

    test.each(names)('%s', (name) => {
      const found = results.filter((result) => result.name === name);
      // What failed as a whole says why on standard error.
      if (found.length === 0) throw new Error(`it did not run: ${errors}`);
      const problems = found.flatMap((result) => result.problems);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    });

    test('there are no others, and none is there twice', () => {
      expect(results.map(({ name }) => name).sort()).toEqual([...names].sort());
      expect(new Set(names).size).toBe(names.length);
    });
  });
}

async function run(python: string, module: string, environment: Readonly<Record<string, string>>) {
  const env = pythonEnvironment(environment);
  const child = spawn(python, [join(__dirname, 'run_tests.py'), module], { cwd: __dirname, env });
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
  const results: Result[] = [];
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) results.push(JSON.parse(line));
  await ended;
  clearTimeout(timer);
  return { results, errors };
}
