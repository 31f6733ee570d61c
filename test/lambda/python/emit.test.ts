import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { ENV_EVENT_BUS } from '../../../lib/event/constants';
import { ENV_FUNCTION } from '../../../lib/runs/constants';
import { receiveMessages } from '../../support/messages';
import { useMiniStack } from '../../support/ministack';
import { usePythonDriver } from './python-driver';

const python = usePythonDriver();
const MB = 1_048_576;

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}
interface Answer {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

describe('on a bus', () => {
  const ministack = useMiniStack();

  test('events arrive with their name, source and data', async () => {
    const sqs = ministack.sqs();
    await ministack.events().send(new CreateEventBusCommand({ Name: 'bus' }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'events' }));
    const EventPattern = JSON.stringify({ source: ['PullFeeds'] });
    await ministack.events().send(new PutRuleCommand({ Name: 'all', EventBusName: 'bus', EventPattern }));
    const Targets = [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:000000000000:events' }];
    await ministack.events().send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'bus', Targets }));

    const events = Array.from({ length: 12 }, (_, index) => [`n${index}`, index % 2 ? { items: [index, 'ä'] } : index]);
    // This call uses the client that the runtime creates and caches.
    const ids = await python.result<string[]>('emit', {
      env: { AWS_ENDPOINT_URL: ministack.endpoint, [ENV_EVENT_BUS]: 'bus', [ENV_FUNCTION]: 'PullFeeds' },
      events,
    });
    const delivered = (await receiveMessages(sqs, QueueUrl, events.length)) as Record<string, unknown>[];
    const got = new Map(delivered.map((event) => [event.id, [event['detail-type'], event.source, event.detail]]));
    expect(ids.map((id) => got.get(id))).toEqual(
      events.map(([name, data]) => [name, 'PullFeeds', typeof data === 'number' ? { value: data } : data]),
    );
  });
});

