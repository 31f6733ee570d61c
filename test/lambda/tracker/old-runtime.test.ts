import { join } from 'node:path';
import { runProcess } from '../../../engine/run-process';
import { ENV_FUNCTION, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';

const RUNTIME = join(__dirname, '..', '..', 'fixtures', 'handlers', 'old-runtime.cjs');
/** The shipped build. */
const TRACKER = join(__dirname, '..', '..', '..', 'dist', 'lambda', 'tracker', 'index.js');

const ministack = useMiniStack();
const database = useRunTable(ministack);

/** Calls a handler in a process that behaves like a runtime of Node.js. @returns how the invocation ended */
async function invoke(tracker: string, handler: string, runtime = 'AWS_Lambda_nodejs22.x') {
  const { stdout } = await runProcess(process.execPath, [RUNTIME, tracker, handler, 'request-1'], {
    env: {
      ...process.env,
      ...ministack.environment(),
      AWS_EXECUTION_ENV: runtime,
      [ENV_RUN_TABLE]: database.table.tableName,
      [ENV_FUNCTION]: `${handler} in ${runtime}`,
    },
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const ended = lines.map((line) => JSON.parse(line)).find(({ done }) => done !== undefined);
  return { ended, record: await database.table.run(`${handler} in ${runtime}`, 'request-1') };
}

describe('with Node.js 22, the tracker waits for the event loop where Lambda does', () => {
  test.each<[string, object]>([
    ['callsBackAndWorks', { result: 'called back', done: 1 }],
    ['callsBackLater', { result: 'called back later', done: 2 }],
    ['callsBackWithoutWaiting', { result: 'at once', done: 0 }],
    ['callsBackTwice', { result: 'first', done: 0 }],
    ['callsBackByArguments', { result: 'by arguments', done: 0 }],
    ['succeeds', { result: 'succeeded', done: 1 }],
    ['succeedsAtOnce', { result: 'succeeded', done: 0 }],
    ['isDone', { result: 'done', done: 0 }],
    ['returnsBeforeItsWorkIsDone', { result: null, done: 1 }],
    ['returnsAValue', { result: null, done: 1 }],
    ['returnsAPromise', { result: 'promised', done: 0 }],
    ['isAsynchronous', { result: 'asynchronous', done: 0 }],
    ['succeedsAsynchronously', { result: 'first', done: 0 }],
  ])('%s', async (handler, expected) => {
    expect((await invoke('', handler)).ended).toEqual(expected);
    const { ended, record } = await invoke(TRACKER, handler);
    // The work of a handler that has ended may go on while the tracker records the end.
    expect({ ...ended, done: Math.min(ended.done, (expected as { done: number }).done) }).toEqual(expected);
    expect(record).toMatchObject({ state: 'Completed', attempt: 1 });
  });

  test.each<[string, object, object]>([
    ['callsBackWithError', { error: 'no', type: 'RangeError' }, { errorType: 'RangeError', errorMessage: 'no' }],
    ['callsBackWithText', { error: 'no' }, { errorType: 'string', errorMessage: 'no' }],
    ['throws', { error: 'no', type: 'RangeError' }, { errorType: 'RangeError', errorMessage: 'no' }],
    ['fails', { error: 'failed', type: 'RangeError' }, { errorType: 'RangeError', errorMessage: 'failed' }],
    ['failsWithNothing', { error: 'handled' }, { errorType: 'string', errorMessage: 'handled' }],
    ['isDoneWithError', { error: 'not done', type: 'RangeError' }, { errorType: 'RangeError', errorMessage: 'not done' }],
    ['neverSettles', { type: 'Runtime.NodeJsExit' }, { errorType: 'Runtime.NodeJsExit' }],
  ])('%s', async (handler, expected, reason) => {
    expect((await invoke('', handler)).ended).toMatchObject(expected);
    const { ended, record } = await invoke(TRACKER, handler);
    expect(ended).toMatchObject(expected);
    expect(record).toMatchObject({ state: 'Failed', attempt: 1, ...reason });
  });
});

test.each([
  ['returnsBeforeItsWorkIsDone', null],
  ['returnsAValue', 'ignored'],
])('with Node.js 24, the result of a handler is what it returns: %s', async (handler, result) => {
  const { ended, record } = await invoke(TRACKER, handler, 'AWS_Lambda_nodejs24.x');
  expect(ended).toMatchObject({ result });
  expect(record).toMatchObject({ state: 'Completed' });
});
