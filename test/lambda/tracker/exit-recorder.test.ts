import { join } from 'node:path';
import { RunsClient } from '../../../client';
import { runProcess } from '../../../engine/run-process';
import { KILLED } from '../../../lambda/shared/run';
import { ENV_FUNCTION, ENV_OVERLAP_LIMIT, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';

const INVOKE = join(__dirname, '..', '..', 'fixtures', 'handlers', 'invoke.cjs');
/** The shipped build. */
const TRACKER = join(__dirname, '..', '..', '..', 'dist', 'lambda', 'tracker', 'index.js');

const ministack = useMiniStack();
const database = useRunTable(ministack);
let functions = 0;

/** Runs a handler in a new process, and reads its record. */
async function run(handler: string, { timeoutMs = 20_000, overlapLimit = '' } = {}) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const { code, stdout } = await runProcess(process.execPath, [INVOKE, TRACKER, handler, 'request-1', String(timeoutMs)], {
    env: {
      ...process.env,
      ...ministack.environment(),
      [ENV_RUN_TABLE]: database.table.tableName,
      [ENV_FUNCTION]: functionName,
      [ENV_OVERLAP_LIMIT]: overlapLimit,
    },
  });
  return { code, stdout, functionName, record: await database.table.run(functionName, 'request-1') };
}

const EXITED = { errorType: 'Runtime.ExitError' };

describe.each([
  ['exits', 3, { ...EXITED, errorMessage: 'the process exited with code 3 while the handler was running' }],
  ['exitsLater', 0, { ...EXITED, errorMessage: 'the process exited with code 0 while the handler was running' }],
  ['throwsLater', 1, { errorType: 'TypeError', errorMessage: 'thrown where nobody waits' }],
  ['throwsText', 1, { errorType: 'string', errorMessage: 'only a text' }],
  ['rejectsUnheard', 1, { errorType: 'RangeError', errorMessage: 'rejected where nobody waits' }],
  ['rejectsUnheardInLambda', 128, { errorType: 'RangeError', errorMessage: 'rejected where nobody waits' }],
])('a handler that %s', (handler, exitCode, reason) => {
  test.each([
    ['without a limit on overlap', ''],
    ['with one, and gives its slot back', '1'],
  ])(
    'ends the process as it does without the tracker, its run Failed with the reason, %s',
    async (_name, overlapLimit) => {
      const { code, record, functionName } = await run(handler, { overlapLimit });
      expect(code).toBe(exitCode);
      expect(record).toMatchObject({ state: 'Failed', attempt: 1, ...reason });
      expect((await database.table.lease(functionName))?.holders).toEqual(overlapLimit ? [] : undefined);
    },
    30_000,
  );
});

test('an error that was caught is not the reason of a later run', async () => {
  const { code, functionName, record } = await run('catches,exits');
  expect(code).toBe(3);
  expect(record).toMatchObject({ state: 'Completed' });
  expect(await database.table.run(functionName, 'request-1-2')).toMatchObject({
    state: 'Failed',
    ...EXITED,
    errorMessage: 'the process exited with code 3 while the handler was running',
  });
});

test('a handler that never settles is recorded once before its deadline', async () => {
  const { code, stdout, record } = await run('neverSettles', { timeoutMs: 1_500 });
  expect(code).toBe(0);
  expect(stdout.match(/run Failed/g)).toHaveLength(1);
  expect(record).toMatchObject({
    state: 'Failed',
    errorType: 'Sandbox.Timedout',
    // The remaining time when the tracker started.
    errorMessage: expect.stringMatching(/^Task timed out after 1\.[0-5]\d seconds$/),
  });
});

test('the run of a killed process counts as Failed once its lease has expired', async () => {
  const { code, functionName, record } = await run('isKilled', { timeoutMs: 2_000 });
  expect(code).toBeNull();
  expect(record).toMatchObject({ state: 'Running' });
  const runsAt = (ms: number) =>
    new RunsClient(database.table.tableName, ministack.dynamodb(), () => (record?.leaseUntil ?? 0) + ms);
  expect(await runsAt(0).list(functionName)).toMatchObject([{ state: 'Running' }]);
  expect(await runsAt(1).list(functionName)).toMatchObject([
    {
      state: 'Failed',
      errorType: 'Runtime.ExitError',
      errorMessage: KILLED.errorMessage,
    },
  ]);
});

test.each(['returns', 'survivesRejection'])(
  'a handler that %s is Completed, and the end of its process writes nothing',
  async (handler) => {
    const { code, stdout, record } = await run(handler);
    expect(code).toBe(0);
    expect(stdout).toContain('{"result":"result"}');
    expect(record).toMatchObject({ state: 'Completed', attempt: 1 });
    expect(record).not.toHaveProperty('errorType');
  },
);
