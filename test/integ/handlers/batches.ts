import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type {
  Context,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  KinesisStreamEvent,
  KinesisStreamRecord,
  SQSEvent,
  SQSRecord,
} from 'aws-lambda';

const ofQueue = new BatchProcessor(EventType.SQS);
const ofTable = new BatchProcessor(EventType.DynamoDBStreams);
const ofStream = new BatchProcessor(EventType.KinesisDataStreams);

async function work(id = 'nothing'): Promise<void> {
  console.log(`got ${id}.`);
  if (id.includes('poison')) throw new Error(`${id} can't be done`);
  console.log(`done ${id}.`);
}

/** Messages of a queue: the body is what to do. */
export const onQueue = (event: SQSEvent, context: Context) =>
  processPartialResponse(event, (record: SQSRecord) => work(record.body), ofQueue, { context });

/** Events of a bucket: the body of a message is the event. */
export const onBucket = (event: SQSEvent, context: Context) =>
  processPartialResponse(event, (record: SQSRecord) => work(JSON.parse(record.body).detail.object.key), ofQueue, { context });

/** Changes of a table. */
export const onTable = (event: DynamoDBStreamEvent, context: Context) =>
  processPartialResponse(event, (record: DynamoDBRecord) => work(record.dynamodb?.Keys?.id?.S), ofTable, { context });

/** Records of a stream. */
export const onStream = (event: KinesisStreamEvent, context: Context) =>
  processPartialResponse(
    event,
    (record: KinesisStreamRecord) => work(Buffer.from(record.kinesis.data, 'base64').toString()),
    ofStream,
    { context },
  );
