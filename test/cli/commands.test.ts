import { PassThrough } from 'node:stream';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  type InvokeCommandOutput,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import picocolors from 'picocolors';
import { emitEvent } from '../../cli/commands/emit';
import { invokeFunction } from '../../cli/commands/invoke';
import { showLogs } from '../../cli/commands/logs';
import { listAll } from '../../cli/commands/ls';
import { showRuns } from '../../cli/commands/runs';
import { toRunJson } from '../../cli/shared/run-json';
import { chooseRuns, newestFirst } from '../../cli/shared/run-order';
import { localTarget, type Target } from '../../cli/shared/target';
import type { RunRecord } from '../../client';

const lambda = mockClient(LambdaClient);
const dynamo = mockClient(DynamoDBClient);
const events = mockClient(EventBridgeClient);
const aws: Target = { kind: 'aws', settings: { region: 'us-east-1' }, label: 'AWS', chosen: true };

let lines: string[];
const context = (target: Target = aws) => ({
  target,
  input: new PassThrough(),
  output: { line: (text: string) => lines.push(text), colors: picocolors.createColors(false), width: 100 },
});
const deploy = (...functions: { name: string; group?: string; runTable?: string; bus?: string }[]) =>
  lambda.on(ListFunctionsCommand).resolves({
    Functions: functions.map(({ name, group = 'Jobs', runTable, bus }) => ({
      FunctionName: `${group}-${name}`,
      Environment: {
        Variables: {
          KATAMARI_FUNCTION: name,
          KATAMARI_GROUP: group,
          ...(runTable && { KATAMARI_RUN_TABLE: runTable }),
          ...(bus && { KATAMARI_EVENT_BUS: bus }),
        },
      },
    })),
  });
const record = (name: string, minute: number, more: Partial<RunRecord> = {}): RunRecord => ({
  function: name,
  runId: `${name}-${minute}`,
  state: 'Completed',
  trigger: 'invoke',
  startedAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  attempt: 1,
  ...more,
});
const stored = (name: string, ...records: RunRecord[]) =>
  dynamo
    .on(QueryCommand, { ExpressionAttributeValues: marshall({ ':function': name }) })
    .resolves({ Items: records.map((run) => marshall({ pk: 'p', sk: 's', ...run })) });

beforeEach(() => {
  lines = [];
  for (const mock of [lambda, dynamo, events]) mock.reset();
  dynamo.on(GetItemCommand).resolves({});
});

