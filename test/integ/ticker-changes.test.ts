import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { type App, Stack } from 'aws-cdk-lib';
import { type RunRecord, RunsClient } from '../../client';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { TICK_HORIZON_MS, TICK_PARTITION, TICK_STATE_SORT_KEY } from '../../lib/ticker/constants';
import { START_TIMEOUT_MS } from '../support/ministack';
import { until } from '../support/until';
import { Deployment } from './deployment';

const STEP_MS = 10_000;
const PATIENCE_MS = 120_000;
const HOURS_MS = 3 * 3_600_000;

interface Changes {
  readonly paused?: boolean;
  readonly withoutGone?: boolean;
}

let deployment: Deployment;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
let scheduler: SchedulerClient;
/** Run table of each group. */
const tables = new Map<string, string>();

/** `Alone` has one schedule, so that pausing it deletes the ticker. The ticker of `Several` goes on. */
const build =
  ({ paused, withoutGone }: Changes) =>
  (app: App) => {
    const stack = new Stack(app, 'Changes');
    const source = Source.typescript('test/integ/handlers/quick.ts');
    const options = { source, every: '10s', overlap: Overlap.allow() };
    new FunctionGroup(stack, 'Alone').addFunction('Job', { ...options, enabled: !paused });
    const several = new FunctionGroup(stack, 'Several');
    several.addFunction('Job', { ...options, enabled: !paused });
    several.addFunction('Other', options);
    if (!withoutGone) several.addFunction('Gone', options);
    return stack;
  };

beforeAll(async () => {
  deployment = await Deployment.of(build({}));
  lambda = new LambdaClient(deployment.client);
  dynamodb = new DynamoDBClient(deployment.client);
  scheduler = new SchedulerClient(deployment.client);
  for (const group of ['Alone', 'Several']) {
    tables.set(group, deployment.find('Job', group).environment[ENV_RUN_TABLE] as string);
  }
}, START_TIMEOUT_MS);

afterAll(async () => {
  for (const client of [lambda, dynamodb, scheduler]) client?.destroy();
  await deployment?.stop();
});

/** Delivers a tick: EventBridge Scheduler would do so within a minute. */
async function tick(group: string): Promise<void> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const found = Schedules.find(({ Name }) => Name?.includes(`${group}Ticker`));
  const { Target } = await scheduler.send(new GetScheduleCommand({ Name: found?.Name, GroupName: found?.GroupName }));
  const { FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: Target?.Arn, Payload: Buffer.from(Target?.Input as string) }),
  );
  expect(FunctionError).toBeUndefined();
}

const runsOf = (group: string, name = 'Job') =>
  new RunsClient(tables.get(group) as string, dynamodb).list(name, { limit: 1_000 });
const due = (run: RunRecord) => Date.parse(run.scheduledTime as string);
const started = (runs: readonly RunRecord[]) => runs.filter(({ attempt }) => attempt > 0);

async function untilCompleted(group: string, since: number): Promise<RunRecord[]> {
  return until(
    `three completed runs of ${group}`,
    PATIENCE_MS,
    () => runsOf(group),
    (runs) => runs.filter((run) => run.state === 'Completed' && due(run) >= since).length >= 3,
  );
}

/** Moves the watermark of a group into the past, as if it had been paused for hours. */
async function ageState(group: string): Promise<void> {
  const Key = { pk: { S: TICK_PARTITION }, sk: { S: TICK_STATE_SORT_KEY } };
  const TableName = tables.get(group);
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key }));
  expect(Item?.watermark).toBeDefined();
  await dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET watermark = :watermark',
      ExpressionAttributeValues: { ':watermark': { N: String(Number(Item?.watermark?.N) - HOURS_MS) } },
    }),
  );
}

test('paused schedules start from now when they are resumed, and runs that must not start any more are dropped', async () => {
  await Promise.all(['Alone', 'Several'].map(tick));
  await Promise.all(['Alone', 'Several'].map((group) => untilCompleted(group, 0)));

  await deployment.deployAgain(build({ paused: true, withoutGone: true }));
  await tick('Several');
  const paused = Date.now();
  // The dispatcher reads the plan at most every ten seconds.
  const dropped = paused + STEP_MS + STEP_MS;
  for (const name of ['Job', 'Gone']) {
    const skipped = await until(
      `dropped runs of ${name}`,
      PATIENCE_MS,
      () => runsOf('Several', name),
      (runs) => runs.filter(({ state }) => state === 'Skipped').length >= 3,
    );
    expect(started(skipped).filter((run) => due(run) > dropped)).toEqual([]);
    for (const run of skipped.filter(({ state }) => state === 'Skipped')) {
      expect(run).toMatchObject({
        attempt: 0,
        errorType: 'Dropped',
        errorMessage: expect.stringContaining('the run was enqueued'),
      });
    }
  }
  expect(started(await runsOf('Alone')).filter((run) => due(run) > dropped)).toEqual([]);
  await ageState('Alone');

  await deployment.deployAgain(build({ withoutGone: true }));
  const resumed = Date.now();
  await Promise.all(['Alone', 'Several'].map(tick));
  for (const group of ['Alone', 'Several']) {
    const runs = await untilCompleted(group, resumed);
    // Neither the runs of the pause are made up for, nor is the pause recorded as missed runs.
    expect(started(runs).filter((run) => due(run) > dropped && due(run) < resumed - STEP_MS)).toEqual([]);
    expect(runs.filter(({ runId }) => runId.startsWith('missed:'))).toEqual([]);
    const first = Math.min(
      ...started(runs)
        .map(due)
        .filter((time) => time > dropped),
    );
    expect(first - resumed).toBeLessThan(TICK_HORIZON_MS / 2);
  }
}, 600_000);
