import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { emit } from '../../lambda/runtime';
import { EventSource, FunctionGroup, Overlap, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { deliverNow } from '../support/deliver-now';
import { until } from '../support/until';

let deployment: TestDeployment;

beforeAll(async () => {
  deployment = await deployForTest(
    (app) => {
      const stack = new Stack(app, 'Iam');
      const table = new Table(stack, 'Rows', {
        partitionKey: { name: 'id', type: AttributeType.STRING },
        removalPolicy: RemovalPolicy.DESTROY,
      });
      const queue = new Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(6) });
      const group = new FunctionGroup(stack, 'Jobs', { removalPolicy: RemovalPolicy.DESTROY });
      const source = Source.typescript('test/integ/handlers/count-rows.ts');
      const environment = { TABLE: table.tableName };
      table.grantReadData(group.addFunction('Granted', { source, environment }));
      group.addFunction('Missing', { source, environment, retryAttempts: 0 });
      const echo = Source.typescript('test/integ/handlers/quick.ts');
      group.addFunction('Often', { source: echo, every: '10s', overlap: Overlap.skip(1) });
      group.addFunction('OnOrder', { source: echo, on: ['order.*'] });
      group.addFunction('FromQueue', { source: echo }).addEventSource(EventSource.queue(queue, { allowNoDeadLetterQueue: true }));
      new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
      new CfnOutput(stack, 'Bus', { value: group.eventBus.eventBusName });
    },
    { iam: true },
  );
}, 180_000);
afterAll(() => deployment?.cleanUp());

test('a function with a grant reads the table', async () => {
  expect(await deployment.function('Granted').invoke()).toBe(0);
});

test('a missing grant is found: the error names the action', async () => {
  await expect(deployment.function('Missing').invoke()).rejects.toThrow(/not authorized to perform: dynamodb:Scan/);
  expect(await deployment.runs('Missing')).toMatchObject([
    { state: 'Failed', errorType: 'AccessDeniedException', errorMessage: expect.stringContaining('dynamodb:Scan') },
  ]);
});

test('what the constructs grant is enough: the ticker, events, queues and the record of runs work', async () => {
  const { clientSettings } = deployment;
  const scheduler = new SchedulerClient(clientSettings);
  await deliverNow(scheduler, 'Ticker');
  scheduler.destroy();
  await emit('order.created', { id: 1 }, { bus: deployment.output('Bus'), client: new EventBridgeClient(clientSettings) });
  const sqs = new SQSClient(clientSettings);
  await sqs.send(new SendMessageCommand({ QueueUrl: deployment.output('QueueUrl'), MessageBody: '{}' }));
  sqs.destroy();
  for (const name of ['Often', 'OnOrder', 'FromQueue']) {
    await until(`a completed run of ${name}`, 120_000, async () =>
      (await deployment.runs(name)).some(({ state }) => state === 'Completed'),
    );
  }
});
