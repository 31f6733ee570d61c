import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { until } from '../../support/until';
import { type Fault, useFaultProxy } from './fault-proxy';
import { usePythonDriver } from './python-driver';

// The same cases as in lambda/tracker/late-ends.test.ts.
const ministack = useMiniStack();
const database = useRunTable(ministack);
const proxy = useFaultProxy(ministack);
const python = usePythonDriver();
const NOW = Date.parse('2026-03-01T10:00:00.000Z');

let functions = 0;

beforeEach(() => {
  functions += 1;
});

const THROTTLED: Fault = { type: 'ProvisionedThroughputExceededException' };
const settings = (overlapLimit?: number) => ({
  functionName: `fn-${functions}`,
  tableName: database.table.tableName,
  retentionDays: 30,
  overlapLimit,
});
const context = (awsRequestId: string, timeoutMs = 60_000) => ({ awsRequestId, logStreamName: 'stream', timeoutMs });
const run = (runId: string) => database.table.run(`fn-${functions}`, runId);
const messages = (logs: readonly Record<string, unknown>[]) => logs.map(({ message }) => message);

/** Lets the start of the first run pass. Its end meets faults. */
function failEnd(operation: string, ...faults: readonly Fault[]): void {
  proxy.fault = (wanted, before) => (wanted === operation ? (['pass' as Fault, ...faults][before] ?? 'pass') : 'pass');
}

test.each([
  ['refuses', [THROTTLED, THROTTLED, THROTTLED], undefined],
  ['refuses, with a limit on overlap,', [THROTTLED, THROTTLED, THROTTLED], 1],
  ['does not answer in time', ['hang', 'hang'], undefined],
] as const)(
  'an end that the table %s is written before the next run, whose slot it may hold',
  async (_name, faults, overlapLimit) => {
    failEnd(overlapLimit ? 'TransactWriteItems' : 'UpdateItem', ...faults);
    const { result, logs } = await python.ask('invokeInTurn', {
      endpoint: proxy.endpoint,
      settings: settings(overlapLimit),
      handler: { kind: 'value', value: 'result' },
      contexts: [context('request-1'), context('request-2')],
    });
    expect(result).toEqual(['result', 'result']);
    expect(await run('request-1')).toMatchObject({ state: 'Completed', attempt: 1 });
    expect((await database.table.lease(`fn-${functions}`))?.holders ?? []).toEqual([]);
    expect(messages(logs).slice(0, 3)).toEqual([
      'run Completed',
      'could not record the end of the run',
      'the end of the run was recorded late',
    ]);
    expect(logs[2]).toMatchObject({ runId: 'request-1', state: 'Completed', attempt: 1 });
  },
  30_000,
);

test('an end that the table refuses is written in the background, with the time and error of the end', async () => {
  failEnd('UpdateItem', THROTTLED, THROTTLED, THROTTLED);
  const before = Date.now();
  await python.ask('invokeInTurn', {
    endpoint: proxy.endpoint,
    settings: settings(),
    handler: { kind: 'raise', type: 'OrderError', message: 'own' },
    contexts: [context('request-1')],
  });
  const after = Date.now();
  const record = await until(
    'the end',
    30_000,
    () => run('request-1'),
    (found) => found?.state === 'Failed',
  );
  expect(record).toMatchObject({ attempt: 1, errorType: 'OrderError', errorMessage: 'own' });
  expect(Date.parse(record?.endedAt as string)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(record?.endedAt as string)).toBeLessThanOrEqual(after);
});

test('a failure that is written late does not replace a later attempt, or its own record', async () => {
  const start = (now: number) => ({
    runId: 'a',
    trigger: 'invoke',
    requestId: 'request-a',
    logStream: 's',
    now,
    deadline: now + 600_000,
  });
  const given = { endpoint: proxy.endpoint, settings: settings() };
  const finish = (now: number, end: object) => python.result('finish', { ...given, running: { start: start(now) }, end });
  const failed = (now: number) => ({ state: 'Failed', now, errorType: 'E', errorMessage: `at ${now}` });
  await finish(NOW + 60_000, failed(NOW + 60_010));
  const later = await run('a');
  for (const now of [NOW, NOW + 60_000]) {
    await finish(now, failed(now + 10));
    expect(await run('a')).toEqual(later);
  }
  await finish(NOW, { state: 'Completed', now: NOW + 70_000 });
  expect(await run('a')).toMatchObject({ state: 'Completed', attempt: 2 });
});
