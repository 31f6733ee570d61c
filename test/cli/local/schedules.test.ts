import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { dueTimes, LocalSchedules } from '../../../cli/local/schedules';
import type { DeployedFunction } from '../../../cli/shared/deployed-functions';

const scheduler = mockClient(SchedulerClient);
const lambda = mockClient(LambdaClient);
const sqs = mockClient(SQSClient);

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const fn = (name: string, group?: string, environment = {}): DeployedFunction =>
  ({ name, group, configuration: { functionName: name, functionArn: arnOf(name), environment } }) as DeployedFunction;

const QUEUE = 'http://127.0.0.1:1/000000000000/runs';
const functions = [fn('Beat', 'Shop/Jobs'), fn('Nightly', 'Shop/Jobs'), fn('Tick', undefined, { KATAMARI_RUN_QUEUE_URL: QUEUE })];
const plan = [
  { function: 'Beat', functionArn: arnOf('Beat'), intervalSeconds: 10, anchor: 0, tracked: true, payload: { id: 7 } },
  { function: 'Old', functionArn: arnOf('Old'), intervalSeconds: 10, anchor: 0, end: 1_000, tracked: true },
];
const tickInput = JSON.stringify({ plan });
const nightlyInput = JSON.stringify({
  'katamari:delivery': 'schedule',
  event: {
    source: 'katamari.schedule',
    schedule: 'Nightly',
    scheduledTime: '<aws.scheduler.scheduled-time>',
    attempt: '<aws.scheduler.attempt-number>',
    payload: 'p',
  },
});

const deploy = (
  ...schedules: { name: string; expression: string; arn: string; input: string; state?: 'ENABLED' | 'DISABLED' }[]
) => {
  scheduler.on(ListSchedulesCommand).resolves({ Schedules: schedules.map(({ name }) => ({ Name: name, GroupName: 'g' })) });
  for (const { name, expression, arn, input, state = 'ENABLED' } of schedules) {
    scheduler.on(GetScheduleCommand, { Name: name }).resolves({
      ScheduleExpression: expression,
      State: state,
      CreationDate: new Date(0),
      Target: { Arn: arn, Input: input, RoleArn: 'role' },
    });
  }
};
const EVERY_MINUTE = { name: 'minute', expression: 'rate(1 minute)', arn: arnOf('Tick'), input: tickInput };
const NIGHTLY = { name: 'nightly', expression: 'cron(0 3 * * ? *)', arn: arnOf('Nightly'), input: nightlyInput };

let schedules: LocalSchedules;
beforeEach(() => {
  for (const mock of [scheduler, lambda, sqs]) mock.reset();
  lambda.on(InvokeCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});
  schedules = new LocalSchedules({ region: 'us-east-1' });
});

test('the functions of the ticker and of EventBridge Scheduler are due, without those that are over, paused or foreign', async () => {
  deploy(
    NIGHTLY,
    EVERY_MINUTE,
    { ...NIGHTLY, name: 'paused', state: 'DISABLED' },
    { ...NIGHTLY, name: 'foreign', input: '{"mine":1}' },
    { ...NIGHTLY, name: 'text', input: 'no JSON' },
  );
  const due = dueTimes(await schedules.read(functions), functions);
  expect(due.map(({ name }) => name)).toEqual(['Beat', 'Nightly']);
  expect((due[0]?.time as number) % 10_000).toBe(0);
  expect((due[0]?.time as number) - Date.now()).toBeLessThanOrEqual(10_000);
  expect(new Date(due[1]?.time as number).toISOString()).toMatch(/T03:00:00\.000Z$/);
});

test('each ticker is invoked once, with its own plan', async () => {
  deploy(NIGHTLY, EVERY_MINUTE);
  await schedules.tick(functions);
  const calls = lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => [input.FunctionName, String(input.Payload)]);
  expect(calls).toEqual([[arnOf('Tick'), tickInput]]);
});

test('a ticker that fails is told with its error', async () => {
  deploy(EVERY_MINUTE);
  lambda.on(InvokeCommand).resolves({ FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"no"}') as never });
  await expect(schedules.tick(functions)).rejects.toThrow('{"errorMessage":"no"}');
});

test('a run of the ticker is started as its dispatcher starts it, with the time that it is due', async () => {
  deploy(EVERY_MINUTE);
  const [beat] = await schedules.read(functions);
  await beat?.start(Date.parse('2026-01-01T00:00:10Z'));
  const { QueueUrl, MessageBody = '' } = sqs.commandCalls(SendMessageCommand)[0]?.args[0].input ?? {};
  expect(QueueUrl).toBe(QUEUE);
  expect(JSON.parse(MessageBody)).toEqual({
    function: 'Beat',
    functionArn: arnOf('Beat'),
    scheduledTime: '2026-01-01T00:00:10.000Z',
    tracked: true,
    payload: { id: 7 },
  });
});

test('a run of EventBridge Scheduler is started with the time that its delivery will have', async () => {
  deploy(NIGHTLY);
  const [nightly] = await schedules.read(functions);
  await nightly?.start(Date.parse('2026-01-01T03:00:07Z'));
  const { FunctionName, InvocationType, Payload } = lambda.commandCalls(InvokeCommand)[0]?.args[0].input ?? {};
  expect([FunctionName, InvocationType]).toEqual([arnOf('Nightly'), 'Event']);
  expect(JSON.parse(String(Payload))).toEqual({
    'katamari:delivery': 'schedule',
    event: {
      source: 'katamari.schedule',
      schedule: 'Nightly',
      scheduledTime: '2026-01-01T03:00:00.000Z',
      attempt: '1',
      payload: 'p',
    },
  });
});
