import cases from '../../fixtures/correlation-ids.json';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { usePythonDriver } from './python-driver';

const ministack = useMiniStack();
const database = useRunTable(ministack);
const python = usePythonDriver();

test('the correlation ids are those of the Node.js runtime', async () => {
  expect(await python.result('correlationIds', { cases })).toEqual(cases.map(({ id }) => id));
});

test('the log lines, the record and the current run have the correlation id', async () => {
  const { result, logs } = await python.ask('invoke', {
    endpoint: ministack.endpoint,
    settings: { functionName: 'fn', tableName: database.table.tableName, retentionDays: 30 },
    handler: { kind: 'currentRun' },
    event: { request_id: 'session-1' },
    context: { awsRequestId: 'request-1', logStreamName: 'stream', timeoutMs: 60_000 },
  });
  expect(result).toMatchObject({ correlationId: 'session-1' });
  expect(await database.table.run('fn', 'request-1')).toMatchObject({ correlationId: 'session-1' });
  expect(logs).toMatchObject([{ message: 'run Completed', correlationId: 'session-1' }]);
});
