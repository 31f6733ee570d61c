import { currentRun } from '../../../lambda/runtime/current-run';
import { sdkTable } from '../../../lambda/shared/table/sdk-table';
import { RunStore } from '../../../lambda/tracker/run-store';
import type { TrackerSettings } from '../../../lambda/tracker/settings';
import { type Handler, trackWith } from '../../../lambda/tracker/track';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { byBus, byClock, byKey } from '../../support/deliveries';
import { useLogLines } from '../../support/log-lines';
import { useMiniStack } from '../../support/ministack';
import { TestRunTable } from '../../support/run-table';
import { until } from '../../support/until';
import { usePythonDriver } from './python-driver';

const ministack = useMiniStack();
const python = usePythonDriver();
const typescriptLogs = useLogLines();
const NOW = Date.parse('2026-03-01T10:00:30.000Z');

/** A handler that exists in both languages. See driver.py. */
type HandlerSpec =
  | { readonly kind: 'echo' | 'currentRun' | 'asynchronous' | 'asynchronousFailing' | 'unspeakable' }
  | { readonly kind: 'data'; readonly data: 'set' | 'date' | 'circle' | 'large' }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'raise'; readonly type: 'OrderError' | 'TypeError' | 'RangeError'; readonly message: string }
  | { readonly kind: 'sleep' | 'blockSwitches'; readonly ms: number; readonly value?: unknown }
  | { readonly kind: 'gate'; readonly gate: string };

interface Invocation {
  readonly handler: HandlerSpec;
  readonly event?: unknown;
  readonly requestId?: string;
  readonly timeoutMs?: number;
  /** The fixed time. @default - the clock of the machine */
  readonly now?: number;
}

interface Ended {
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  readonly logs: readonly Record<string, unknown>[];
}

function typescriptHandler(spec: HandlerSpec): Handler {
  return async (event) => {
    if (spec.kind === 'echo') return { given: event };
    if (spec.kind === 'currentRun') return currentRun();
    if (spec.kind === 'value') return spec.value;
    if (spec.kind === 'raise') throw Object.assign(new Error(spec.message), { name: spec.type });
    throw new Error(`a TypeScript handler does not support '${spec.kind}'`);
  };
}

let tables: { readonly typescript: TestRunTable; readonly python: TestRunTable };
let functions = 0;

beforeAll(async () => {
  const client = ministack.dynamodb();
  tables = { typescript: await TestRunTable.create(client), python: await TestRunTable.create(client) };
});

/** Creates a function in both languages, each with its own run table. */
function newFunction(more: Partial<TrackerSettings> = {}) {
  functions += 1;
  const functionName = `fn-${functions}`;
  const settings = (table: TestRunTable) => ({ functionName, tableName: table.tableName, retentionDays: 30, ...more });
  const context = ({ requestId = 'request-1', timeoutMs = 60_000 }: Invocation) => ({
    awsRequestId: requestId,
    logStreamName: 'stream',
    timeoutMs,
  });

  const inPython = async (invocation: Invocation): Promise<Ended> => {
    const { handler, event = {}, now } = invocation;
    const given = { settings: settings(tables.python), endpoint: ministack.endpoint, context: context(invocation) };
    const { result, error, logs } = await python.ask('invoke', { ...given, handler, event, now });
    return { logs, ...(error ? { error: { name: error.name, message: error.message } } : { result: result ?? undefined }) };
  };

  const inTypescript = async (invocation: Invocation): Promise<Ended> => {
    const { handler, event = {}, now = 0 } = invocation;
    const store = new RunStore(sdkTable(ministack.dynamodb(), tables.typescript.tableName), settings(tables.typescript));
    const tracked = trackWith({ functionName, store, now: () => now }, typescriptHandler(handler));
    const { timeoutMs, ...ids } = context(invocation);
    const logged = typescriptLogs.length;
    const ended = await Promise.resolve(tracked(event, { ...ids, getRemainingTimeInMillis: () => timeoutMs } as never)).then(
      (result) => ({ result }),
      ({ name, message }: Error) => ({ error: { name, message } }),
    );
    return { logs: typescriptLogs.slice(logged), ...ended };
  };

  return {
    functionName,
    inPython,
    runs: () => tables.python.runs(functionName),
    /** Invokes both functions, and checks that result, log and records are the same. */
    inBoth: async (invocation: Invocation): Promise<Ended> => {
      const given = { now: NOW, ...invocation };
      const timeless = ({ logs, ...rest }: Ended) => ({ ...rest, logs: logs.map((line) => ({ ...line, timestamp: 'then' })) });
      const [ofTypescript, ofPython] = [await inTypescript(given), await inPython(given)];
      expect(timeless(ofPython)).toEqual(timeless(ofTypescript));
      for (const { timestamp } of ofPython.logs) expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(await tables.python.runs(functionName)).toEqual(await tables.typescript.runs(functionName));
      expect(await tables.python.lease(functionName)).toEqual(await tables.typescript.lease(functionName));
      return ofPython;
    },
  };
}

