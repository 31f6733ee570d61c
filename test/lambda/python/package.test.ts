import { runProcess } from '../../../engine/run-process';
import { identify } from '../../../lambda/shared/invocation';
import { readSettings } from '../../../lambda/tracker/settings';
import { ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { SCHEDULE_EVENT_SOURCE } from '../../../lib/schedule/constants';
import { byClock } from '../../support/deliveries';
import { START_TIMEOUT_MS } from '../../support/ministack';
import { lambdaPython, pythonEnvironment, usePythonDriver } from './python-driver';

const python = usePythonDriver();

/** Runs Python code in a new process. */
async function run(code: string, env: Record<string, string | undefined> = {}) {
  const {
    code: exitCode,
    stdout,
    stderr,
  } = await runProcess(await lambdaPython(), ['-c', code], {
    env: pythonEnvironment(env),
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
}

test('times are parsed in the same way as in TypeScript', async () => {
  const texts = [
    '2026-03-01T10:00:00Z',
    '2026-03-01T10:00:00.1Z',
    '2026-03-01T10:00:00.123456Z',
    '2026-03-01T10:00:00.9999Z',
    '2026-03-01T10:00Z',
    '2026-03-01',
    '2026-03',
    '2026',
    '2026-02-28T24:00:00Z',
    '2024-02-29T23:59:59.999Z',
    '2026-03-01T10:00:00+02:00',
    '2026-03-01T00:30:00.5-05:30',
    '1969-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2026-13-01T10:00:00Z',
    '2026-00-01T10:00:00Z',
    '2026-03-32T10:00:00Z',
    '2026-03-01T25:00:00Z',
    '2026-03-01T24:00:01Z',
    '2026-03-01T10:60:00Z',
    '2026-03-01T10:00:60Z',
    '2026-03-01T10:00:00+0200',
    '2026-03-01T10:00:00+25:00',
    '٢٠٢٦-03-01T10:00:00Z',
    '<aws.scheduler.scheduled-time>',
    '',
  ];
  const now = Date.parse('2026-07-07T07:07:00Z');
  const ofTypescript = texts.map((scheduledTime) => {
    const given = { source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime };
    const read = identify(byClock(given), { awsRequestId: 'r' }, now).scheduledTime;
    return read === new Date(now).toISOString() ? null : read;
  });
  expect(await python.result('readTimes', { texts })).toEqual(ofTypescript);
});

test('attempt numbers are parsed in the same way as in TypeScript', async () => {
  const values = [1, 2, '3', ' 4 ', '5.0', 2.5, '2.5', 0, -1, '-1', '', 'x', null, true, false, '1e2', 'Infinity', 'NaN', {}];
  const ofTypescript = values.map((attempt) => {
    const given = { source: SCHEDULE_EVENT_SOURCE, schedule: 'Job', scheduledTime: '2026-03-01', attempt };
    return identify(byClock(given), { awsRequestId: 'r' }, 0).deliveryAttempt;
  });
  expect(await python.result('readAttempts', { values })).toEqual(ofTypescript);
});

test.each([
  [{}],
  [{ KATAMARI_RUN_TABLE: '' }],
  [{ KATAMARI_RUN_TABLE: 't' }],
  [{ KATAMARI_RUN_TABLE: 't', AWS_LAMBDA_FUNCTION_NAME: 'deployed-name' }],
  [{ KATAMARI_RUN_TABLE: 't', KATAMARI_FUNCTION: 'Job', AWS_LAMBDA_FUNCTION_NAME: 'deployed-name' }],
  [{ KATAMARI_RUN_TABLE: 't', KATAMARI_RUN_RETENTION_DAYS: '7', KATAMARI_OVERLAP_LIMIT: '3' }],
  [{ KATAMARI_RUN_TABLE: 't', KATAMARI_OVERLAP_LIMIT: '', KATAMARI_OVERLAP_SCOPE: 'schedule', KATAMARI_LOCAL: '1' }],
])('the environment %j gives the same settings as in TypeScript', async (env) => {
  const settings = readSettings(env as NodeJS.ProcessEnv);
  expect(await python.result('settings', { env })).toEqual(
    settings
      ? {
          function_name: settings.functionName,
          table_name: settings.tableName,
          retention_days: settings.retentionDays,
          overlap_limit: settings.overlapLimit ?? null,
          overlap_of_schedule: settings.overlapOfSchedule,
          local: settings.local,
        }
      : null,
  );
});

describe('loading', () => {
  test(
    'the package loads nothing but itself, and each name no AWS SDK',
    async () => {
      const found = await run(`import sys; before = set(sys.modules)
import katamari_runtime
first = [name for name in set(sys.modules) - before if name.split(".")[0] not in ("importlib", "warnings")]
import json
values = [getattr(katamari_runtime, name).__name__ for name in katamari_runtime.__all__]
print(json.dumps([first, values, [name for name in sys.modules if name.startswith("boto")]]))`);
      expect(found).toEqual([
        ['katamari_runtime'],
        [
          'CurrentRun',
          'DependencyError',
          'EmitError',
          'EventToEmit',
          'InvalidEventError',
          'KatamariError',
          'RefusedEvent',
          'current_run',
          'emit',
          'emit_all',
          'load_dependencies',
          'load_dependency',
        ],
        [],
      ]);
    },
    START_TIMEOUT_MS,
  );

  test('an unknown name raises an error, and dir() lists the available names', async () => {
    const found = await run(`import json, katamari_runtime
try: katamari_runtime.nothing
except AttributeError as error: print(json.dumps([str(error), sorted(set(katamari_runtime.__all__) - set(dir(katamari_runtime)))]))`);
    expect(found).toEqual(["module 'katamari_runtime' has no attribute 'nothing'", []]);
  });

  test('a function starts and runs its handler even if the client of the AWS SDK can’t be created', async () => {
    const found = await run(
      `import io, json, sys
from types import SimpleNamespace
from katamari_runtime.tracker import track_module
handler = lambda event, context: event
tracked = track_module("__main__", "handler")
context = SimpleNamespace(aws_request_id="r", log_stream_name="s", get_remaining_time_in_millis=lambda: 60_000)
out, sys.stdout = sys.stdout, io.StringIO()
result = tracked({"a": 1}, context)
lines = [json.loads(line) for line in sys.stdout.getvalue().splitlines()]
out.write(json.dumps([result, *[[line["message"], line.get("errorType")] for line in lines]]))`,
      { [ENV_RUN_TABLE]: 'runs', AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' },
    );
    expect(found).toEqual([
      { a: 1 },
      ['could not record the start of the run; the handler runs anyway', 'NoRegionError'],
      ['run Completed', null],
      ['could not record the end of the run', 'NoRegionError'],
    ]);
  });

  test('the tracker of an untracked function calls the handler without loading the AWS SDK', async () => {
    const found = await run(`import sys
from types import SimpleNamespace
from katamari_runtime.tracker import track_module
def handler(event, context):
    "What it does."
    return event
tracked = track_module("__main__", "handler")
new = sys.modules
import json
print(json.dumps([tracked({"a": 1}, SimpleNamespace(aws_request_id="r")), tracked.__name__, tracked.__doc__,
  [name for name in sys.modules if name.startswith("boto")]]))`);
    expect(found).toEqual([{ a: 1 }, 'handler', 'What it does.', []]);
  });
});
