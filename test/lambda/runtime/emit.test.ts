import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { EmitError, emit, emitAll, InvalidEventError } from '../../../lambda/runtime';
import { ENV_EVENT_BUS } from '../../../lib/event/constants';
import { ENV_FUNCTION } from '../../../lib/runs/constants';
import { receiveMessages } from '../../support/messages';
import { useMiniStack } from '../../support/ministack';

const MB = 1_048_576;

describe('on a bus', () => {
  const ministack = useMiniStack();

  test('events arrive with their name, source and data', async () => {
    const client = ministack.events();
    const sqs = ministack.sqs();
    await client.send(new CreateEventBusCommand({ Name: 'bus' }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'events' }));
    const EventPattern = JSON.stringify({ source: ['PullFeeds'] });
    await client.send(new PutRuleCommand({ Name: 'all', EventBusName: 'bus', EventPattern }));
    const Arn = 'arn:aws:sqs:us-east-1:000000000000:events';
    await client.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'bus', Targets: [{ Id: 'queue', Arn }] }));

    const options = { bus: 'bus', source: 'PullFeeds', client };
    const id = await emit('pulled', { items: [1, 2] }, options);
    const ids = await emitAll(
      Array.from({ length: 23 }, (_, index) => ({ name: `n${index}`, data: index })),
      options,
    );
    expect(new Set([id, ...ids]).size).toBe(24);

    const delivered = (await receiveMessages(sqs, QueueUrl, 24)) as Record<string, unknown>[];
    const got = new Map(delivered.map((event) => [event.id, [event['detail-type'], event.source, event.detail]]));
    expect(got.get(id)).toEqual(['pulled', 'PullFeeds', { items: [1, 2] }]);
    expect(ids.map((one) => got.get(one))).toEqual(ids.map((_, index) => [`n${index}`, 'PullFeeds', { value: index }]));
  });
});