const schedule = (scheduledTime: unknown, attempt: unknown = '1') => ({
  source: SCHEDULE_EVENT_SOURCE,
  schedule: 'Job',
  scheduledTime,
  attempt,
  payload: { a: 1 },
});
const busEvent = { id: 'ab12', 'detail-type': 'order.placed', source: 'shop', detail: { order: 1 } };
const raising = { kind: 'raise', type: 'OrderError', message: 'no stock ä' } as const;

describe('in Python as in TypeScript', () => {
  test.each<[string, unknown, string]>([
    ['nothing at all', null, 'request-1'],
    ['a text', 'text', 'request-1'],
    ['a list', [busEvent], 'request-1'],
    ['an event of a queue', { Records: [{ messageId: 'm' }] }, 'request-1'],
    ['an event of the bus', byBus(busEvent), 'ab12'],
    ['one that is replayed', byBus({ ...busEvent, 'replay-name': 'again' }), 'ab12@again'],
    ['one without an id', byBus({ ...busEvent, id: '' }), 'request-1'],
    ['one with a number for its replay', byBus({ ...busEvent, 'replay-name': 7 }), 'ab12'],
    ['a copy of one', busEvent, 'request-1'],
    ['an event of a schedule', byClock(schedule('2026-03-01T12:00:00+02:00')), '2026-03-01T10:00:00.000Z'],
    [
      'one whose attributes were not filled in',
      byClock(schedule('<aws.scheduler.scheduled-time>', '<n>')),
      '2026-03-01T10:00:00.000Z',
    ],
    ['one without a time', byClock(schedule(undefined)), '2026-03-01T10:00:00.000Z'],
    ['a copy of one with more in it', { ...schedule('2026-03-01T12:00:00+02:00'), page: 2 }, 'request-1'],
    ['an envelope of the clock without its event', byClock({ n: 1 }), 'request-1'],
    ['an event with a key', byKey('order-17', { n: 1 }), 'key:order-17'],
    ['an event with an empty key', byKey('', { n: 1 }), 'request-1'],
    ['an envelope without an event', { 'katamari:delivery': 'event' }, 'request-1'],
  ])('the handler receives %s, which determines the run id', async (_name, event, runId) => {
    const given = newFunction();
    const { logs } = await given.inBoth({ handler: { kind: 'echo' }, event });
    expect(await given.runs()).toMatchObject([{ runId, state: 'Completed', attempt: 1 }]);
    expect(logs).toMatchObject([{ level: 'INFO', message: 'run Completed', service: 'katamari', runId, attempt: 1 }]);
  });

  test.each<[string, HandlerSpec]>([
    ['an error of its own', raising],
    ['one of the language', { kind: 'raise', type: 'TypeError', message: 'bad' }],
    ['a very long message', { kind: 'raise', type: 'RangeError', message: 'x'.repeat(5_000) }],
  ])('a handler that raises %s fails with this error, and its run is Failed with the reason', async (_name, handler) => {
    const given = newFunction({ overlapLimit: 1 });
    const { error, logs } = await given.inBoth({ handler });
    const { type, message } = handler as typeof raising;
    expect(error).toEqual({ name: type, message });
    const reason = { errorType: type, errorMessage: message.slice(0, 1_000) };
    expect(await given.runs()).toMatchObject([{ state: 'Failed', ...reason }]);
    expect(logs).toMatchObject([{ level: 'ERROR', message: 'run Failed', ...reason }]);
  });

  test('a retry is the next attempt, and the event and current_run() have its number', async () => {
    const given = newFunction({ overlapLimit: 1 });
    const event = schedule('2026-03-01T10:00:00Z');
    await given.inBoth({ handler: raising, event: byClock(event) });
    const { result } = await given.inBoth({ handler: { kind: 'echo' }, event: byClock(event), now: NOW + 60_000 });
    expect(result).toEqual({ given: { ...event, scheduledTime: '2026-03-01T10:00:00.000Z', attempt: 2 } });
    const other = byClock(schedule('2026-03-01T10:01:00Z'));
    expect((await given.inBoth({ handler: { kind: 'currentRun' }, event: other })).result).toEqual({
      function: given.functionName,
      runId: '2026-03-01T10:01:00.000Z',
      attempt: 1,
      scheduledTime: '2026-03-01T10:01:00.000Z',
      fencingToken: 3,
    });
  });

  test('a second delivery is not run twice', async () => {
    const given = newFunction();
    await given.inBoth({ handler: { kind: 'value', value: 1 }, event: byBus(busEvent) });
    const { result, logs } = await given.inBoth({ handler: raising, event: byBus(busEvent), requestId: 'request-2' });
    expect(result).toEqual({ katamari: { runId: 'ab12', state: 'Completed', duplicate: true } });
    expect(logs).toMatchObject([{ message: 'duplicate delivery of the run; the handler was not called', state: 'Completed' }]);
  });

  test('a failed run with an idempotency key is attempted again by the next call with the key', async () => {
    const given = newFunction();
    const event = byKey('order-17', { n: 1 });
    await given.inBoth({ handler: raising, event });
    await given.inBoth({ handler: { kind: 'value', value: 1 }, event, requestId: 'request-2' });
    const { result } = await given.inBoth({ handler: raising, event, requestId: 'request-3' });
    expect(result).toEqual({ katamari: { runId: 'key:order-17', state: 'Completed', duplicate: true } });
    expect(await given.runs()).toMatchObject([{ runId: 'key:order-17', trigger: 'invoke', attempt: 2 }]);
  });

  test('a delivery that is too early for the next attempt fails, so that it is delivered again', async () => {
    const given = newFunction();
    await given.inBoth({ handler: raising, event: byBus(busEvent) });
    const { error, logs } = await given.inBoth({
      handler: { kind: 'value', value: 1 },
      event: byBus(busEvent),
      requestId: 'request-2',
    });
    expect(error).toEqual({
      name: 'Katamari.RetryTooEarly',
      message: 'a failed run can be started again 15 minutes after its last attempt started; this delivery came earlier',
    });
    expect(logs).toEqual([]);
  });

  test.each<[string, unknown, boolean]>([
    ['a queue', { Records: [{ messageId: 'm', eventSource: 'aws:sqs' }] }, true],
    ['a table', { Records: [{ eventSource: 'aws:dynamodb' }] }, true],
    ['a stream', { Records: [{ eventSource: 'aws:kinesis' }], window: {} }, true],
    ['a bucket', { Records: [{ eventSource: 'aws:s3' }] }, true],
    ['a topic', { Records: [{ EventSource: 'aws:sns' }] }, true],
    ['a Kafka topic', { eventSource: 'aws:kafka', records: {} }, true],
    ['a broker', { eventSource: 'aws:mq', messages: [] }, true],
    ['a pipe', [{ messageId: 'm', eventSource: 'aws:sqs' }], true],
    ['a log subscription', { awslogs: { data: 'H4sI' } }, true],
    ['nothing', null, false],
    ['a list of nothing', [], false],
    ['no records', { Records: [] }, false],
    ['records of a caller', { Records: [{ order: 1 }] }, false],
    ['a text', { eventSource: 7 }, false],
  ])('records of %s fail over the limit, so that they are delivered again; others are Skipped', async (_name, event, carries) => {
    const given = newFunction({ overlapLimit: 1 });
    for (const table of Object.values(tables)) {
      const holders = new Set([`${NOW + 1_000_000}|other`]);
      await table.put({ pk: `LEASE#${given.functionName}`, sk: 'LEASE', version: 1, holders });
    }
    const { result, error } = await given.inBoth({ handler: raising, event });
    if (carries) {
      const message = 'no slot is free for records, which their source delivers again; running: 1';
      expect(error).toEqual({ name: 'Katamari.RetryTooEarly', message });
      expect(await given.runs()).toEqual([]);
    } else {
      expect(result).toEqual({ katamari: { runId: 'request-1', state: 'Skipped' } });
    }
    // With a free slot the same delivery runs.
    for (const table of Object.values(tables)) {
      await table.put({ pk: `LEASE#${given.functionName}`, sk: 'LEASE', version: 1, holders: new Set([`${NOW - 1}|other`]) });
    }
    const again = await given.inBoth({ handler: { kind: 'value', value: 1 }, event });
    expect(again.result).toEqual(carries ? 1 : { katamari: { runId: 'request-1', state: 'Skipped', duplicate: true } });
  });

  test('a run over the limit is Skipped, and a retry without a slot fails so that it is delivered again', async () => {
    const given = newFunction({ overlapLimit: 1 });
    for (const table of Object.values(tables)) {
      const holder = { function: given.functionName, runId: 'other', state: 'Running', trigger: 'invoke', attempt: 1 } as const;
      await table.putRun(holder);
      const holders = new Set([`${NOW + 1_000_000}|other`]);
      await table.put({ pk: `LEASE#${given.functionName}`, sk: 'LEASE', version: 1, holders });
    }
    const requests = [
      { requestContext: { http: { method: 'GET' } } },
      { httpMethod: 'GET', requestContext: {} },
      { requestContext: { connectionId: 'c' } },
      { httpMethod: 'GET', requestContext: null },
    ];
    const answers: unknown[] = [];
    for (const [index, event] of requests.entries()) {
      answers.push((await given.inBoth({ handler: raising, event, requestId: `http-${index}` })).result);
    }
    const busy = { statusCode: 429, headers: { 'retry-after': '1' } };
    expect(answers).toMatchObject([busy, busy, busy, { katamari: { state: 'Skipped' } }]);
    const { result, logs } = await given.inBoth({ handler: raising });
    expect(result).toEqual({ katamari: { runId: 'request-1', state: 'Skipped' } });
    expect(logs).toMatchObject([{ level: 'INFO', message: 'run Skipped', state: 'Skipped', running: 1 }]);
    for (const table of Object.values(tables)) {
      const startedAt = new Date(NOW - 60_000).toISOString();
      const failed = { runId: 'request-2', state: 'Failed', trigger: 'invoke', attempt: 1, requestId: 'request-2' } as const;
      await table.putRun({ function: given.functionName, startedAt, ...failed });
    }
    const retry = await given.inBoth({ handler: raising, requestId: 'request-2' });
    expect(retry.error).toEqual({
      name: 'Katamari.RetryTooEarly',
      message: 'no slot is free to retry the failed run; running: 1',
    });
  });
});