describe('runs', () => {
  test('prints the documented fields with --json, the newest runs of all functions first', async () => {
    deploy({ name: 'Beat', runTable: 't' }, { name: 'Pull', runTable: 't' }, { name: 'Free' });
    stored('Beat', record('Beat', 3), record('Beat', 1, { state: 'Failed', errorType: 'E', errorMessage: 'm', durationMs: 7 }));
    stored('Pull', record('Pull', 2, { trigger: 'event', eventName: 'x', endedAt: '2026-01-01T00:02:01.000Z' }));
    await showRuns(context(), { limit: 20, json: true });
    const nothing = {
      group: 'Jobs',
      scheduledTime: null,
      endedAt: null,
      durationMs: null,
      error: null,
      attempt: 1,
      trigger: 'invoke',
    };
    expect(JSON.parse(lines.join('\n'))).toEqual([
      { ...nothing, function: 'Beat', runId: 'Beat-3', state: 'Completed', startedAt: '2026-01-01T00:03:00.000Z' },
      {
        ...nothing,
        function: 'Pull',
        runId: 'Pull-2',
        state: 'Completed',
        trigger: 'event',
        startedAt: '2026-01-01T00:02:00.000Z',
        endedAt: '2026-01-01T00:02:01.000Z',
      },
      {
        ...nothing,
        function: 'Beat',
        runId: 'Beat-1',
        state: 'Failed',
        startedAt: '2026-01-01T00:01:00.000Z',
        durationMs: 7,
        error: 'E: m',
      },
    ]);
  });

  test('applies the limit to the runs of all functions together', async () => {
    deploy({ name: 'Beat', runTable: 't' }, { name: 'Pull', runTable: 't' });
    stored('Beat', record('Beat', 4), record('Beat', 1));
    stored('Pull', record('Pull', 3), record('Pull', 2));
    await showRuns(context(), { limit: 3, json: true });
    expect(JSON.parse(lines.join('\n')).map((run: { runId: string }) => run.runId)).toEqual(['Beat-4', 'Pull-3', 'Pull-2']);
  });

  test('finds runs in a state even if more newer runs than the limit are in another state', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    stored('Beat', ...[5, 4, 3, 2].map((minute) => record('Beat', minute)), record('Beat', 1, { state: 'Skipped' }));
    await showRuns(context(), { name: 'Beat', limit: 1, state: 'Skipped', json: true });
    expect(JSON.parse(lines.join('\n'))).toMatchObject([{ runId: 'Beat-1', state: 'Skipped' }]);
    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input.Limit).toBeGreaterThan(4);
  });

  test.each([true, false])('says that there are more runs than it shows, and how to look on; --json: %s', async (json) => {
    const notes: string[] = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => notes.push(String(text)) > 0);
    deploy({ name: 'Beat', runTable: 't' });
    stored('Beat', ...[5, 4, 3].map((minute) => record('Beat', minute)));
    await showRuns(context(), { limit: 3, json });
    expect(notes).toEqual([]);
    await showRuns(context(), { limit: 2, json });
    expect(notes).toEqual([
      'there are more runs than the 2 shown; show more with --limit, or the ones before them with --before 2026-01-01T00:04:00.000Z\n',
    ]);
    expect(dynamo.commandCalls(QueryCommand).at(-1)?.args[0].input.Limit).toBe(3);
    jest.restoreAllMocks();
  });

  test('prints a table without --json', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    stored('Beat', record('Beat', 1, { state: 'Failed', errorType: 'E', errorMessage: 'm', durationMs: 1_234, attempt: 2 }));
    await showRuns(context(), { limit: 20 });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^FUNCTION {2}STATE +STARTED +TOOK +ATTEMPT {2}TRIGGER {2}ERROR$/);
    expect(lines[1]).toMatch(/^Beat {6}Failed .+ 1\.2 s {2}2 {8}invoke {3}E: m$/);
  });

  test('says that there are no runs yet', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    stored('Beat');
    await showRuns(context(), { limit: 20 });
    expect(lines).toEqual(["no runs found for 'Beat' on AWS"]);
    lines = [];
    await showRuns(context(), { limit: 20, json: true });
    expect(lines).toEqual(['[]']);
  });

  test('tells functions of one name in two groups apart', async () => {
    deploy({ name: 'Beat', group: 'Shop/A', runTable: 'a' }, { name: 'Beat', group: 'Shop/B', runTable: 'b' });
    dynamo.on(QueryCommand, { TableName: 'a' }).resolves({ Items: [marshall({ pk: 'p', sk: 's', ...record('Beat', 1) })] });
    dynamo.on(QueryCommand, { TableName: 'b' }).resolves({ Items: [marshall({ pk: 'p', sk: 's', ...record('Beat', 2) })] });
    await showRuns(context(), { limit: 20 });
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['B/Beat', 'A/Beat']);
    lines = [];
    await showRuns(context(), { limit: 20, group: 'A', json: true });
    expect(JSON.parse(lines.join('\n'))).toMatchObject([{ function: 'Beat', group: 'Shop/A', runId: 'Beat-1' }]);
  });

  test('shows the runs of the others if one run table can’t be read', async () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    deploy({ name: 'Beat', runTable: 'a' }, { name: 'Pull', runTable: 'b' });
    dynamo.on(QueryCommand, { TableName: 'a' }).rejects(Object.assign(new Error('no'), { name: 'ResourceNotFoundException' }));
    dynamo.on(QueryCommand, { TableName: 'b' }).resolves({ Items: [marshall({ pk: 'p', sk: 's', ...record('Pull', 2) })] });
    await showRuns(context(), { limit: 20 });
    expect(lines.slice(1)).toEqual([expect.stringMatching(/^Pull /)]);
    expect(write.mock.calls).toEqual([["cannot read the runs of Beat: the run table 'a' of function 'Beat' does not exist\n"]]);
    write.mockRestore();
  });

  test('names the run table that a deploy has deleted', async () => {
    deploy({ name: 'Beat', runTable: 'runs' });
    dynamo
      .on(QueryCommand)
      .rejects(Object.assign(new Error('Requested resource not found'), { name: 'ResourceNotFoundException' }));
    await expect(showRuns(context(), { limit: 20 })).rejects.toMatchObject({
      message: "the run table 'runs' of function 'Beat' does not exist",
      hint: expect.stringContaining('deploy in progress'),
    });
  });

  test('says that the runs of a function are not tracked', async () => {
    deploy({ name: 'Free' });
    await expect(showRuns(context(), { name: 'Free', limit: 20 })).rejects.toMatchObject({
      message: "no runs are tracked for 'Free'",
      hint: expect.stringContaining('trackRuns'),
    });
  });

  test('lists runs that have not started first', () => {
    const due = (minute: number) =>
      record('Beat', minute, { state: 'Pending', startedAt: undefined, scheduledTime: `2026-01-01T00:0${minute}:00.000Z` });
    const order = newestFirst([record('Beat', 5), due(1), record('Pull', 6), due(2)]).map((run) => run.runId);
    expect(order).toEqual(['Beat-2', 'Beat-1', 'Pull-6', 'Beat-5']);
  });

  test.each([
    [20, ['Beat-9', 'Beat-8', 'Beat-7', 'Beat-3', 'Beat-2', 'Beat-1']],
    [5, ['Beat-8', 'Beat-7', 'Beat-3', 'Beat-2', 'Beat-1']],
    [4, ['Beat-8', 'Beat-7', 'Beat-3', 'Beat-2']],
    [1, ['Beat-3']],
  ])('fills half of a limit of %d with the next enqueued runs', (limit, expected) => {
    const due = (minute: number) =>
      record('Beat', minute, { state: 'Pending', startedAt: undefined, scheduledTime: `2026-01-01T00:0${minute}:00.000Z` });
    const runs = [due(9), due(8), due(7), ...[3, 2, 1].map((minute) => record('Beat', minute))];
    expect(chooseRuns(runs, limit).map((run) => run.runId)).toEqual(expected);
  });

  test('shows an enqueued run without start and end', () => {
    const pending = { function: 'Beat', runId: 'r', state: 'Pending', trigger: 'schedule', attempt: 0 } as const;
    expect(toRunJson({ ...pending, scheduledTime: 's' })).toEqual({
      ...pending,
      group: null,
      scheduledTime: 's',
      startedAt: null,
      endedAt: null,
      durationMs: null,
      error: null,
    });
  });
});

