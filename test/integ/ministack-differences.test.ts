import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConcurrencyCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { FunctionClient } from '../../client';
import { readAssembly } from '../../engine/assembly';
import { applyDroppedProperties } from '../../engine/dropped-properties';
import { DEFAULT_ENVIRONMENT } from '../../engine/ministack';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { ENV_EVENT_BUS } from '../../lib/event/constants';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { ATTEMPT_ATTRIBUTE, SCHEDULED_TIME_ATTRIBUTE } from '../../lib/schedule/constants';
import { deliverNow } from '../support/deliver-now';
import { until } from '../support/until';
import { Deployment } from './deployment';

// docs/local-engine.md lists each of these differences. If a test fails, the difference no longer exists: delete its line and the
// workaround for it.

/** A limit against hangs, high enough for a busy machine. */
const SEEN_MS = 90_000;

let deployment: Deployment;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
let logs: CloudWatchLogsClient;
let scheduler: SchedulerClient;

beforeAll(async () => {
  deployment = await Deployment.of((app) => {
    const stack = new Stack(app, 'Differences');
    const group = new FunctionGroup(stack, 'Group');
    const source = Source.typescript('test/integ/handlers/echo.ts');
    group.addFunction('Limited', { source, overlap: Overlap.queue(2) });
    group.addFunction('Scheduled', { source, every: '1m', trackRuns: false, overlap: Overlap.allow() });
    // The function has no wrapper, so that it sees the event that Scheduler delivers.
    const raw = Code.fromInline('exports.handler = async (event) => console.log(JSON.stringify({ seen: { event } }));');
    group.addFunction('Raw', { source: Source.code(raw, { handler: 'index.handler' }), every: '1m', overlap: Overlap.allow() });
    group.addFunction('Listener', { source, on: ['a'] });
    group.addFunction('Retried', { source, trackRuns: false });
    group.addFunction('Ticking', { source: Source.typescript('test/integ/handlers/quick.ts'), every: '30s' });
    return stack;
  });
  lambda = new LambdaClient(deployment.client);
  dynamodb = new DynamoDBClient(deployment.client);
  logs = new CloudWatchLogsClient(deployment.client);
  scheduler = new SchedulerClient(deployment.client);
}, 180_000);

afterAll(async () => {
  for (const client of [lambda, dynamodb, logs, scheduler]) client?.destroy();
  await deployment?.stop();
});

const configuration = () =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName: deployment.find('Limited').functionName }));
const concurrency = () =>
  lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: deployment.find('Limited').functionName }));
const timeToLive = () =>
  dynamodb.send(new DescribeTimeToLiveCommand({ TableName: deployment.find('Limited').environment[ENV_RUN_TABLE] }));

/** Returns the events and request ids that the echo function logged, one for each invocation. */
async function seenBy(name: string): Promise<{ event: Record<string, unknown>; requestId: string }[]> {
  const { LoggingConfig } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: deployment.find(name).functionName }),
  );
  const { events = [] } = await logs
    .send(new FilterLogEventsCommand({ logGroupName: LoggingConfig?.LogGroup }))
    .catch(() => ({ events: [] }));
  return events.flatMap(({ message = '' }) =>
    message
      .split('\n')
      .filter((line) => line.includes('"seen"'))
      .map((line) => JSON.parse(line.slice(line.indexOf('{"seen"'))).seen),
  );
}

/** Invokes a failing function asynchronously, and returns its three attempts once they are over. */
async function retried(name: string) {
  await new FunctionClient(deployment.find('Retried').functionName, deployment.client).invokeAsync({ name });
  return until(
    `three attempts of '${name}'`,
    SEEN_MS,
    async () => (await seenBy('Retried')).filter(({ event }) => event.name === name),
    (found) => found.length >= 3,
  );
}

describe('CloudFormation drops, until katamari local sets it,', () => {
  test("a table's TTL, a function's dead-letter queue, and its reserved concurrency", async () => {
    expect((await timeToLive()).TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
    expect((await configuration()).DeadLetterConfig?.TargetArn).toBeUndefined();
    expect((await concurrency()).ReservedConcurrentExecutions).toBeUndefined();

    await applyDroppedProperties(readAssembly(deployment.output).stacks, deployment.client, DEFAULT_ENVIRONMENT);
    expect((await timeToLive()).TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
    expect((await configuration()).DeadLetterConfig?.TargetArn).toContain('DeadLetters');
    expect((await concurrency()).ReservedConcurrentExecutions).toBe(2);
  });

  test("but not a queue's redrive policy", async () => {
    const sqs = new SQSClient(deployment.client);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = QueueUrls.find((url) => url.includes('TickerRuns'));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }));
    sqs.destroy();
    expect(Attributes?.RedrivePolicy).toContain('DeadLetters');
  });
});

test('EventBridge delivers an event once, however its target fails', async () => {
  const bridge = new EventBridgeClient(deployment.client);
  const EventBusName = deployment.find('Listener').environment[ENV_EVENT_BUS];
  await bridge.send(new PutEventsCommand({ Entries: [{ EventBusName, Source: 'test', DetailType: 'a', Detail: '{}' }] }));
  bridge.destroy();
  await until(
    'the event',
    SEEN_MS,
    () => seenBy('Listener'),
    (seen) => seen.length > 0,
  );
  // The retries of an asynchronous invocation that starts now would arrive in this time.
  await retried('after the event');
  expect(await seenBy('Listener')).toHaveLength(1);
});

test('each retry of an asynchronous invocation has a new request id', async () => {
  const seen = await retried('alone');
  expect(seen).toHaveLength(3);
  expect(new Set(seen.map(({ requestId }) => requestId)).size).toBe(3);
});

test('Scheduler passes context attributes on without replacing them; the wrapper uses the clock instead', async () => {
  const first = async (name: string) => {
    const [seen] = await until(
      `the schedule of ${name}`,
      SEEN_MS,
      () => seenBy(name),
      (found) => found.length > 0,
    );
    return seen?.event;
  };
  await deliverNow(scheduler, 'Raw');
  await deliverNow(scheduler, 'Scheduled');
  expect(await first('Raw')).toMatchObject({ scheduledTime: SCHEDULED_TIME_ATTRIBUTE, attempt: ATTEMPT_ATTRIBUTE });
  const event = await first('Scheduled');
  expect(event).toMatchObject({ schedule: 'Scheduled', attempt: 1, payload: null });
  expect(event?.scheduledTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
});
