import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalState } from '../../cli/shared/local-state';
import type { RunJson } from '../../cli/shared/run-json';
import { isListening } from '../../engine/ports';
import { until } from '../support/until';
import { isAlive, ROOT, type RunningCommand, TestApp } from './command';

/** How long the demo may take until both of its functions have run. */
const FIRST_RUNS_MS = 180_000;
const START_MS = 180_000;
jest.setTimeout(FIRST_RUNS_MS + START_MS + 30_000);

// The test uses a copy of the demo, because a local run of the repository may be active. The copy is inside the repository, so that
// it finds the packages.
const COPIED = ['bin', 'examples', 'cdk.json', 'package.json'];

let app: TestApp;
let local: RunningCommand;
let state: Required<LocalState>;

beforeAll(async () => {
  app = await new TestApp({}).withMiniStack();
  for (const name of COPIED) cpSync(join(ROOT, name), join(app.directory, name), { recursive: true });
  symlinkSync(join(ROOT, 'dist'), join(app.directory, 'dist'));
  local = app.start(['local', '--no-watch']);
  await local.waitForOutput('Ctrl-C stops everything', START_MS);
  state = JSON.parse(readFileSync(join(app.directory, '.katamari', 'local.json'), 'utf8'));
});
afterAll(() => app.remove());

test('both functions have run after three minutes, started by the schedule and by the event', async () => {
  const completed = () => app.json<RunJson[]>('runs', '--state', 'completed', '--limit', '100');
  const has = (runs: RunJson[], name: string, trigger: string) =>
    runs.some((run) => run.function === name && run.trigger === trigger);
  await until('completed runs of both functions', FIRST_RUNS_MS, async () => {
    const runs = await completed();
    return has(runs, 'PullRssData', 'schedule') && has(runs, 'ProcessRssData', 'event');
  });
  const runs = await completed();
  for (const run of runs) expect(run).toMatchObject({ state: 'Completed', attempt: 1, error: null });
  await local.waitForOutput('✔ Completed in', 60_000);
  expect(await app.json('runs', '--state', 'failed')).toEqual([]);
  const { stdout } = await app.run('logs', '--since', '1h', '--json');
  expect(JSON.parse(stdout.split('\n')[0] as string)).toMatchObject({
    level: 'INFO',
    message: expect.stringMatching(/^pulling feeds /),
  });
});

test('the functions read the feeds that the command serves, and an invalid feed does not affect the others', async () => {
  const { result } = await app.json<{ result: { feeds: { url?: string }[]; failed: { url: string; reason: string }[] } }>(
    'invoke',
    'PullRssData',
  );
  expect(result.feeds).toHaveLength(4);
  expect(result.failed).toEqual([
    { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/moved\.html$/), reason: 'not-a-feed', message: expect.anything() },
  ]);
});

test('Ctrl-C stops everything, including the feed server', async () => {
  const feeds = /http:\/\/127\.0\.0\.1:(\d+)\S*moved\.html/.exec(JSON.stringify(await app.json('invoke', 'PullRssData')));
  const ports = [Number(new URL(state.endpoint).port), Number(feeds?.[1])];
  expect(await Promise.all(ports.map((port) => isListening(port)))).toEqual([true, true]);
  local.signal('SIGINT');
  expect((await local.finished).code).toBe(0);
  expect(await Promise.all(ports.map((port) => isListening(port)))).toEqual([false, false]);
  expect(isAlive(state.ministackPid)).toBe(false);
  expect(existsSync(join(app.directory, '.katamari', 'local.json'))).toBe(false);
});