test('ls --urls lists all functions if a URL can’t be read', async () => {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  deploy({ name: 'Beat' }, { name: 'Pull' });
  lambda.on(GetFunctionUrlConfigCommand, { FunctionName: 'Jobs-Beat' }).rejects(new Error('denied'));
  lambda.on(GetFunctionUrlConfigCommand, { FunctionName: 'Jobs-Pull' }).resolves({ FunctionUrl: 'https://u/' });
  await listAll(context(), { urls: true, json: true });
  expect(JSON.parse(lines.join('\n'))).toMatchObject([
    { function: 'Beat', url: null },
    { function: 'Pull', url: 'https://u/' },
  ]);
  expect(write.mock.calls).toEqual([[expect.stringMatching(/^cannot read the URL of Jobs-Beat: .*denied/)]]);
  write.mockRestore();
});

describe('logs', () => {
  const logs = mockClient(CloudWatchLogsClient);
  const notes: string[] = [];
  beforeEach(() => {
    logs.reset();
    notes.length = 0;
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => notes.push(String(text)) > 0);
    deploy({ name: 'Beat', group: 'Shop/A' }, { name: 'Beat', group: 'Shop/B' });
  });
  afterEach(() => jest.restoreAllMocks());
  const denied = { logGroupName: '/aws/lambda/Shop/A-Beat' };
  const readable = { logGroupName: '/aws/lambda/Shop/B-Beat' };

  test('shows the other logs if one can’t be read, with their group', async () => {
    logs.on(FilterLogEventsCommand, denied).rejects(new Error('denied'));
    logs.on(FilterLogEventsCommand, readable).resolves({ events: [{ timestamp: 0, message: 'hello', eventId: '1' }] });
    await showLogs(context(), { since: 1_000 });
    expect(lines).toEqual([expect.stringMatching(/ B\/Beat hello$/)]);
    expect(notes).toEqual(['cannot read the log of A/Beat: denied\n']);
    lines = [];
    await showLogs(context(), { since: 1_000, json: true, group: 'B' });
    expect(JSON.parse(lines.join('\n'))).toMatchObject({ function: 'Beat', group: 'Shop/B', message: 'hello' });
  });

  test('fails if no log can be read', async () => {
    logs.on(FilterLogEventsCommand).rejects(new Error('denied'));
    await expect(showLogs(context(), { since: 1_000 })).rejects.toThrow('denied');
  });
});

