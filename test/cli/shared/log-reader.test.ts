import { CloudWatchLogsClient, type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { mockClient } from 'aws-sdk-client-mock';
import { LogReader } from '../../../cli/shared/log-reader';

const logs = mockClient(CloudWatchLogsClient);
const reader = (since = 0) =>
  new LogReader(new CloudWatchLogsClient({ region: 'us-east-1' }), { name: 'Beat', logGroup: '/beat' }, since, 1_000);
const event = (timestamp: number, message: string, eventId?: string): FilteredLogEvent => ({
  timestamp,
  message,
  eventId,
  logStreamName: 's',
});
const answer = (...pages: FilteredLogEvent[][]) => {
  for (const events of pages) logs.on(FilterLogEventsCommand).resolvesOnce({ events });
};
const texts = async (from: LogReader) => (await from.read()).map((line) => line.text);

beforeEach(() => logs.reset());

test('reads all pages, ordered by time', async () => {
  logs
    .on(FilterLogEventsCommand)
    .resolvesOnce({ events: [event(2, 'two', 'b')], nextToken: 'more' })
    .resolvesOnce({ events: [event(1, 'one', 'a')] });
  expect(await texts(reader())).toEqual(['one', 'two']);
  expect(logs.commandCalls(FilterLogEventsCommand)[1]?.args[0].input.nextToken).toBe('more');
});

test('shows a line once, even if it is read again', async () => {
  const from = reader();
  logs
    .on(FilterLogEventsCommand)
    .resolvesOnce({ events: [event(10, 'one', 'a')] })
    .resolvesOnce({ events: [event(10, 'one', 'a'), event(11, 'two', 'b')] });
  expect(await texts(from)).toEqual(['one']);
  expect(await texts(from)).toEqual(['two']);
});

test('shows two lines with the same text and time if the service returns no ids', async () => {
  const from = reader();
  answer([event(10, 'tick'), event(10, 'tick')]);
  expect(await texts(from)).toEqual(['tick', 'tick']);
  logs.reset();
  answer([event(10, 'tick'), event(10, 'tick'), event(10, 'tick')]);
  expect(await texts(from)).toEqual(['tick']);
});

test('reads again as far back as lines may be late, but not before the start time', async () => {
  const from = reader(5_000);
  answer([event(9_000, 'one', 'a')]);
  await from.read();
  logs.reset();
  answer([event(8_500, 'late', 'b')]);
  expect(await texts(from)).toEqual(['late']);
  expect(logs.commandCalls(FilterLogEventsCommand)[0]?.args[0].input.startTime).toBe(8_000);
});

test('a log group that does not exist yet has no lines', async () => {
  logs.on(FilterLogEventsCommand).rejects(Object.assign(new Error('no group'), { name: 'ResourceNotFoundException' }));
  expect(await texts(reader())).toEqual([]);
});

test('any other error is thrown', async () => {
  logs.on(FilterLogEventsCommand).rejects(new Error('throttled'));
  await expect(reader().read()).rejects.toThrow('throttled');
});
