import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { type DueRun, RunQueue } from '../../../../lambda/ticker/tick/run-queue';
import { receiveMessages } from '../../../support/messages';
import { useMiniStack } from '../../../support/ministack';

const NOW = Date.parse('2026-03-01T10:00:00.250Z');

function run(due: number, payload?: unknown): DueRun {
  const scheduledTime = new Date(due).toISOString();
  return { due, message: { function: 'Job', functionArn: 'arn:job', scheduledTime, tracked: true, payload } };
}

const runs = (count: number) => Array.from({ length: count }, (_, index) => run(NOW + index * 1_000));

describe('with a queue', () => {
  const ministack = useMiniStack();

  test('a run arrives as its message', async () => {
    const client = ministack.sqs();
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'runs' }));
    const given = Array.from({ length: 25 }, (_, index) => run(NOW - index, { index }));
    await new RunQueue(client, QueueUrl, () => NOW).send(given);
    const got = await receiveMessages(client, QueueUrl, given.length);
    const order = (list: unknown[]) => list.map((one) => JSON.stringify(one)).sort();
    expect(order(got)).toEqual(order(given.map(({ message }) => message)));
  });
});

describe('with a mocked client', () => {
  const client = new SQSClient({ region: 'us-east-1' });
  const mock = mockClient(client);
  const queue = new RunQueue(client, 'https://queue', () => NOW);
  const entries = () => mock.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);
  const refuse = (...ids: string[]) => ({
    Successful: [],
    Failed: ids.map((Id) => ({ Id, Code: 'ServiceUnavailable', Message: 'later', SenderFault: false })),
  });

  afterEach(() => {
    jest.useRealTimers();
  });
  beforeEach(() => {
    mock.reset();
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] });
  });

  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [11, [1, 10]],
    [25, [5, 10, 10]],
  ])('%d runs are sent in batches of 10', async (count, sizes) => {
    await queue.send(runs(count));
    expect(
      entries()
        .map((batch) => batch.length)
        .sort((a, b) => a - b),
    ).toEqual(sizes);
    expect(new Set(entries().flatMap((batch) => batch.map(({ MessageBody }) => MessageBody))).size).toBe(count);
  });

  test('runs are sent in the given order', async () => {
    await queue.send(runs(25));
    const dues = entries().flatMap((batch) => batch.map(({ MessageBody }) => JSON.parse(MessageBody ?? '').scheduledTime));
    expect(dues).toEqual(runs(25).map(({ message }) => message.scheduledTime));
  });

  test('batches have at most 256 KiB', async () => {
    await queue.send([10, 100, 100, 100, 200, 100].map((size, index) => run(NOW + index * 1_000, 'ä'.repeat(size * 512))));
    const sizes = entries().map((batch) => batch.reduce((sum, one) => sum + Buffer.byteLength(one.MessageBody ?? ''), 0));
    expect(sizes.every((bytes) => bytes <= 256 * 1024)).toBe(true);
    expect(entries().flat()).toHaveLength(6);
    expect(entries()).toHaveLength(4);
  });

  test.each([
    ['long ago', -5_000, 0],
    ['now', 0, 0],
    ['in less than a second', 999, 0],
    ['in a second', 1_000, 1],
    ['in two minutes, nearly', 119_999, 119],
  ])('a run that is due %s is delayed by whole seconds up to the limit', async (_name, ahead, delay) => {
    await queue.send([run(NOW + ahead)]);
    expect(entries()[0]?.[0]?.DelaySeconds).toBe(delay);
  });

  test('only rejected messages are sent again, after 100 and 200 ms', async () => {
    jest.useFakeTimers();
    mock
      .on(SendMessageBatchCommand)
      .resolvesOnce(refuse('1', '3'))
      .resolvesOnce(refuse('0'))
      .resolves({ Successful: [], Failed: [] });
    const given = runs(4);
    const sent = queue.send(given);
    const batchesAfter = async (ms: number) => {
      await jest.advanceTimersByTimeAsync(ms);
      return entries().length;
    };
    expect([await batchesAfter(99), await batchesAfter(1), await batchesAfter(199), await batchesAfter(1)]).toEqual([1, 2, 2, 3]);
    await sent;
    const times = entries().map((batch) => batch.map(({ MessageBody }) => JSON.parse(MessageBody ?? '').scheduledTime));
    const [, second, , fourth] = given.map(({ message }) => message.scheduledTime);
    expect(times.slice(1)).toEqual([[second, fourth], [second]]);
  });

  test('messages that are rejected in 4 attempts are an error', async () => {
    mock.on(SendMessageBatchCommand).resolves(refuse('0'));
    await expect(queue.send(runs(2))).rejects.toThrow('SQS refused 1 message in 4 attempts: ServiceUnavailable: later');
    expect(entries()).toHaveLength(4);
  });

  test('a missing queue is an error', async () => {
    mock.on(SendMessageBatchCommand).rejects(new Error('no such queue'));
    await expect(queue.send(runs(1))).rejects.toThrow('no such queue');
  });
});