describe('emit', () => {
  const published = () => events.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0];

  test('publishes on the bus of the group', async () => {
    deploy({ name: 'Beat', bus: 'bus-1' }, { name: 'Pull', bus: 'bus-1' });
    events.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e-1' }] });
    await emitEvent(context(), { name: 'order.created', data: '{"id":42}', json: true });
    expect(published()).toMatchObject({ EventBusName: 'bus-1', DetailType: 'order.created', Detail: '{"id":42}' });
    expect(JSON.parse(lines.join('\n'))).toEqual({
      eventId: 'e-1',
      name: 'order.created',
      group: 'Jobs',
      bus: 'bus-1',
      data: { id: 42 },
    });
  });

  test('passes JSON on as it was written', async () => {
    deploy({ name: 'Beat', bus: 'bus-1' });
    events.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e-1' }] });
    const data = '{"id":12345678901234567890,"price":1.0}';
    await emitEvent(context(), { name: 'order.created', data, json: true });
    expect(published()?.Detail).toBe(data);
    expect(lines.join('\n')).toContain('"id": 12345678901234567890');
  });

  test('requires --group if there are several groups', async () => {
    deploy({ name: 'Beat', group: 'A', bus: 'bus-1' }, { name: 'Pull', group: 'B', bus: 'bus-2' });
    events.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e-1' }] });
    await expect(emitEvent(context(), { name: 'x' })).rejects.toMatchObject({
      message: "an event goes to the event bus of one group; available: 'A', 'B'",
      hint: expect.stringContaining("--group 'A'"),
    });
    await emitEvent(context(), { name: 'x', group: 'B' });
    expect(published()?.EventBusName).toBe('bus-2');
    expect(lines).toEqual(['published x e-1 on bus-2']);
  });

  test('does not require --group if all groups share a bus', async () => {
    deploy({ name: 'Beat', group: 'A', bus: 'bus' }, { name: 'Pull', group: 'B', bus: 'bus' });
    events.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'e-1' }] });
    await emitEvent(context(), { name: 'x' });
    expect(published()?.EventBusName).toBe('bus');
  });

  test('reports a rejection by EventBridge in one line', async () => {
    deploy({ name: 'Beat', bus: 'bus' });
    events.on(PutEventsCommand).resolves({ Entries: [{ ErrorCode: 'NotAuthorized', ErrorMessage: 'no' }] });
    await expect(emitEvent(context(), { name: 'x' })).rejects.toMatchObject({
      name: 'CommandError',
      message: expect.stringContaining('NotAuthorized: no'),
    });
  });

  test('sends nothing if the data is not JSON or the name is too long', async () => {
    deploy({ name: 'Beat', bus: 'bus' });
    await expect(emitEvent(context(), { name: 'x', data: '{' })).rejects.toMatchObject({ name: 'CommandError' });
    await expect(emitEvent(context(), { name: 'x'.repeat(129) })).rejects.toMatchObject({ name: 'CommandError' });
    expect(events.commandCalls(PutEventsCommand)).toHaveLength(0);
  });
});

