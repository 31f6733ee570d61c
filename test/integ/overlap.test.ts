import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Duration, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { byBus } from '../support/deliveries';
import { until } from '../support/until';

const DONE_MS = 180_000;
jest.setTimeout(DONE_MS + 30_000);

const LANGUAGES = ['Node', 'Python'] as const;
const notes = Object.fromEntries(LANGUAGES.map((name) => [name, join(tmpdir(), `notes-${randomUUID()}`)]));

let deployment: TestDeployment;
let client: SQSClient;

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Overlap');
    const group = new FunctionGroup(stack, 'Group', { defaults: { timeout: Duration.seconds(30) } });
    const sources = {
      Node: Source.typescript('test/integ/handlers/note.ts'),
      Python: Source.python('test/integ/python/records', { handler: 'app.run' }),
    };
    for (const name of LANGUAGES) {
      group.addFunction(name, { source: sources[name], overlap: Overlap.skip(1), environment: { NOTES: notes[name] as string } });
      // Nothing in the app connects it with the function. The engine counts deliveries, so there is no dead-letter queue.
      new sqs.Queue(stack, `${name}Queue`, { queueName: name, visibilityTimeout: Duration.seconds(2) });
    }
    group.addFunction('Queued', { source: Source.typescript('test/integ/handlers/misbehave.ts'), overlap: Overlap.queue(1) });
    return stack;
  });
  client = new SQSClient(deployment.clientSettings);
}, 240_000);

afterAll(async () => {
  client?.destroy();
  await deployment?.cleanUp();
});

test.each(LANGUAGES)('a queue attached after the deploy to a function in %s that skips runs loses no message', async (name) => {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const ids = Array.from({ length: 6 }, (_, index) => `message-${index}`);
  const Entries = ids.map((id) => ({ Id: id, MessageBody: id }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const fn = deployment.function(name);
  await fn.eventSources.create({ eventSourceArn: Attributes?.QueueArn as string, batchSize: 1 });
  const file = notes[name] as string;
  const noted = () => (existsSync(file) ? [...new Set(readFileSync(file, 'utf8').trim().split('\n'))].sort() : []);
  await until(`the work of all messages of ${name}`, DONE_MS, noted, (found) => found.length === ids.length);
  expect(noted()).toEqual(ids);
  const runs = await deployment.runs(name, { limit: 50 });
  expect(runs.map(({ state }) => state)).not.toContain('Skipped');
});

test('asynchronous events of a function with Overlap.queue(1) run one after another, and none is lost', async () => {
  const queued = deployment.function('Queued');
  const ids = Array.from({ length: 3 }, () => randomUUID()).sort();
  const event = (id: string) => ({ id, source: 'test', 'detail-type': 'work', detail: { do: 'sleep', ms: 500 } });
  await Promise.all(ids.map((id) => queued.invokeAsync(byBus(event(id)))));
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  const QueueUrl = QueueUrls.find((url) => url.includes('DeadLetters'));
  const dead = new Set<string>();
  const runs = await until(
    'the end of all events',
    DONE_MS,
    async () => {
      // AWS tries a throttled event for 6 hours. MiniStack gives it up after the third try, which a busy machine may reach.
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body = '' } of Messages) for (const id of ids) if (Body.includes(id)) dead.add(id);
      return deployment.runs('Queued', { limit: 50 });
    },
    (found) => found.filter(({ state }) => state === 'Completed').length + dead.size === ids.length,
  );
  expect([...runs.map(({ runId }) => runId), ...dead].sort()).toEqual(ids);
  expect(runs.length).toBeGreaterThan(0);
  const inOrder = [...runs].sort((a, b) => (a.startedAt as string).localeCompare(b.startedAt as string));
  for (const [index, { startedAt = '' }] of inOrder.entries()) {
    if (index > 0) expect(startedAt >= (inOrder[index - 1]?.endedAt as string)).toBe(true);
  }
});
