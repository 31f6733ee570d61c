import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DependencyStore, EventSource, FunctionGroup, Overlap, Source, StoredDependency, TrafficShift } from 'cdk-katamari';
import { skipBundling } from '../../testing';

const SOURCE = 'examples/feeds/pull.ts';

/**
 * Creates a stack with all options that change the template of a function or a group, every event source, each kind of alias, and a
 * dependency store.
 */
export function everything(context: Record<string, unknown> = {}): Stack {
  const stack = new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Everything');
  const group = new FunctionGroup(stack, 'Group', {
    stage: 'test',
    runRetentionDays: 7,
    defaults: { tracing: lambda.Tracing.ACTIVE, architecture: lambda.Architecture.X86_64 },
  });
  addTriggers(group);
  addEventSources(stack, group);
  addAliases(group);
  const store = new DependencyStore(stack, 'Store', {
    dependencies: [StoredDependency.directory('samples', 'test/fixtures/feeds')],
  });
  store.addTo(group.addFunction('Loads', { source: Source.typescript(SOURCE) }));
  return stack;
}

function addTriggers(group: FunctionGroup): void {
  const source = Source.typescript(SOURCE);
  const start = new Date('2030-01-01T00:00:00Z');
  const end = new Date('2031-01-01T00:00:00Z');
  group.addFunction('Ticked', { source, every: '10s', start, end, payload: { a: 1 } });
  group.addFunction('Minutes', { source, every: '5m', start, end, enabled: false, overlap: Overlap.skip(3) });
  group.addFunction('Nightly', {
    source,
    schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_BERLIN }),
  });
  group.addFunction('Once', { source, schedule: ScheduleExpression.at(start) });
  group.addFunction('Wild', { source, on: ['order.*', 'a\\b'], overlap: Overlap.queue(2), retryAttempts: 0 });
  group.addFunction('All', { source, on: ['*'], trackRuns: false, maxEventAge: Duration.minutes(1) });
  group.addFunction('Plain', {
    source: Source.code(lambda.Code.fromInline('exports.handler = async () => {}'), { handler: 'index.handler' }),
  });
}

function addEventSources(stack: Stack, group: FunctionGroup): void {
  const timeout = Duration.seconds(10);
  const queue = new sqs.Queue(stack, 'Orders', {
    visibilityTimeout: Duration.minutes(1),
    deadLetterQueue: { queue: group.deadLetterQueue, maxReceiveCount: 5 },
  });
  const table = new dynamodb.TableV2(stack, 'Items', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  });
  const sources: readonly EventSource[] = [
    EventSource.queue(queue, { maxConcurrency: 5 }),
    EventSource.table(table, { retryAttempts: 3, parallelizationFactor: 2 }),
    EventSource.stream(new kinesis.Stream(stack, 'Clicks'), { maxRecordAge: Duration.hours(1) }),
    EventSource.bucket(new s3.Bucket(stack, 'Uploads'), { prefix: 'in/', suffix: '.csv' }),
  ];
  for (const [index, eventSource] of sources.entries()) {
    const fn = group.addFunction(`Reads${index}`, { source: Source.typescript(SOURCE), timeout });
    fn.addEventSource(eventSource);
  }
}

function addAliases(group: FunctionGroup): void {
  const shifts = [TrafficShift.allAtOnce(), TrafficShift.split('3', 0.1), TrafficShift.canary(), TrafficShift.linear()];
  for (const [index, shift] of shifts.entries()) {
    const fn = group.addFunction(`Shifted${index}`, { source: Source.typescript(SOURCE) });
    fn.addTrafficAlias('live', { shift });
  }
}