describe('with a simulated bus', () => {
  let server: Server;
  let calls: Entry[][];
  let answerFor: (entry: Entry) => Answer;
  let status: () => number;
  beforeAll(async () => {
    server = createServer(async (incoming, answer) => {
      const { Entries }: { Entries: Entry[] } = JSON.parse(await text(incoming));
      calls.push(Entries);
      const code = status();
      answer.writeHead(code, { 'content-type': 'application/x-amz-json-1.1' });
      answer.end(
        JSON.stringify(
          code === 200
            ? { FailedEntryCount: 0, Entries: Entries.map(answerFor) }
            : { __type: 'ResourceNotFoundException', message: 'no such bus' },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    calls = [];
    status = () => 200;
    answerFor = ({ DetailType }) => ({ EventId: `id of ${DetailType}` });
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const endpoint = () => `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const emit = (events: readonly unknown[][], options: object = { bus: 'bus' }) =>
    python.ask('emit', { endpoint: endpoint(), env: { [ENV_EVENT_BUS]: '', [ENV_FUNCTION]: '' }, events, options });
  const events = (count: number, data?: unknown) => Array.from({ length: count }, (_, index) => [`n${index}`, data]);
  const bytesOf = (entries: readonly Entry[]) =>
    entries.reduce((sum, one) => sum + Buffer.byteLength(`${one.Source}${one.DetailType}${one.Detail}`), 0);

  /** Rejects entries by name, a given number of times with a code. */
  const refuse = (times: Record<string, [code: string, count: number]>) => {
    const left = new Map(Object.entries(times).map(([name, [code, count]]) => [name, { code, count }]));
    answerFor = ({ DetailType }) => {
      const rule = left.get(DetailType);
      if (!rule || rule.count === 0) return { EventId: `id of ${DetailType}` };
      rule.count -= 1;
      return { ErrorCode: rule.code, ErrorMessage: `no ${DetailType}` };
    };
  };

  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('%d events are sent in calls of at most 10, and their ids are returned in order', async (count, sizes) => {
    expect((await emit(events(count))).result).toEqual(events(count).map(([name]) => `id of ${name}`));
    expect(calls.map((entries) => entries.length)).toEqual(sizes);
  });

  test('each call has at most 1 MB, counted in bytes, and is filled up to this limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 520_000 }), { minLength: 1, maxLength: 12 }), async (sizes) => {
        calls = [];
        const given = sizes.map((size, index) => [`n${index}`, { text: 'ä'.repeat(size) }]);
        expect((await emit(given)).result).toEqual(given.map(([name]) => `id of ${name}`));
        expect(calls.flat().map(({ DetailType }) => DetailType)).toEqual(given.map(([name]) => name));
        calls.forEach((batch, index) => {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(bytesOf(batch)).toBeLessThanOrEqual(MB);
          const [next] = calls[index + 1] ?? [];
          expect(!next || batch.length === 10 || bytesOf([...batch, next]) > MB).toBe(true);
        });
      }),
      { numRuns: 10 },
    );
  });

  test.each([
    ['an object', { a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
    ['null', null, '{"value":null}'],
    ['a number', 0, '{"value":0}'],
    ['a text', 'text "quoted" ä', '{"value":"text \\"quoted\\" ä"}'],
    ['a text that looks like an object', '{}', '{"value":"{}"}'],
    ['half of a surrogate pair', '\ud83d', '{"value":"\\ud83d"}'],
    ['a list', [{ a: 1 }], '{"value":[{"a":1}]}'],
    ['an empty object', {}, '{}'],
  ])('the data may be %s', async (_name, data, detail) => {
    await emit([['name', data]]);
    expect(calls[0]?.[0]?.Detail).toBe(detail);
  });

  test('bus and source of the function are the defaults', async () => {
    const env = { [ENV_EVENT_BUS]: 'bus-of-group', [ENV_FUNCTION]: 'Pull' };
    await python.result('emit', { endpoint: endpoint(), env, events: events(1) });
    await python.result('emit', { endpoint: endpoint(), env, events: events(1), options: { bus: 'other', source: 'me' } });
    await emit(events(1));
    expect(calls.flat()).toMatchObject([
      { EventBusName: 'bus-of-group', Source: 'Pull' },
      { EventBusName: 'other', Source: 'me' },
      { EventBusName: 'bus', Source: 'katamari' },
    ]);
  });

  const noJson = /^data of event 'n' must be JSON: /;
  test.each<[string, unknown, unknown, RegExp]>([
    ['an empty name', '', {}, /^event name must have 1 to 128 characters, got: ''$/],
    ['a name of 129 characters', 'n'.repeat(129), {}, /^event name must have 1 to 128 characters, got: 'n{129}'$/],
    ['a name that is no text', 7, {}, /^event name must have 1 to 128 characters, got: 7$/],
    ['data in a circle', 'n', { python: 'circle' }, noJson],
    ['a number that is none', 'n', { python: 'nan' }, noJson],
    ['a date', 'n', { python: 'date' }, /must be JSON: Object of type date is not JSON serializable$/],
    ['data that is nested too deeply', 'n', { python: 'deep' }, noJson],
    [
      'more than 1 MB',
      'n',
      'ä'.repeat(MB / 2),
      /^source, name and data of event 'n' must have at most 1048576 bytes, got: 1048597; put large data into S3 and emit its key$/,
    ],
  ])('%s is rejected before anything is sent', async (_name, name, data, message) => {
    const { error } = await emit([
      ['good', 1],
      [name, data],
    ]);
    expect(error).toMatchObject({ name: 'InvalidEventError', message: expect.stringMatching(message) });
    expect(calls).toEqual([]);
  });

  test('a name of 128 characters and an event of exactly 1 MB are accepted', async () => {
    const name = 'n'.repeat(128);
    const data = 'x'.repeat(MB - name.length - 'katamari'.length - '{"value":""}'.length);
    expect((await emit([[name, data]])).result).toHaveLength(1);
    expect(bytesOf(calls[0] ?? [])).toBe(MB);
    expect((await emit([[name, `${data}x`]])).error?.message).toContain('got: 1048577;');
  });

  test('nothing is sent without a bus', async () => {
    expect((await emit(events(1), {})).error).toMatchObject({
      name: 'InvalidEventError',
      message: 'emit requires an event bus; call it in a function of a group, which sets KATAMARI_EVENT_BUS, or pass bus',
    });
    expect(calls).toEqual([]);
  });

  test.each(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable'])(
    'entries refused for %s are sent again, alone, and keep their place',
    async (code) => {
      refuse({ n1: [code, 1], n3: [code, 3] });
      expect((await emit(events(5))).result).toEqual(events(5).map(([name]) => `id of ${name}`));
      const sent = calls.map((entries) => entries.map(({ DetailType }) => DetailType));
      expect(sent).toEqual([['n0', 'n1', 'n2', 'n3', 'n4'], ['n1', 'n3'], ['n3'], ['n3']]);
    },
  );

  test('entries that are rejected 4 times or with a permanent error are reported with their data; the others are published', async () => {
    refuse({ n2: ['ThrottlingException', 9], n11: ['MalformedDetail', 9] });
    expect((await emit(events(12, { a: 1 }))).error).toMatchObject({
      name: 'EmitError',
      message: "2 of 12 events were not published; EventBridge refused 'n2' with ThrottlingException: no n2",
      refused: [
        ['n2', { a: 1 }, 'ThrottlingException', 'no n2'],
        ['n11', { a: 1 }, 'MalformedDetail', 'no n11'],
      ],
    });
    expect(calls.map((entries) => entries.length)).toEqual([10, 1, 1, 1, 2]);
  });

  test('a failed call raises an error with its cause, and the later calls are still sent', async () => {
    status = () => (calls.length === 1 ? 400 : 200);
    const { error } = await emit(events(11));
    expect(error).toMatchObject({
      name: 'EmitError',
      message: "10 of 11 events were not published; EventBridge refused 'n0' with ResourceNotFoundException: no such bus",
      cause: { name: 'ResourceNotFoundException' },
    });
    expect(error?.refused).toHaveLength(10);
    expect(calls).toHaveLength(2);
  });

  test('an answer without a result for an entry is an error', async () => {
    let answered = 0;
    answerFor = () => (answered++ === 0 ? { EventId: 'one' } : {});
    expect((await emit(events(2))).error?.refused).toEqual([['n1', null, 'Unknown', '']]);
  });
});
