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
/** A tick that is lost is withheld for this long: the schedule ticks once a minute. */
const WITHHELD_MS = 70_000;
/** How often a tick is delivered twice: after every second run. */
const DOUBLED = 6;
/** How late a run may be, on a busy machine, before it counts as missing. */
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

/** Delivers ticks of a group twice at a time, all along. */
async function tickTwice(group: string): Promise<void> {
  for (let doubled = 1; doubled <= DOUBLED; doubled++) {
    const enough = (runs: RunRecord[]) => runs.length >= 2 * doubled;
    await until(`${2 * doubled} runs of ${group}`, PATIENCE_MS, () => list(group), enough);
    await Promise.all([deliverTick(group), deliverTick(group)]);
  }
}

/** Leaves a group, whose schedule is off, without the tick that is due a minute after the first, and delivers the next one. */
async function loseTick(group: string, beside: string): Promise<void> {
  const left = TICK_HORIZON_MS - WITHHELD_MS;
  await until(
    'a minute without a tick',
    2 * WITHHELD_MS,
    () => ahead(group),
    (ms) => ms < left,
  );
  // The group beside it has had its tick from Scheduler, or it would be no further.
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

test("a '10s' schedule: a run for every point of the grid, none twice, none off it; with ticks delivered twice, and one withheld", async () => {
  const groups = ['Plain', 'Twice', 'Withheld'];
  await setTicking('Withheld', 'DISABLED');
  // The first tick of Scheduler would come within a minute. From the first run on, no point may be missing.
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
  // Past the point up to which the first tick has enqueued: what is there then is of later ticks.
  const end = start + TICK_HORIZON_MS + 2 * STEP_MS;

  await Promise.all([tickTwice('Twice'), loseTick('Withheld', 'Plain')]);
  for (const group of groups) expectWholeGrid(await runsBetween(group, start, end), start, end);

  // Nothing was left out of sight either: each record is one of the grid.
  for (const group of groups) {
    for (const run of await list(group)) expect(time(run) % STEP_MS).toBe(0);
  }
}, 600_000);