test.each([
  ['a third of a short timeout, and the remaining time without a margin', false, 900, 300, 850],
  ['two thirds of it where a slot is to be found', true, 900, 600, 850],
  ['a third up to 3 s, and 2 s', false, 8_997, 2_999, 2_000],
  ['two thirds up to 10 s, and 2 s', true, 14_997, 9_998, 2_000],
  ['3 s of a long timeout, and 2 s', false, 60_000, 3_000, 2_000],
  ['10 s where a slot is to be found, and 2 s', true, 60_000, 10_000, 2_000],
  ['15 s and 10 s in the local engine', false, 60_000, 15_000, 10_000, true],
  ['50 s where a slot is to be found, and 10 s in the local engine', true, 90_000, 50_000, 10_000, true],
])('the tracker waits for the table for %s', async (_name, takesSlot, timeoutMs, before, after, local = false) => {
  const [begin, finish] = await python.result<[number, number]>('waits', { takesSlot, timeoutMs, local });
  expect(begin).toBeCloseTo(before, 6);
  expect(finish).toBe(after);
});

describe('the deadline', () => {
  test('records a handler that is still running as Failed; if the handler ends later, the invocation fails', async () => {
    const given = newFunction({ overlapLimit: 1 });
    const gate = given.functionName;
    const invoked = given.inPython({ handler: { kind: 'gate', gate }, timeoutMs: 1_000 });
    const [record] = await until('a failed run', 30_000, given.runs, (runs) => runs.some(({ state }) => state === 'Failed'));
    expect(record).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^Task timed out after (1\.00|0\.\d\d) seconds$/),
    });
    expect(record?.durationMs).toBe(Date.parse(record?.endedAt as string) - Date.parse(record?.startedAt as string));
    expect((await tables.python.lease(given.functionName))?.holders).toEqual([]);
    await python.ask('open', { gate });
    expect((await invoked).error).toMatchObject({ name: 'Sandbox.Timedout' });
    expect(await given.runs()).toEqual([record]);
  });

  test('is also observed if the handler does not release the interpreter', async () => {
    const given = newFunction();
    const { error } = await given.inPython({ handler: { kind: 'blockSwitches', ms: 450, value: 'late' }, timeoutMs: 400 });
    expect(error).toMatchObject({ name: 'Sandbox.Timedout' });
    expect(await given.runs()).toMatchObject([{ state: 'Failed', errorType: 'Sandbox.Timedout' }]);
  });

  test('has no effect on a handler that ends earlier', async () => {
    const given = newFunction();
    expect((await given.inPython({ handler: { kind: 'sleep', ms: 50, value: 'in time' } })).result).toBe('in time');
    expect(await given.runs()).toMatchObject([{ state: 'Completed' }]);
  });
});

