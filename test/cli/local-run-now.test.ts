import type { RunJson } from '../../cli/shared/run-json';
import { until } from '../support/until';
import { TestApp } from './command';

jest.setTimeout(300_000);

let app: TestApp;
afterAll(() => app.remove());

test('--run-now starts the next run of each schedule, with its identity and payload', async () => {
  app = await new TestApp({
    'cdk.json': '{ "app": "node app.js" }',
    'job.js': 'exports.handler = async ({ payload, scheduledTime }) => console.log("payload", payload, "of", scheduledTime);',
    'app.js': `const { App, Stack } = require('aws-cdk-lib');
const { ScheduleExpression } = require('aws-cdk-lib/aws-scheduler');
const { FunctionGroup, Source } = require('cdk-katamari');
const group = new FunctionGroup(new Stack(new App(), 'Shop'), 'Jobs');
const source = Source.javascript(__dirname + '/job.js');
group.addFunction('Grid', { source, every: '1h1s', payload: { from: 'grid' } });
group.addFunction('Free', { source, every: '2h1s', payload: 'free', trackRuns: false });
group.addFunction('Cron', { source, schedule: ScheduleExpression.cron({ minute: '0', hour: '3' }), payload: 'cron' });
`,
  }).withMiniStack();
  const local = app.start(['local', '--no-watch', '--run-now']);
  await local.waitForOutput('Ctrl-C stops everything', 180_000);
  const completed = () => app.json<RunJson[]>('runs', '--state', 'completed');
  await until('a run of each tracked function', 60_000, async () => (await completed()).length >= 2);
  const runs = await completed();
  expect(runs).toHaveLength(2);
  for (const run of runs) {
    expect(run).toMatchObject({ trigger: 'schedule', group: 'Shop/Jobs', runId: run.scheduledTime });
    expect(Date.parse(run.scheduledTime as string)).toBeGreaterThan(Date.now());
    expect(Date.parse(run.scheduledTime as string) % (run.function === 'Grid' ? 3_601_000 : 86_400_000)).toBe(
      run.function === 'Grid' ? 0 : 3 * 3_600_000,
    );
  }
  await local.waitForOutput("payload { from: 'grid' } of", 60_000);
  await local.waitForOutput('payload cron of', 60_000);
  await local.waitForOutput('payload free of', 60_000);
  expect(local.output).toMatch(/next runs {2}.*Grid \d\d:\d\d:\d\d/);
});
