import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { parseLogLine } from '../../../cli/shared/log-line';
import { runProcess } from '../../../engine/run-process';
import { ENV_FUNCTION, ENV_OVERLAP_LIMIT, ENV_RUN_TABLE } from '../../../lib/runs/constants';
import { START_TIMEOUT_MS, useMiniStack } from '../../support/ministack';
import { useRunTable } from '../../support/run-table';
import { until } from '../../support/until';
import { lambdaPython, PYTHON_PACKAGE } from './python-driver';

const HANDLER = `import sys
from katamari_runtime import current_run

def run(event, context):
    if event.get("fail"):
        raise KeyError(event["fail"])
    if event.get("exit"):
        sys.exit(event["exit"])
    run = current_run()
    return {"runId": run.run_id, "attempt": run.attempt, "token": run.fencing_token}
`;
/** The same handler module that `Source.python` writes. */
const WRAPPED = `from katamari_runtime.tracker import track_module

handler = track_module('app', 'run')
`;

const ministack = useMiniStack();
const database = useRunTable(ministack);
let lambda: LambdaClient;
let folder: string;

beforeAll(async () => {
  const config = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  lambda = new LambdaClient({ ...config, endpoint: ministack.endpoint });
  folder = await mkdtemp(join(tmpdir(), 'katamari-python-'));
  await cp(PYTHON_PACKAGE, folder, { recursive: true });
  await writeFile(join(folder, 'app.py'), HANDLER);
  await writeFile(join(folder, 'katamari_handler.py'), WRAPPED);
  const zip = join(folder, 'code.zip');
  const names = await readdir(folder);
  await runProcess(await lambdaPython(), ['-m', 'zipfile', '-c', zip, ...names], { env: process.env, cwd: folder });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'deployed-job',
      Runtime: 'python3.13',
      Handler: 'katamari_handler.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Timeout: 10,
      Code: { ZipFile: await readFile(zip) },
      Environment: { Variables: { [ENV_RUN_TABLE]: database.table.tableName, [ENV_FUNCTION]: 'Job', [ENV_OVERLAP_LIMIT]: '2' } },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: 'deployed-job' });
}, START_TIMEOUT_MS);

afterAll(async () => {
  lambda?.destroy();
  await rm(folder, { recursive: true, force: true });
});

async function invoke(event: object) {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: 'deployed-job', Payload: JSON.stringify(event) }),
  );
  return { failed: FunctionError !== undefined, payload: JSON.parse(Payload?.transformToString() || 'null') };
}

async function logLines() {
  const logs = new CloudWatchLogsClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: ministack.endpoint,
  });
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/deployed-job' }));
  logs.destroy();
  return events.map(({ message = '' }) => parseLogLine('Job', 0, message)).filter(({ origin }) => origin === 'tracker');
}

test('a deployed function records its runs and logs them in the same format as TypeScript functions', async () => {
  const { payload } = await invoke({});
  expect(payload).toEqual({ runId: expect.any(String), attempt: 1, token: 1 });
  expect(await database.table.run('Job', payload.runId)).toMatchObject({ state: 'Completed', trigger: 'invoke', attempt: 1 });

  expect((await invoke({ fail: 'stock' })).failed).toBe(true);
  expect((await invoke({ exit: 3 })).failed).toBe(true);
  const runs = await database.table.runs('Job');
  expect(runs.map(({ state, errorType, errorMessage }) => [state, errorType, errorMessage]).sort()).toEqual([
    ['Completed', undefined, undefined],
    ['Failed', 'KeyError', "'stock'"],
    ['Failed', 'Runtime.ExitError', 'the process exited with code 3 while the handler was running'],
  ]);
  expect((await database.table.lease('Job'))?.holders).toEqual([]);

  const lines = await until('two lines of the log', 30_000, logLines, (found) => found.length >= 2);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'INFO', text: 'run Completed' }));
  expect(lines).toContainEqual(expect.objectContaining({ level: 'ERROR', text: "run Failed: KeyError: 'stock'" }));
});
