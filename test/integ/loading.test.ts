import { Stack } from 'aws-cdk-lib';
import picocolors from 'picocolors';
import { showLogs } from '../../cli/commands/logs';
import { Follower } from '../../cli/local/follower';
import { listGroupFunctions } from '../../cli/shared/deployed-functions';
import type { Output } from '../../cli/shared/output';
import type { Target } from '../../cli/shared/target';
import type { RunRecord } from '../../client';
import { FunctionGroup, Source } from '../../lib';
import { deployForTest, type TestDeployment } from '../../testing';
import { until } from '../support/until';

/** Time for a tick of the ticker, which comes once a minute, and for the retries of the engine, on a busy machine. */
const RUN_MS = 180_000;

let deployment: TestDeployment;
let follower: Follower;
const followed: string[] = [];

const outputTo = (lines: string[]): Output => ({
  line: (text) => lines.push(text),
  colors: picocolors.createColors(false),
  width: 200,
});
const target = (): Target => ({ kind: 'local', settings: deployment.clientSettings, label: 'the test' });

beforeAll(async () => {
  deployment = await deployForTest((app) => {
    const stack = new Stack(app, 'Loading');
    const group = new FunctionGroup(stack, 'Group');
    const every = '20s';
    group.addFunction('Node', { every, source: Source.typescript('test/integ/loading/needs-key.ts') });
    group.addFunction('Python', { every, source: Source.python('test/integ/loading/python', { handler: 'needs_key.run' }) });
    group.addFunction('NodeExits', { every, source: Source.typescript('test/integ/loading/exits.ts') });
    group.addFunction('PythonExits', { every, source: Source.python('test/integ/loading/python', { handler: 'exits.run' }) });
    return stack;
  });
  follower = new Follower(deployment.clientSettings, outputTo(followed));
  follower.follow(await listGroupFunctions(target()));
}, 240_000);

afterAll(async () => {
  await follower?.stop();
  await deployment?.cleanUp();
});

/** Waits for a run that Lambda has given up, and returns the latest one. */
async function failedRun(name: string): Promise<RunRecord> {
  const runs = await until(
    `a Failed run of ${name}`,
    RUN_MS,
    () => deployment.runs(name),
    (found) => found.some(({ state, attempt }) => state === 'Failed' && attempt === 3),
  );
  return runs.find(({ state, attempt }) => state === 'Failed' && attempt === 3) as RunRecord;
}

describe.each([
  ['Node', 'RangeError', 'API_KEY is not set (while the function was loading, at test/integ/loading/needs-key.ts:1)'],
  ['Python', 'KeyError', "'API_KEY' (while the function was loading, at needs_key.py:3)"],
])('a function in %s that can’t be loaded', (name, errorType, errorMessage) => {
  test(
    'ends in a Failed run with type, message, file and line',
    async () => {
      const run = await failedRun(name);
      expect(run).toMatchObject({ trigger: 'schedule', errorType, errorMessage, runId: run.scheduledTime });
    },
    RUN_MS + 10_000,
  );

  test(
    'is shown by the log and by the view of a local run',
    async () => {
      await failedRun(name);
      const reason = `${errorType}: ${errorMessage}`;
      const lines: string[] = [];
      await showLogs({ target: target(), output: outputTo(lines) }, { name, since: RUN_MS });
      expect(lines.some((line) => line.includes(`run Failed: ${reason}`))).toBe(true);
      await until(
        `the run of ${name} in the view`,
        RUN_MS,
        async () => followed.filter((line) => line.includes(`${name} `) && line.includes('✖ Failed') && line.includes(reason)),
        (found) => found.length > 0,
      );
    },
    2 * RUN_MS + 10_000,
  );
});

test.each(['NodeExits', 'PythonExits'])(
  'a function whose process ends while it starts ends in a Failed run, which the view shows: %s',
  async (name) => {
    const run = await failedRun(name);
    expect(run).toMatchObject({ trigger: 'schedule', runId: run.scheduledTime, errorType: expect.any(String) });
    expect(run.errorMessage).toContain('exited');
    await until(
      `the run of ${name} in the view`,
      RUN_MS,
      async () => followed.filter((line) => line.includes(name) && line.includes('✖ Failed') && line.includes('exited')),
      (found) => found.length > 0,
    );
  },
  2 * RUN_MS + 10_000,
);
