import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { EventSource, FunctionGroup, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { until } from '../support/until';

const TIMEOUT_S = 5;
const DEAD_LETTERS = 'dead-letters';
/** Stream records expire after 60 seconds in this test. */
const GIVE_UP_MS = 180_000;
jest.setTimeout(2 * GIVE_UP_MS + 30_000);

let deployment: TestDeployment;
let clients: { sqs: SQSClient; dynamodb: DynamoDBClient; s3: S3Client; logs: CloudWatchLogsClient };

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Sources');
    const deadLetterQueue = new sqs.Queue(stack, 'Dead', { queueName: DEAD_LETTERS });
    const group = new FunctionGroup(stack, 'Group', { deadLetterQueue, defaults: { timeout: Duration.seconds(TIMEOUT_S) } });
    const add = (name: string) =>
      group.addFunction(name, { source: Source.typescript('test/integ/handlers/batches.ts', { handler: `on${name}` }) });

    const queue = new sqs.Queue(stack, 'Orders', {
      queueName: 'orders',
      visibilityTimeout: Duration.seconds(TIMEOUT_S),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 2 },
    });
    add('Queue').addEventSource(EventSource.queue(queue));

    const table = new dynamodb.Table(stack, 'Items', {
      tableName: 'items',
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
    add('Table').addEventSource(
      EventSource.table(table, { filters: [lambda.FilterCriteria.filter({ eventName: lambda.FilterRule.isEqual('INSERT') })] }),
    );

    add('Stream').addEventSource(EventSource.stream(new kinesis.Stream(stack, 'Clicks', { streamName: 'clicks' })));

    const bucket = new s3.Bucket(stack, 'Uploads', { bucketName: 'uploads' });
    add('Bucket').addEventSource(EventSource.bucket(bucket, { prefix: 'in/', suffix: '.csv', maxReceiveCount: 2 }));
    return stack;
  });
  clients = {
    sqs: new SQSClient(deployment.clientSettings),
    dynamodb: new DynamoDBClient(deployment.clientSettings),
    s3: new S3Client({ ...deployment.clientSettings, forcePathStyle: true }),
    logs: new CloudWatchLogsClient(deployment.clientSettings),
  };
  await fillSources();
});

afterAll(async () => {
  for (const client of Object.values(clients ?? {})) client.destroy();
  await deployment?.cleanUp();
});

/** Returns the sorted ids that a function logged as received or done. */
async function loggedIds(name: string, what: 'got' | 'done'): Promise<string[]> {
  const { events = [] } = await clients.logs
    .send(new FilterLogEventsCommand({ logGroupName: await deployment.function(name).logs.logGroupName() }))
    .catch(() => ({ events: [] }));
  const text = events.map(({ message }) => message).join('\n');
  return [...text.matchAll(new RegExp(`${what} ([^"]+?)\\.(?=["\\s]|$)`, 'gm'))].map(([, id]) => id as string).sort();
}

const queueUrl = async (QueueName: string) => (await clients.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string;

const dead: string[] = [];
/** Returns the bodies of all messages that have reached the dead-letter queue so far. */
async function deadLetters(): Promise<string[]> {
  const QueueUrl = await queueUrl(DEAD_LETTERS);
  const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { Body, ReceiptHandle } of Messages) {
    dead.push(Body as string);
    await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return dead;
}

const waitFor = (name: string, done: string[]) =>
  until(
    `${done.join(', ')} done by ${name}`,
    GIVE_UP_MS,
    () => loggedIds(name, 'done'),
    (found) => done.every((id) => found.includes(id)),
  );
const waitForDead = (what: string, matches: (body: string) => boolean) =>
  until(
    `a dead letter of ${what}`,
    GIVE_UP_MS,
    async () => (await deadLetters()).filter(matches),
    (found) => found.length > 0,
  );

/** Fills all sources at once. Each test waits for the records of its source. */
async function fillSources(): Promise<void> {
  const kinesisClient = new KinesisClient(deployment.clientSettings);
  const put = (id: string, n = 1) =>
    clients.dynamodb.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: id }, n: { N: String(n) } } }));
  for (const id of ['first', 'poison of table', 'last']) await put(id);
  // The filter of the event source drops changes of existing items.
  await put('first', 2);
  const bodies = ['first', 'poison of queue', 'last'];
  await clients.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: await queueUrl('orders'),
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
  for (const Key of ['in/first.csv', 'in/poison.csv', 'in/last.csv', 'in/other.txt', 'out/other.csv']) {
    await clients.s3.send(new PutObjectCommand({ Bucket: 'uploads', Key, Body: 'a,b' }));
  }
  for (const id of ['one', 'two']) {
    await kinesisClient.send(new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'p', Data: Buffer.from(id) }));
  }
  kinesisClient.destroy();
}

test('a failing message of a queue ends in the dead-letter queue, and the others of its batch are processed once', async () => {
  expect(await waitForDead('the queue', (body) => body === 'poison of queue')).toHaveLength(1);
  expect(await loggedIds('Queue', 'done')).toEqual(['first', 'last']);
  expect((await loggedIds('Queue', 'got')).filter((id) => id.startsWith('poison'))).toHaveLength(2);
});

test('a batch is one run, which is Completed if a part of it failed and Failed if all of it failed', async () => {
  const runs = await until(
    'the end of two runs of Queue',
    GIVE_UP_MS,
    () => deployment.runs('Queue', { limit: 20 }),
    (found) => found.length > 1 && found.every(({ state }) => state !== 'Running'),
  );
  expect(runs.every(({ trigger }) => trigger === 'invoke')).toBe(true);
  // The second delivery contained only the failing message.
  expect(runs.map(({ state }) => state).sort()).toEqual(expect.arrayContaining(['Completed', 'Failed']));
  expect(runs.find(({ state }) => state === 'Failed')?.errorType).toBe('FullBatchFailureError');
});

test('a failing object of a bucket ends in the dead-letter queue and the others are processed; filtered objects start no run', async () => {
  expect(await waitForDead('the bucket', (body) => body.includes('in/poison.csv'))).toHaveLength(1);
  expect(await waitFor('Bucket', ['in/first.csv', 'in/last.csv'])).toEqual(['in/first.csv', 'in/last.csv']);
});

test('a failing change of a table is reported to the dead-letter queue, and the others are processed', async () => {
  const reported = await waitForDead('the table', (body) => body.includes('DDBStreamBatchInfo'));
  expect(reported).toHaveLength(1);
  expect(JSON.parse(reported[0] as string).DDBStreamBatchInfo).toMatchObject({ batchSize: 1 });
  expect(await waitFor('Table', ['first', 'last'])).toEqual(['first', 'last']);
});

test('the records of a stream are processed', async () => {
  expect(await waitFor('Stream', ['one', 'two'])).toEqual(['one', 'two']);
});
