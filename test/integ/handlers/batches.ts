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

/** Processes messages of a queue. The body is the id of the work. */
export const onQueue = (event: SQSEvent, context: Context) =>
  processPartialResponse(event, (record: SQSRecord) => work(record.body), ofQueue, { context });

/** Processes events of a bucket. The body of a message is the event. */
export const onBucket = (event: SQSEvent, context: Context) =>
  processPartialResponse(event, (record: SQSRecord) => work(JSON.parse(record.body).detail.object.key), ofQueue, { context });

/** Processes changes of a table. */
export const onTable = (event: DynamoDBStreamEvent, context: Context) =>
  processPartialResponse(event, (record: DynamoDBRecord) => work(record.dynamodb?.Keys?.id?.S), ofTable, { context });

/** Processes records of a stream. */
export const onStream = (event: KinesisStreamEvent, context: Context) =>
  processPartialResponse(
    event,
    (record: KinesisStreamRecord) => work(Buffer.from(record.kinesis.data, 'base64').toString()),
    ofStream,
    { context },
  );