describe('a coroutine function', () => {
  test('runs to its end, and everything that it awaits can read the current run', async () => {
    const given = newFunction();
    const { result } = await given.inPython({ handler: { kind: 'asynchronous' } });
    expect(result).toEqual({ same: true, run: { function: given.functionName, runId: 'request-1', attempt: 1 } });
    expect(await given.runs()).toMatchObject([{ state: 'Completed' }]);
  });

  test('that raises an error fails its run', async () => {
    const given = newFunction();
    expect((await given.inPython({ handler: { kind: 'asynchronousFailing' } })).error?.name).toBe('OrderError');
    expect(await given.runs()).toMatchObject([{ state: 'Failed', errorType: 'OrderError', errorMessage: 'no stock' }]);
  });

  test('also runs without tracking', async () => {
    const context = { awsRequestId: 'r', logStreamName: 's', timeoutMs: 1_000 };
    const { result, logs } = await python.ask('invoke', { handler: { kind: 'asynchronous' }, event: {}, context });
    expect(result).toEqual({ same: true, run: null });
    expect(logs).toEqual([]);
  });
});

test('concurrent runs each read their own current run', async () => {
  const given = newFunction({ overlapLimit: 5 });
  const runs = await Promise.all(
    ['a', 'b', 'c'].map((requestId) => given.inPython({ handler: { kind: 'currentRun' }, requestId })),
  );
  expect(runs.map(({ result }) => (result as { runId: string }).runId)).toEqual(['a', 'b', 'c']);
  expect(runs.map(({ result }) => (result as { fencingToken: number }).fencingToken).sort()).toEqual([1, 2, 3]);
});