describe('with a mocked client', () => {
  const client = new EventBridgeClient({ region: 'us-east-1' });
  const mock = mockClient(client);
  const options = { bus: 'bus', client };
  const calls = () => mock.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries ?? []);
  const bytesOf = (entries: PutEventsRequestEntry[]) =>
    entries.reduce((sum, one) => sum + Buffer.byteLength(`${one.Source}${one.DetailType}${one.Detail}`), 0);

  beforeEach(() => {
    mock.reset();
    mock.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => ({
      Entries: Entries.map(({ DetailType }) => ({ EventId: `id of ${DetailType}` })),
    }));
    delete process.env[ENV_EVENT_BUS];
    delete process.env[ENV_FUNCTION];
  });

  const events = (count: number, data?: unknown) => Array.from({ length: count }, (_, index) => ({ name: `n${index}`, data }));

  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('%d events are sent in calls of at most 10, and their ids are returned in order', async (count, sizes) => {
    expect(await emitAll(events(count), options)).toEqual(events(count).map(({ name }) => `id of ${name}`));
    expect(calls().map((entries) => entries.length)).toEqual(sizes);
  });

  test('each call has at most 1 MB, counted in bytes, and is filled up to this limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 520_000 }), { minLength: 1, maxLength: 25 }), async (sizes) => {
        mock.resetHistory();
        const given = sizes.map((size, index) => ({ name: `n${index}`, data: { text: 'ä'.repeat(size) } }));
        expect(await emitAll(given, options)).toEqual(given.map(({ name }) => `id of ${name}`));
        const batches = calls();
        expect(batches.flat().map(({ DetailType }) => DetailType)).toEqual(given.map(({ name }) => name));
        batches.forEach((batch, index) => {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(bytesOf(batch)).toBeLessThanOrEqual(MB);
          const [next] = batches[index + 1] ?? [];
          expect(!next || batch.length === 10 || bytesOf([...batch, next]) > MB).toBe(true);
        });
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['an object', { a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
    ['nothing', undefined, '{"value":null}'],
    ['null', null, '{"value":null}'],
    ['a number', 0, '{"value":0}'],
    ['a text', 'text "quoted"', '{"value":"text \\"quoted\\""}'],
    ['a text that looks like an object', '{}', '{"value":"{}"}'],
    ['a list', [{ a: 1 }], '{"value":[{"a":1}]}'],
    ['a date', new Date(0), '{"value":"1970-01-01T00:00:00.000Z"}'],
    ['an object with toJSON', { toJSON: () => [1] }, '{"value":[1]}'],
    ['an empty object', {}, '{}'],
  ])('the data may be %s', async (_name, data, detail) => {
    await emit('name', data, options);
    expect(calls()[0]?.[0]?.Detail).toBe(detail);
  });

  test('bus and source of the function are the defaults', async () => {
    process.env[ENV_EVENT_BUS] = 'bus-of-group';
    process.env[ENV_FUNCTION] = 'Pull';
    await emit('name', {}, { client });
    await emit('name', {}, { client, bus: 'other', source: 'me' });
    expect(calls().flat()).toMatchObject([
      { EventBusName: 'bus-of-group', Source: 'Pull' },
      { EventBusName: 'other', Source: 'me' },
    ]);
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;
  test.each<[string, unknown, unknown, RegExp]>([
    ['an empty name', '', {}, /^event name must have 1 to 128 characters, got: ''$/],
    ['a name of 129 characters', 'n'.repeat(129), {}, /^event name must have 1 to 128 characters, got: 'n{129}'$/],
    ['a name that is no text', 7, {}, /^event name must have 1 to 128 characters, got: 7$/],
    ['data in a circle', 'n', circular, /^data of event 'n' must be JSON: Converting circular structure/],
    ['a bigint', 'n', { big: 1n }, /^data of event 'n' must be JSON: Do not know how to serialize a BigInt/],
    ['a function', 'n', () => 1, /^data of event 'n' must be JSON: it is a function$/],
    ['a symbol', 'n', Symbol('s'), /^data of event 'n' must be JSON: it is a symbol$/],
    [
      'more than 1 MB',
      'n',
      'ä'.repeat(MB / 2),
      /^source, name and data of event 'n' must have at most 1048576 bytes, got: 1048597; put large data into S3 and emit its key$/,
    ],
  ])('%s is rejected before anything is sent', async (_name, name, data, message) => {
    const attempt = emitAll([{ name: 'good' }, { name: name as string, data }], options);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(InvalidEventError);
    await expect(attempt).rejects.toMatchObject({ name: 'InvalidEventError' });
    expect(calls()).toEqual([]);
  });

  test('a name of 128 characters and an event of exactly 1 MB are accepted', async () => {
    const name = 'n'.repeat(128);
    const source = 'katamari';
    const text = 'x'.repeat(MB - name.length - source.length - '{"value":""}'.length);
    await emit(name, text, options);
    expect(bytesOf(calls()[0] ?? [])).toBe(MB);
    await expect(emit(name, `${text}x`, options)).rejects.toThrow('got: 1048577;');
  });

  test('nothing is sent without a bus', async () => {
    await expect(emit('name', {}, { client })).rejects.toThrow(
      'emit requires an event bus; call it in a function of a group, which sets KATAMARI_EVENT_BUS, or pass options.bus',
    );
    expect(calls()).toEqual([]);
  });

  /** Rejects entries by name, a given number of times with a code. */
  function refuse(times: Record<string, [code: string, count: number]>): void {
    const left = new Map(Object.entries(times).map(([name, [code, count]]) => [name, { code, count }]));
    mock.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => ({
      Entries: Entries.map(({ DetailType = '' }) => {
        const rule = left.get(DetailType);
        if (!rule || rule.count === 0) return { EventId: `id of ${DetailType}` };
        rule.count -= 1;
        return { ErrorCode: rule.code, ErrorMessage: `no ${DetailType}` };
      }),
    }));
  }

  test.each(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable'])(
    'entries refused for %s are sent again, alone, and keep their place',
    async (code) => {
      refuse({ n1: [code, 1], n3: [code, 3] });
      expect(await emitAll(events(5), options)).toEqual(events(5).map(({ name }) => `id of ${name}`));
      expect(calls().map((entries) => entries.map(({ DetailType }) => DetailType))).toEqual([
        ['n0', 'n1', 'n2', 'n3', 'n4'],
        ['n1', 'n3'],
        ['n3'],
        ['n3'],
      ]);
    },
  );

  test('entries that are rejected 4 times or with a permanent error are reported with their data; the others are published', async () => {
    refuse({ n2: ['ThrottlingException', 9], n11: ['MalformedDetail', 9] });
    const error = await emitAll(events(12, { a: 1 }), options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EmitError);
    expect(error).toMatchObject({
      name: 'EmitError',
      message: "2 of 12 events were not published; EventBridge refused 'n2' with ThrottlingException: no n2",
      refused: [
        { name: 'n2', data: { a: 1 }, code: 'ThrottlingException', message: 'no n2' },
        { name: 'n11', data: { a: 1 }, code: 'MalformedDetail', message: 'no n11' },
      ],
    });
    const sent = calls().map((entries) => entries.length);
    expect(sent).toEqual([10, 1, 1, 1, 2]);
  });

  test('all entries are reported if all are rejected', async () => {
    refuse({ n0: ['NotAuthorizedForSourceException', 1], n1: ['NotAuthorizedForSourceException', 1] });
    await expect(emitAll(events(2), options)).rejects.toMatchObject({ refused: [{ name: 'n0' }, { name: 'n1' }] });
  });

  test('a failed call throws an error with its cause, and the later calls are still sent', async () => {
    const cause = new Error('no such bus');
    mock
      .on(PutEventsCommand)
      .rejectsOnce(cause)
      .resolves({ Entries: [{ EventId: 'id of n10' }] });
    const error = await emitAll(events(11), options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: "10 of 11 events were not published; EventBridge refused 'n0' with Error: no such bus",
      cause,
      refused: Array.from({ length: 10 }, (_, index) => ({ name: `n${index}`, code: 'Error' })),
    });
    expect(calls()).toHaveLength(2);
  });

  test('an answer without a result for an entry is an error', async () => {
    mock.on(PutEventsCommand).resolves({ Entries: [{ EventId: 'one' }] });
    await expect(emitAll(events(2), options)).rejects.toMatchObject({ refused: [{ name: 'n1', code: 'Unknown' }] });
  });
});
