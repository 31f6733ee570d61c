import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { RunsClient } from '../../../client';
import { ENV_FUNCTION, ENV_OVERLAP_LIMIT, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { lambdaPython, pythonEnvironment } from './python-driver';

// Each test starts a Python process, which is slow on a busy machine.
jest.setTimeout(60_000);

const ministack = useMiniStack();
const database = useRunTable(ministack);
let functions = 0;

/** Runs handlers one after the other in a new process, and reads the record. */
async function run(handlers: string, { timeoutMs = 20_000, overlapLimit = '' } = {}) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const child = spawn(await lambdaPython(), [join(__dirname, 'endings.py'), handlers, String(timeoutMs)], {
    env: pythonEnvironment({
      ...ministack.environment(),
      [ENV_RUN_TABLE]: database.table.tableName,
      [ENV_FUNCTION]: functionName,
      [ENV_OVERLAP_LIMIT]: overlapLimit,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const [stdout, stderr, { code, signal }] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, signal, stdout, stderr, functionName, record: await database.table.run(functionName, 'request-1') };
}

const exited = (code: number) => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `the process exited with code ${code} while the handler was running`,
});
const TERMINATED = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'the process was ended by SIGTERM while the handler was running',
};

describe.each([
  ['exits', 3, null, exited(3)],
  ['exits_without_a_code', 0, null, exited(0)],
  ['exits_with_a_text', 1, null, exited(1)],
  ['exits_in_a_coroutine', 4, null, exited(4)],
  ['is_interrupted', null, 'SIGINT', { errorType: 'KeyboardInterrupt', errorMessage: '' }],
  ['is_terminated', null, 'SIGTERM', TERMINATED],
])('a handler that %s', (handler, code, signal, reason) => {
  test.each([
    ['without an overlap limit', ''],
    ['with a limit of 1, and its slot is released', '1'],
  ])(
    'ends the process in the same way as without the tracker, and its run is Failed with the reason, %s',
    async (_name, overlapLimit) => {
      const ended = await run(handler, { overlapLimit });
      expect(ended).toMatchObject({ code, signal });
      expect(ended.record).toMatchObject({ state: 'Failed', attempt: 1, ...reason });
      expect(ended.stdout.match(/run Failed/g)).toHaveLength(1);
      expect((await database.table.lease(ended.functionName))?.holders).toEqual(overlapLimit ? [] : undefined);
    },
  );
});

test('a process ends on SIGTERM even if its handler catches the exception', async () => {
  const { signal, record, stdout } = await run('is_terminated_and_continues,forks');
  expect(signal).toBe('SIGTERM');
  expect(record).toMatchObject({ state: 'Failed', ...TERMINATED });
  expect(stdout).not.toContain('"result"}');
});

test('the SIGTERM handler of a user stays installed and is called', async () => {
  const { code, record, stdout } = await run('handles_sigterm_itself');
  expect(code).toBe(0);
  expect(stdout).toContain('{"result": "result"}');
  expect(stdout).not.toContain('SIGTERM ends the process');
  expect(record).toMatchObject({ state: 'Completed' });
});

test('a handler that is still running shortly before its deadline is recorded once', async () => {
  const { signal, stdout, record } = await run('never_ends', { timeoutMs: 1_500, overlapLimit: '1' });
  expect(signal).toBe('SIGKILL');
  expect(stdout.match(/run Failed/g)).toHaveLength(1);
  expect(record).toMatchObject({
    state: 'Failed',
    errorType: 'Sandbox.Timedout',
    // Starting the process takes some of the 1.5 s.
    errorMessage: expect.stringMatching(/^Task timed out after 1\.\d\d seconds$/),
  });
});

test.each([
  ['is_killed', { signal: 'SIGKILL' }],
  ['exits_at_once', { code: 5 }],
])('the run of a process that %s counts as Failed once its lease has expired', async (handler, ending) => {
  const ended = await run(handler, { timeoutMs: 2_000 });
  expect(ended).toMatchObject(ending);
  expect(ended.record).toMatchObject({ state: 'Running' });
  const runsAt = (ms: number) =>
    new RunsClient(database.table.tableName, ministack.dynamodb(), () => (ended.record?.leaseUntil ?? 0) + ms);
  expect(await runsAt(0).list(ended.functionName)).toMatchObject([{ state: 'Running' }]);
  expect(await runsAt(1).list(ended.functionName)).toMatchObject([{ state: 'Failed', errorType: 'Runtime.ExitError' }]);
});

test.each(['forks', 'starts_threads_that_fail', 'runs_a_program'])(
  'a handler that %s is Completed, and the end of its process writes nothing',
  async (handler) => {
    const { code, stdout, stderr, record } = await run(handler);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('{"result": "result"}');
    // Between invocations, SIGTERM has its original effect.
    expect(stdout).toContain('SIGTERM ends the process');
    expect(stdout.match(/run /g)).toHaveLength(1);
    expect(record).toMatchObject({ state: 'Completed', attempt: 1 });
    expect(record).not.toHaveProperty('errorType');
  },
);
