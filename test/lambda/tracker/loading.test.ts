import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { runProcess } from '../../../engine/run-process';
import type { RunRecord } from '../../../lambda/shared/run';
import { Source } from '../../../lib';
import { ENV_FUNCTION, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { bindSource, SourceProject } from '../../support/source-project';
import { lambdaPython } from '../python/python-driver';

// Each test starts a process, which is slow on a busy machine.
jest.setTimeout(60_000);

const FIXTURES = join(__dirname, '..', '..', 'fixtures', 'handlers');
const ministack = useMiniStack();
const database = useRunTable(ministack);
let project: SourceProject;
let functions = 0;

beforeEach(() => {
  project = new SourceProject();
});
afterEach(() => project.remove());

interface Started {
  readonly code: number | null;
  /** Results and errors of the invocations, as Lambda would return them. */
  readonly ended: readonly { readonly result?: unknown; readonly error?: string }[];
  /** Log lines of the tracker. */
  readonly logs: readonly Record<string, unknown>[];
  readonly runs: readonly RunRecord[];
}

interface How {
  readonly invocations?: number;
  readonly tracked?: boolean;
  /** What started the function. @default 'on-demand' */
  readonly initialization?: string;
}

/** Starts a function in a process of its own and invokes it. */
async function start(
  command: (folder: string) => readonly [program: string, args: string[]],
  source: Source,
  runtime: lambda.Runtime,
  { invocations = 1, tracked = true, initialization }: How,
): Promise<Started> {
  functions += 1;
  const functionName = `fn-${functions}`;
  const [program, args] = command(bindSource(source, { wrapHandler: true, runtime }).directory);
  const { code, stdout } = await runProcess(program, [...args, String(invocations)], {
    env: {
      ...process.env,
      ...ministack.environment(),
      PYTHONDONTWRITEBYTECODE: '1',
      NODE_OPTIONS: '--enable-source-maps',
      ...(tracked && { [ENV_RUN_TABLE]: database.table.tableName }),
      ...(initialization && { AWS_LAMBDA_INITIALIZATION_TYPE: initialization }),
      [ENV_FUNCTION]: functionName,
    },
  });
  const lines: Record<string, unknown>[] = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const logs = lines.filter(({ service }) => service === 'katamari');
  return { code, ended: lines.filter((line) => !logs.includes(line)), logs, runs: await database.table.runs(functionName) };
}

function node(code: string, how: How = {}): Promise<Started> {
  project.write({ 'handlers/poll.ts': code });
  return start(
    (folder) => [process.execPath, [join(FIXTURES, 'load.cjs'), folder]],
    project.typescript('handlers/poll.ts', { external: ['missing-package'] }),
    lambda.Runtime.NODEJS_24_X,
    how,
  );
}

async function python(code: string, how: How = {}): Promise<Started> {
  project.write({ 'fn/jobs/poll.py': code });
  const interpreter = await lambdaPython();
  const source = Source.python(project.path('fn'), { handler: 'jobs.poll.run' });
  return start((folder) => [interpreter, [join(FIXTURES, 'load.py'), folder]], source, lambda.Runtime.PYTHON_3_13, how);
}

const HANDLER = {
  node: "export const handler = async () => 'result';\n",
  python: 'def run(event, context):\n    return "result"\n',
};

test.each([
  [
    'a thrown error, in Node.js',
    () => node(`// A comment.\nif (!process.env.API_KEY) throw new RangeError('API_KEY is not set');\n${HANDLER.node}`),
    'RangeError: API_KEY is not set',
    'RangeError',
    'API_KEY is not set (while the function was loading, at handlers/poll.ts:2)',
  ],
  [
    'a missing environment variable, in Python',
    () => python(`import os\n\nKEY = os.environ["API_KEY"]\n\n${HANDLER.python}`),
    "KeyError: 'API_KEY'",
    'KeyError',
    "'API_KEY' (while the function was loading, at jobs/poll.py:3)",
  ],
  [
    'a missing package, in Node.js',
    () => node(`import { get } from 'missing-package';\n${HANDLER.node.replace("'result'", 'get()')}`),
    expect.stringMatching(/^Error: Cannot find module 'missing-package'/),
    'Error',
    expect.stringMatching(
      /^Cannot find module 'missing-package'[\s\S]*\(while the function was loading, at handlers\/poll\.ts:1\)$/,
    ),
  ],
  [
    'a missing module, in Python',
    () => python(`import missing_module\n\n${HANDLER.python}`),
    "ModuleNotFoundError: No module named 'missing_module'",
    'ModuleNotFoundError',
    "No module named 'missing_module' (while the function was loading, at jobs/poll.py:1)",
  ],
  [
    'a handler that is no function, in Node.js',
    () => node('export const handler = process.env.NOTHING;\n'),
    'Runtime.HandlerNotFound: the handler must be a function, got: undefined',
    'Runtime.HandlerNotFound',
    'the handler must be a function, got: undefined (while the function was loading)',
  ],
  [
    'a handler that is known to be missing only when it runs, in Node.js',
    () => node('module.exports = { other: () => 1 };\n'),
    "Runtime.HandlerNotFound: poll.ts must export a function named 'handler', or export one as default, got: 'default'",
    'Runtime.HandlerNotFound',
    "poll.ts must export a function named 'handler', or export one as default, got: 'default' (while the function was loading)",
  ],
  [
    'a handler that is no function, in Python',
    () => python('run = None\n'),
    "Runtime.HandlerNotFound: the handler must be a function, got: NoneType as 'jobs.poll.run'",
    'Runtime.HandlerNotFound',
    "the handler must be a function, got: NoneType as 'jobs.poll.run' (while the function was loading)",
  ],
  [
    'a syntax error in code that is compiled at run time, in Python',
    () => python(`exec(compile("a b", "rule.txt", "exec"))\n${HANDLER.python}`),
    expect.stringMatching(/^SyntaxError: /),
    'SyntaxError',
    expect.stringMatching(/\(while the function was loading, at jobs\/poll\.py:1\)$/),
  ],
])('%s ends in a Failed run with type, message and line', async (_name, run, error, errorType, errorMessage) => {
  const { ended, logs, runs } = await run();
  expect(ended).toEqual([{ error }]);
  expect(runs).toMatchObject([{ runId: 'request-1', state: 'Failed', attempt: 1, errorType, errorMessage }]);
  expect(logs).toMatchObject([{ level: 'ERROR', message: 'run Failed', errorType, errorMessage }]);
});

test.each([
  [
    'Node.js',
    () =>
      node(
        `const tries = (globalThis as { tries?: number }).tries ?? 0;
(globalThis as { tries?: number }).tries = tries + 1;
if (tries < 2) throw new Error('not yet');
${HANDLER.node}`,
        { invocations: 4 },
      ),
  ],
  [
    'Python',
    () =>
      python(
        `import sys\n\nsys.tries = getattr(sys, "tries", 0) + 1\nif sys.tries < 3:\n    raise Exception("not yet")\n\n${HANDLER.python}`,
        { invocations: 4 },
      ),
  ],
])('each later invocation loads the module again, until it loads, in %s', async (_name, run) => {
  const { ended, runs } = await run();
  expect(ended.map(({ error, result }) => error?.split(': ').at(-1) ?? result)).toEqual([
    'not yet',
    'not yet',
    'result',
    'result',
  ]);
  expect(runs.map(({ runId, state }) => [runId, state])).toEqual([
    ['request-1', 'Failed'],
    ['request-2', 'Failed'],
    ['request-3', 'Completed'],
    ['request-4', 'Completed'],
  ]);
});

test('code that exits the process while it is imported ends in a Failed run, and the process exits all the same, in Python', async () => {
  const { code, ended, runs } = await python(`import sys\n\nsys.exit(3)\n${HANDLER.python}`);
  expect({ code, ended }).toEqual({ code: 3, ended: [] });
  expect(runs).toMatchObject([
    {
      state: 'Failed',
      errorType: 'Runtime.ExitError',
      errorMessage: 'the process exited with code 3 while the function was loading, at jobs/poll.py:3',
    },
  ]);
});

test('a handler that streams and loads only at the second attempt makes Lambda start the function again', async () => {
  const { code, ended, runs } = await node(
    `const tries = (globalThis as { tries?: number }).tries ?? 0;
(globalThis as { tries?: number }).tries = tries + 1;
if (tries < 1) throw new Error('not yet');
export const handler = Object.assign(async () => 1, { [Symbol.for('aws.lambda.runtime.handler.streaming')]: 'response' });
`,
    { invocations: 2 },
  );
  expect({ code, ended }).toEqual({ code: 1, ended: [{ error: 'Error: not yet' }] });
  expect(runs.map(({ state }) => state)).toEqual(['Failed', 'Failed']);
});

test.each([
  ['Node.js', () => node(`throw new Error('at once');\n${HANDLER.node}`, { tracked: false })],
  ['Python', () => python(`raise Exception("at once")\n${HANDLER.python}`, { tracked: false })],
])('without tracking, the start of the function fails as it does without this library, in %s', async (_name, run) => {
  const { code, ended } = await run();
  expect({ code, ended }).toEqual({ code: 1, ended: [] });
});

test.each([
  ['Node.js', () => node(`throw new Error('at once');\n${HANDLER.node}`, { initialization: 'provisioned-concurrency' })],
  ['Python', () => python(`raise Exception("at once")\n${HANDLER.python}`, { initialization: 'snap-start' })],
])('a start that belongs to a deploy fails with the module, so that the deploy fails, in %s', async (_name, run) => {
  const { code, ended, runs } = await run();
  expect({ code, ended, runs }).toEqual({ code: 1, ended: [], runs: [] });
});
