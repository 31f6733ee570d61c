import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { allOf, ITEM_ABSENT } from '../../../../lambda/shared/table/expression';
import { runKey } from '../../../../lambda/shared/table/keys';
import { sdkTable } from '../../../../lambda/shared/table/sdk-table';
import { TableClient } from '../../../../lambda/shared/table/table-client';
import { existingItem, failedConditions, isConditionFailed, isConflict } from '../../../../lambda/shared/table/table-errors';
import type { TableTransport } from '../../../../lambda/shared/table/transport';
import { BY_START_INDEX } from '../../../../lib/runs/constants';
import { useMiniStack } from '../../../support/ministack';
import { TestRunTable } from '../../../support/run-table';

const key = (runId = 'a') => runKey('Job', runId);

describe('with a table', () => {
  const ministack = useMiniStack();
  let table: TableClient;

  beforeEach(async () => {
    const client = ministack.dynamodb();
    table = sdkTable(client, (await TestRunTable.create(client)).tableName);
  });

  test('an item is read as it was written, without undefined attributes', async () => {
    const item = { ...key(), text: 'ä', number: 1.5, list: [1, { a: null }], set: new Set(['x', 'y']), flag: false };
    await table.put({ item: { ...item, none: undefined } });
    expect(await table.get({ key: key(), consistent: true })).toEqual(item);
    await table.delete(key());
    expect(await table.get({ key: key(), consistent: true })).toBeUndefined();
  });

  test('a projection reads only its attributes', async () => {
    await table.put({ item: { ...key(), state: 'Running', attempt: 1 } });
    const projection = { text: '#state', names: { '#state': 'state' } };
    expect(await table.get({ key: key(), projection })).toEqual({ state: 'Running' });
  });

  test('an update returns the requested item', async () => {
    const update = { text: 'SET a = :a, b = if_not_exists(b, :a)', values: { ':a': 1 } };
    expect(await table.update({ key: key(), update })).toEqual({});
    expect(await table.update({ key: key(), update, returns: 'UPDATED_NEW' })).toEqual({ a: 1, b: 1 });
    expect(await table.update({ key: key(), update, returns: 'ALL_NEW' })).toEqual({ ...key(), a: 1, b: 1 });
  });

  test.each([
    [true, { ...key(), a: 1 }],
    [undefined, undefined],
  ])('a failed condition has the existing item if it is requested: %s', async (returnExisting, existing) => {
    await table.put({ item: { ...key(), a: 1 } });
    const error = await table.put({ item: key(), condition: ITEM_ABSENT, returnExisting }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect([isConditionFailed(error), isConflict(error), existingItem(error)]).toEqual([true, false, existing]);
  });

  test('a transaction makes all writes or none, and reports which ones failed', async () => {
    await table.put({ item: { ...key('b'), a: 1 } });
    const put = { item: { ...key('a') }, condition: ITEM_ABSENT };
    const update = { key: key('b'), update: { text: 'SET a = :a', values: { ':a': 2 } } };
    const isTwo = { text: 'a = :two', values: { ':two': 2 } };
    const refused = { ...update, condition: isTwo, returnExisting: true };
    const error = await table.transact([{ put }, { update: refused }]).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect([isConditionFailed(error), failedConditions(error)]).toEqual([true, [false, true]]);
    expect([existingItem(error), existingItem(error, 1)]).toEqual([undefined, { ...key('b'), a: 1 }]);
    expect(await table.get({ key: key('a'), consistent: true })).toBeUndefined();
    await table.transact([{ put }, { update }]);
    expect(await table.get({ key: key('a'), consistent: true })).toEqual(key('a'));
  });

  test('a query returns its pages one by one, in reverse order on request', async () => {
    const items = [1, 2, 3].map((minute) => ({
      ...key(`run-${minute}`),
      function: 'Job',
      startedAt: `2026-03-01T10:0${minute}`,
    }));
    for (const item of items) await table.put({ item });
    const ofJob = { text: '#function = :function', names: { '#function': 'function' }, values: { ':function': 'Job' } };
    const since = { text: 'startedAt > :since', values: { ':since': '2026-03-01T10:01' } };
    const query = { index: BY_START_INDEX, condition: allOf(ofJob, since), limit: 1 };
    const first = await table.query(query);
    const second = await table.query({ ...query, from: first.next });
    expect([...first.items, ...second.items]).toEqual(items.slice(1));
    expect((await table.query({ ...query, descending: true })).items).toEqual(items.slice(2));
    expect((await table.query({ ...query, limit: undefined })).next).toBeUndefined();
  });

  test('a batch with more keys than one request allows returns the existing items', async () => {
    for (const id of ['0', '99', '100', '249']) await table.put({ item: { ...key(id), a: 1 } });
    const keys = Array.from({ length: 250 }, (_, index) => key(String(index)));
    const found = await table.batchGet({ keys, consistent: true, projection: { text: 'sk' } });
    expect(found.map(({ sk }) => sk).sort()).toEqual(['0', '100', '249', '99']);
  });
});

describe('with a simulated transport', () => {
  const requests: [string, unknown][] = [];
  /** Answers requests with these values in order, and repeats the last one. Errors are thrown. */
  function answering(...answers: unknown[]): TableClient {
    requests.length = 0;
    const transport: TableTransport = {
      send: async (operation, input) => {
        requests.push([operation, input]);
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Error) throw answer;
        return (answer ?? {}) as never;
      },
    };
    return new TableClient(transport, 'runs', () => 0);
  }

  const conflict = Object.assign(new Error('conflict'), { name: 'TransactionConflictException' });
  const write = { item: key() };

  test('a request has only the fields that it needs', async () => {
    await answering().put(write);
    expect(JSON.parse(JSON.stringify(requests))).toEqual([
      ['PutItem', { TableName: 'runs', Item: { pk: { S: 'RUN#Job' }, sk: { S: 'a' } } }],
    ]);
  });

  test('a conflict is retried until the write succeeds', async () => {
    await answering(conflict, conflict, {}).put(write);
    expect(requests).toHaveLength(3);
  });

  test('a conflict without a signal is an error after 10 attempts', async () => {
    await expect(answering(conflict).put(write)).rejects.toBe(conflict);
    expect(requests).toHaveLength(10);
  });

  test('a conflict with a signal is retried until the signal aborts', async () => {
    const controller = new AbortController();
    const put = answering(conflict).put(write, controller.signal);
    setTimeout(() => controller.abort(new Error('over')), 100);
    await expect(put).rejects.toThrow('over');
    expect(requests.length).toBeGreaterThan(10);
  });

  test('another error is not retried', async () => {
    await expect(answering(new Error('no table')).put(write)).rejects.toThrow('no table');
    expect(requests).toHaveLength(1);
  });

  const unprocessed = { UnprocessedKeys: { runs: { Keys: [{ pk: { S: 'RUN#Job' }, sk: { S: 'b' } }] } } };

  test('keys that a batch leaves unprocessed are read by the next request', async () => {
    const first = { Responses: { runs: [{ sk: { S: 'a' } }] }, ...unprocessed };
    const table = answering(first, { Responses: { runs: [{ sk: { S: 'b' } }] } });
    expect(await table.batchGet({ keys: [key('a'), key('b')] })).toEqual([{ sk: 'a' }, { sk: 'b' }]);
    expect(
      requests.map(([, input]) => (input as { RequestItems: { runs: { Keys: unknown[] } } }).RequestItems.runs.Keys.length),
    ).toEqual([2, 1]);
  });

  test('keys that are never processed are an error', async () => {
    const table = answering(unprocessed);
    await expect(table.batchGet({ keys: [key('b')] })).rejects.toThrow('DynamoDB left 1 keys of a batch unprocessed');
    expect(requests).toHaveLength(10);
  });
});
