import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { Stack } from 'aws-cdk-lib';
import type { FunctionClient, RunRecord } from '../../client';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { TICK_HORIZON_MS, TICK_PARTITION, TICK_STATE_SORT_KEY } from '../../lib/ticker/constants';
import { deployForTest, type TestDeployment } from '../../testing';
import { until } from '../support/until';

const STEP_MS = 10_000;
/** How long the test withholds a tick. The schedule ticks once a minute. */
const WITHHELD_MS = 70_000;
/** How many ticks are delivered twice. The test does so after every second run. */
const DOUBLED = 6;
/** How late a run may be on a busy machine before it counts as missing. */
const PATIENCE_MS = 90_000;

let deployment: TestDeployment;
let scheduler: SchedulerClient;

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Ticker');
    for (const name of ['Plain', 'Twice', 'Withheld']) {
      const group = new FunctionGroup(stack, name);
      group.addFunction('Job', {
        source: Source.typescript('test/integ/handlers/quick.ts'),
        every: '10s',
        overlap: Overlap.allow(),
        payload: { group: name },
      });
    }
    return stack;
  });
  scheduler = new SchedulerClient(deployment.clientSettings);
}, 180_000);

afterAll(async () => {
  scheduler?.destroy();
  await deployment?.cleanUp();
});

async function tickSchedule(group: string) {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const found = Schedules.find(({ Name }) => Name?.includes(`${group}Ticker`));
  return scheduler.send(new GetScheduleCommand({ Name: found?.Name, GroupName: found?.GroupName }));
}

/** Returns the tick function of a group. */
function tickOf(group: string): FunctionClient {
  return deployment.function(`${group}/Ticker/Tick`);
}

/** Delivers another tick of a group. */
async function deliverTick(group: string): Promise<void> {
  const { Target } = await tickSchedule(group);
  await tickOf(group).invokeAsync(JSON.parse(Target?.Input as string));
}

async function setTicking(group: string, State: 'ENABLED' | 'DISABLED'): Promise<void> {
  const { Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target } = await tickSchedule(group);
  await scheduler.send(new UpdateScheduleCommand({ Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target, State }));
}

/** Returns how far ahead a group has enqueued runs, in milliseconds. */
async function ahead(group: string): Promise<number> {
  const dynamodb = new DynamoDBClient(deployment.clientSettings);
  const { environment } = await deployment.function(`${group}/Job`).configuration();
  const TableName = environment[ENV_RUN_TABLE];
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName, Key: { pk: { S: TICK_PARTITION }, sk: { S: TICK_STATE_SORT_KEY } } }),
  );
  dynamodb.destroy();
  return Number(Item?.watermark?.N) - Date.now();
}

const list = (group: string) => deployment.runs(`${group}/Job`, { limit: 1000 });
const time = (run: RunRecord) => Date.parse(run.scheduledTime as string);

/** Waits until every point from `start` to `end` has a finished run, and returns these runs. */
async function runsBetween(group: string, start: number, end: number): Promise<RunRecord[]> {
  const expected = Math.ceil((end - start) / STEP_MS);
  return until(
    `${expected} finished runs of ${group}`,
    Math.max(0, end - Date.now()) + PATIENCE_MS,
    async () => (await list(group)).filter((run) => time(run) >= start && time(run) < end),
    (runs) => runs.filter(({ state }) => state === 'Completed').length >= expected,
  );
}

function expectWholeGrid(runs: RunRecord[], start: number, end: number): void {
  const points = Array.from({ length: Math.ceil((end - start) / STEP_MS) }, (_, index) => start + index * STEP_MS);
  expect(runs.map(time).sort()).toEqual(points);
  expect(runs.map(({ state, attempt, trigger }) => ({ state, attempt, trigger }))).toEqual(
    points.map(() => ({ state: 'Completed', attempt: 1, trigger: 'schedule' })),
  );
}

/** Repeatedly delivers two ticks of a group at the same time. */
async function tickTwice(group: string): Promise<void> {
  for (let doubled = 1; doubled <= DOUBLED; doubled++) {
    const enough = (runs: RunRecord[]) => runs.length >= 2 * doubled;
    await until(`${2 * doubled} runs of ${group}`, PATIENCE_MS, () => list(group), enough);
    await Promise.all([deliverTick(group), deliverTick(group)]);
  }
}

/** Withholds the second tick of a group whose schedule is disabled, and then delivers the next one. */
async function loseTick(group: string, beside: string): Promise<void> {
  const left = TICK_HORIZON_MS - WITHHELD_MS;
  await until(
    'a minute without a tick',
    2 * WITHHELD_MS,
    () => ahead(group),
    (ms) => ms < left,
  );
  // The watermark of the other group shows that Scheduler has delivered a tick to it in the meantime.
  await until(
    'a tick by the clock',
    PATIENCE_MS,
    () => ahead(beside),
    (ms) => ms > left + STEP_MS,
  );
  expect(await ahead(group)).toBeLessThan(left);
  await setTicking(group, 'ENABLED');
  await deliverTick(group);
  await until(
    'the tick after',
    PATIENCE_MS,
    () => ahead(group),
    (ms) => ms > left + STEP_MS,
  );
}

test("a '10s' schedule has exactly one run for every point of its grid, even if ticks are delivered twice or withheld", async () => {
  const groups = ['Plain', 'Twice', 'Withheld'];
  await setTicking('Withheld', 'DISABLED');
  // Scheduler would deliver the first tick within a minute. No point may be missing after the first run.
  await Promise.all(groups.map(deliverTick));
  const first = await Promise.all(
    groups.map((group) =>
      until(
        `the first run of ${group}`,
        PATIENCE_MS,
        () => list(group),
        (runs) => runs.length > 0,
      ),
    ),
  );
  const start = Math.max(...first.map((runs) => Math.min(...runs.map(time))));
  // Continue past the last point of the first tick, so that later ticks enqueue the remaining runs.
  const end = start + TICK_HORIZON_MS + 2 * STEP_MS;

  await Promise.all([tickTwice('Twice'), loseTick('Withheld', 'Plain')]);
  for (const group of groups) expectWholeGrid(await runsBetween(group, start, end), start, end);

  // There are no other records either: each record is at a point of the grid.
  for (const group of groups) {
    for (const run of await list(group)) expect(time(run) % STEP_MS).toBe(0);
  }
}, 600_000);