describe('invoke', () => {
  const answers = (payload: unknown, more: object = {}) =>
    lambda.on(InvokeCommand).resolves({
      $metadata: { requestId: 'q-1' },
      Payload: Buffer.from(JSON.stringify(payload)) as never,
      ...more,
    } as InvokeCommandOutput);
  const sent = () => lambda.commandCalls(InvokeCommand)[0]?.args[0].input;
  const payload = () => Buffer.from(sent()?.Payload as Uint8Array).toString();

  test('sends the event and prints the result', async () => {
    deploy({ name: 'Beat' });
    answers({ ok: true });
    expect(await invokeFunction(context(), { name: 'Beat', event: '{"a":1}' })).toBe(true);
    expect(sent()).toMatchObject({ FunctionName: 'Jobs-Beat', InvocationType: 'RequestResponse' });
    expect(payload()).toBe('{"a":1}');
    expect(JSON.parse(lines.join('\n'))).toEqual({ ok: true });
  });

  test('passes the event and the result on as they were written', async () => {
    deploy({ name: 'Beat' });
    lambda.on(InvokeCommand).resolves({ Payload: Buffer.from('{"next":12345678901234567891}') as never });
    await invokeFunction(context(), { name: 'Beat', event: '{"id":12345678901234567890,"price":1.0}' });
    expect(payload()).toBe('{"id":12345678901234567890,"price":1.0}');
    expect(lines.join('\n')).toBe('{\n  "next": 12345678901234567891\n}');
  });

  test('passes the event on as it was written with an idempotency key too', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    const Variables = { KATAMARI_FUNCTION: 'Beat', KATAMARI_RUN_TABLE: 't' };
    lambda.on(GetFunctionConfigurationCommand).resolves({ Environment: { Variables } });
    answers(null);
    await invokeFunction(context(), { name: 'Beat', event: '{"id":12345678901234567890}', idempotencyKey: 'k}' });
    expect(payload()).toBe('{"katamari:delivery":"invoke","idempotencyKey":"k}","event":{"id":12345678901234567890}}');
  });

  test('a result with NaN, which is no JSON, is shown as text', async () => {
    deploy({ name: 'Beat' });
    lambda.on(InvokeCommand).resolves({ Payload: Buffer.from('[NaN]') as never });
    await invokeFunction(context(), { name: 'Beat' });
    expect(lines).toEqual(['"[NaN]"']);
  });

  test('sends an empty event by default', async () => {
    deploy({ name: 'Beat' });
    answers(null);
    await invokeFunction(context(), { name: 'Beat' });
    expect(payload()).toBe('{}');
    expect(lines).toEqual(['null']);
  });

  test('shows the type and the message of an error', async () => {
    deploy({ name: 'Beat' });
    answers({ errorType: 'OutOfStock', errorMessage: 'nothing left', stackTrace: ['at x'] }, { FunctionError: 'Unhandled' });
    expect(await invokeFunction(context(), { name: 'Beat' })).toBe(false);
    expect(lines[0]).toMatch(/^Beat failed after \d+ ms$/);
    expect(lines.slice(1)).toEqual(['OutOfStock: nothing left']);
  });

  test('reads the type of an error from the run table in a local run', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    answers({ errorType: 'Runtime.HandlerError', errorMessage: 'nothing left' }, { FunctionError: 'Unhandled' });
    const failed = { state: 'Failed', errorType: 'OutOfStock', errorMessage: 'nothing left' } as const;
    dynamo.on(QueryCommand).resolves({
      Items: [record('Beat', 2), record('Beat', 1, failed)].map((run) => marshall({ pk: 'p', sk: 's', ...run })),
    });
    await invokeFunction(context(localTarget('http://127.0.0.1:1')), { name: 'Beat', json: true });
    expect(JSON.parse(lines.join('\n'))).toEqual({
      function: 'Beat',
      group: 'Jobs',
      result: null,
      error: { type: 'OutOfStock', message: 'nothing left' },
      // The request id of the run record. The engine returns another one.
      requestId: record('Beat', 1).runId,
      durationMs: expect.any(Number),
    });
  });

  test('shows the result if the run table of a local run can’t be read', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    answers({ ok: true });
    dynamo.on(QueryCommand).rejects(new Error('Requested resource not found'));
    expect(await invokeFunction(context(localTarget('http://127.0.0.1:1')), { name: 'Beat' })).toBe(true);
    expect(JSON.parse(lines.join('\n'))).toEqual({ ok: true });
  });

  test('shows the request id and the duration of the run record in a local run', async () => {
    deploy({ name: 'Beat', runTable: 't' });
    answers({ ok: true });
    const completed = { state: 'Completed', trigger: 'invoke', runId: 'r-7', durationMs: 12 } as const;
    dynamo.on(QueryCommand).resolves({
      Items: [record('Beat', 2, { state: 'Running' }), record('Beat', 1, completed)].map((run) =>
        marshall({ pk: 'p', sk: 's', ...run }, { removeUndefinedValues: true }),
      ),
    });
    await invokeFunction(context(localTarget('http://127.0.0.1:1')), { name: 'Beat', logs: true });
    expect(lines[0]).toBe('request r-7: ran 12 ms');
  });

  test('shows the duration of the request if the engine tells nothing else', async () => {
    deploy({ name: 'Beat' });
    answers({ ok: true });
    await invokeFunction(context(localTarget('http://127.0.0.1:1')), { name: 'Beat', logs: true });
    expect(lines[0]).toMatch(/^took \d+ ms with the request$/);
  });

  test('does not wait for the result with --async', async () => {
    deploy({ name: 'Beat' });
    lambda.on(InvokeCommand).resolves({ $metadata: { requestId: 'q-2' }, StatusCode: 202 } as InvokeCommandOutput);
    await invokeFunction(context(), { name: 'Beat', async: true, json: true });
    expect(sent()?.InvocationType).toBe('Event');
    expect(JSON.parse(lines.join('\n'))).toEqual({ function: 'Beat', group: 'Jobs', accepted: true, requestId: 'q-2' });
  });

  test.each([
    [{ errorMessage: 'm' }, ['Error: m']],
    ['gone', ['Error: gone']],
    [null, ['Error']],
  ])('shows the error payload %j of other runtimes', async (failure, shown) => {
    deploy({ name: 'Beat' });
    answers(failure, { FunctionError: 'Unhandled' });
    await invokeFunction(context(), { name: 'Beat' });
    expect(lines.slice(1)).toEqual(shown);
  });

  test('shows the log and the duration with --logs', async () => {
    deploy({ name: 'Beat' });
    const logs = [
      'START RequestId: q-1 Version: $LATEST',
      JSON.stringify({ timestamp: '2026-01-01T00:00:00Z', level: 'WARN', message: 'low', requestId: 'q-1' }),
      'plain',
      'REPORT RequestId: q-1\tDuration: 12.3 ms\tBilled Duration: 253 ms\tMemory Size: 256 MB\tMax Memory Used: 65 MB\tInit Duration: 240.1 ms\t',
    ].join('\n');
    answers({ ok: true }, { LogResult: Buffer.from(logs).toString('base64') });
    await invokeFunction(context(), { name: 'Beat', logs: true });
    expect(sent()?.LogType).toBe('Tail');
    expect(lines).toEqual([
      'WARN low',
      'plain',
      'request q-1: ran 12 ms, 240 ms to start, billed 253 ms, 65 of 256 MiB',
      JSON.stringify({ ok: true }, undefined, 2),
    ]);
    lines = [];
    await invokeFunction(context(), { name: 'Beat', logs: true, json: true });
    expect(JSON.parse(lines.join('\n'))).toMatchObject({ result: { ok: true }, logs, report: { billedDurationMs: 253 } });
  });

  test('says whether the invocation is allowed with --dry-run', async () => {
    deploy({ name: 'Beat' });
    lambda.on(InvokeCommand).resolves({ $metadata: {}, StatusCode: 204 } as InvokeCommandOutput);
    expect(await invokeFunction(context(), { name: 'Beat', dryRun: true })).toBe(true);
    expect(sent()?.InvocationType).toBe('DryRun');
    expect(lines).toEqual(['allowed Beat was not invoked']);
    lines = [];
    const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException', $fault: 'client' });
    lambda.on(InvokeCommand).rejects(denied);
    expect(await invokeFunction(context(), { name: 'Beat', dryRun: true, json: true })).toBe(false);
    expect(JSON.parse(lines.join('\n'))).toEqual({
      function: 'Beat',
      group: 'Jobs',
      allowed: false,
      reason: expect.stringContaining('not authorized'),
    });
  });

  test('finds a function outside a group by its deployed name', async () => {
    lambda.on(ListFunctionsCommand).resolves({ Functions: [{ FunctionName: 'someone-elses' }] });
    answers(1);
    expect(await invokeFunction(context(), { name: 'someone-elses' })).toBe(true);
    await expect(invokeFunction(context(), { name: 'nobodys' })).rejects.toMatchObject({
      message: "function 'nobodys' not found; available: 'someone-elses'",
      hint: expect.stringContaining('npx cdk-katamari ls'),
    });
  });
});
