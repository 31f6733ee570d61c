import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { Stack } from 'aws-cdk-lib';
import type { FunctionClient, RunRecord } from '../../client';
import { FunctionGroup, Overlap, Source } from '../../lib';
import { ENV_RUN_TABLE } from '../../lib/runs/constants';
import { TICK_PARTITION, TICK_STATE_SORT_KEY } from '../../lib/ticker/constants';
import { deployForTest, type TestDeployment } from '../../testing';
import { sleep, until } from '../support/until';

const STEP_MS = 10_000;
/** How long the grid is watched. */
const WATCHED_MS = 180_000;
/** How late a run may be, on a busy machine, before it counts as missing. */
const PATIENCE_MS = 45_000;

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

/** The function that ticks for a group. */
function tickOf(group: string): FunctionClient {
  return deployment.function(`${group}/Ticker/Tick`);
}

/** Delivers the tick of a group once more. */
async function deliverTick(group: string): Promise<void> {
  const { Target } = await tickSchedule(group);
  await tickOf(group).invokeAsync(JSON.parse(Target?.Input as string));
}

async function setTicking(group: string, State: 'ENABLED' | 'DISABLED'): Promise<void> {
  const { Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target } = await tickSchedule(group);
  await scheduler.send(new UpdateScheduleCommand({ Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target, State }));
}

/** How far ahead a group has enqueued, in milliseconds. */
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

/** Waits until every point up to `end` has a finished run, and gives the runs from `start` to `end`. */
async function runsBetween(group: string, start: number, end: number): Promise<RunRecord[]> {
  const inside = (runs: RunRecord[]) => runs.filter((run) => time(run) >= start && time(run) < end);
  const expected = Math.ceil((end - start) / STEP_MS);
  return inside(
    await until(
      () => list(group),
      (runs) => inside(runs).filter(({ state }) => state === 'Completed').length >= expected,
      PATIENCE_MS,
    ),
  );
}

function expectWholeGrid(runs: RunRecord[], start: number, end: number): void {
  const points = Array.from({ length: Math.ceil((end - start) / STEP_MS) }, (_, index) => start + index * STEP_MS);
  expect(runs.map(time).sort()).toEqual(points);
  expect(runs.map(({ state, attempt, trigger }) => ({ state, attempt, trigger }))).toEqual(
    points.map(() => ({ state: 'Completed', attempt: 1, trigger: 'schedule' })),
  );
}

test("a '10s' schedule: a run for every point of the grid, none twice, none off it; with ticks delivered twice, and one withheld", async () => {
  // The first tick of each group comes about a minute after the deploy; from the first run on, no point may be missing.
  const groups = ['Plain', 'Twice', 'Withheld'];
  const first = await Promise.all(
    groups.map(async (group) => {
      const runs = await until(
        () => list(group),
        (found) => found.length > 0,
        120_000,
      );
      expect(runs.length).toBeGreaterThan(0);
      return Math.min(...runs.map(time));
    }),
  );
  const [start] = first.sort((a, b) => b - a) as [number];
  const end = start + WATCHED_MS;

  let doubled = 0;
  let withheld = false;
  while (Date.now() < end) {
    const elapsed = Date.now() - start;
    if (Math.floor(elapsed / 20_000) > doubled) {
      doubled++;
      await Promise.all([deliverTick('Twice'), deliverTick('Twice')]);
    }
    // Away for 75 seconds, a tick is lost for good.
    if (doubled === 1) await setTicking('Withheld', 'DISABLED');
    if (doubled === 5 && !withheld) {
      withheld = true;
      // Without the loss it would be a minute ahead at least.
      expect(await ahead('Withheld')).toBeLessThan(60_000);
      expect(await ahead('Plain')).toBeGreaterThan(45_000);
      await setTicking('Withheld', 'ENABLED');
    }
    await sleep(1_000);
  }
  expect(doubled).toBeGreaterThan(5);
  expect(withheld).toBe(true);

  for (const group of groups) expectWholeGrid(await runsBetween(group, start, end), start, end);

  // Nothing was left out of sight either: each record is one of the grid.
  for (const group of groups) {
    for (const run of await list(group)) expect(time(run) % STEP_MS).toBe(0);
  }
}, 420_000);