test('an error message with invalid characters is recorded with replacement characters', async () => {
  const given = newFunction();
  // Python represents a file name that is not UTF-8 like this.
  const message = 'no such file: caf\udce9';
  const { logs } = await given.inPython({ handler: { kind: 'raise', type: 'OrderError', message } });
  expect(logs.map((line) => line.message)).toEqual(['run Failed']);
  expect(await given.runs()).toMatchObject([{ state: 'Failed', errorMessage: 'no such file: caf?' }]);
});

test.each([
  ['a set', 'set', 'Runtime.MarshalError', 'Unable to marshal response: Object of type set is not JSON serializable'],
  ['a date', 'date', 'Runtime.MarshalError', 'Unable to marshal response: Object of type date is not JSON serializable'],
  ['a list that contains itself', 'circle', 'Runtime.MarshalError', 'Unable to marshal response: Circular reference detected'],
  [
    'a result that is larger than Lambda allows',
    'large',
    'Function.ResponseSizeTooLarge',
    'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  ],
] as const)(
  '%s fails the invocation as the runtime would, and its run is Failed',
  async (_name, data, errorType, errorMessage) => {
    const given = newFunction({ overlapLimit: 1 });
    const { error } = await given.inPython({ handler: { kind: 'data', data } });
    expect(error).toEqual({ name: errorType, message: errorMessage });
    expect(await given.runs()).toMatchObject([{ state: 'Failed', errorType, errorMessage }]);
  },
);

test('an error whose text can’t be read is still recorded as the reason', async () => {
  const given = newFunction();
  expect((await given.inPython({ handler: { kind: 'unspeakable' } })).error?.name).toBe('Unspeakable');
  expect(await given.runs()).toMatchObject([
    { state: 'Failed', errorType: 'Unspeakable', errorMessage: 'the message of the error cannot be read' },
  ]);
});

test('without tracking, the handler receives the normalized event and no run is logged', async () => {
  const event = schedule('2026-03-01T10:00:00Z', '3');
  const context = { awsRequestId: 'r', logStreamName: 's', timeoutMs: 1_000 };
  const { result, logs } = await python.ask('invoke', { handler: { kind: 'echo' }, event, context });
  expect(result).toEqual({ given: { ...event, scheduledTime: '2026-03-01T10:00:00.000Z', attempt: 3 } });
  expect(logs).toEqual([]);
});
