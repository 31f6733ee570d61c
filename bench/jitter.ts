import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RunsClient } from 'cdk-katamari/client';
import { CdkCommand } from '../engine/cdk';
import { deployLocally } from '../engine/local-deployment';
import { MiniStack, STATE_FOLDER } from '../engine/ministack';
import { waitFor } from '../engine/wait-for';
import { CONTEXT_LOCAL } from '../lib/context/constants';
import { percentile } from './measure';
import { formatMs, printNote, printTable } from './table';
import { repositoryRoot, type Workspace, withWorkspace } from './workspace';

const INTERVAL_MS = 10_000;
const MEASURED_MS = 180_000;
/** Longest wait for the first run: a minute to the first tick, and the start on a busy machine. */
const FIRST_RUN_MS = 150_000;
/** How late the last run may start and still count. */
const GRACE_MS = 10_000;

/** Measures how exactly a schedule of '10s' runs on MiniStack: grid points without a run, surplus runs, and delays. */
export async function benchJitter(): Promise<void> {
  await withWorkspace(async (workspace) => {
    const calls = await startCallRecorder();
    const progress = (text: string) => console.error(`  ${text} …`);
    const miniStack = await MiniStack.start({ stateDirectory: join(repositoryRoot, STATE_FOLDER), progress });
    try {
      progress('deploying to MiniStack');
      const runs = await deploy(workspace, miniStack, calls.url);
      progress(`waiting for the first run, then for ${MEASURED_MS / 1000} seconds`);
      const first = await calls.first();
      await sleep(first + MEASURED_MS + GRACE_MS - Date.now());
      await report(runs, calls.scheduledTimes, first);
    } finally {
      await miniStack.stop();
      calls.stop();
    }
  });
}

async function report(runs: RunsClient, called: readonly string[], first: number): Promise<void> {
  const end = first + MEASURED_MS;
  const expected = Array.from({ length: MEASURED_MS / INTERVAL_MS }, (_, index) => first + index * INTERVAL_MS);
  const within = (time: string | undefined) => time !== undefined && Date.parse(time) >= first && Date.parse(time) < end;
  const recorded = (await runs.list('EveryTenSeconds', { limit: 100 })).filter(
    (run) => run.state === 'Completed' && within(run.scheduledTime),
  );
  const times = called.filter(within).map((time) => Date.parse(time));
  const found = new Set(times);
  const late = recorded.map((run) => Date.parse(run.startedAt ?? '') - Date.parse(run.scheduledTime ?? ''));
  printTable(
    `jitter: a schedule of '10s' on MiniStack for ${MEASURED_MS / 1000} seconds`,
    ['', 'measured'],
    [
      ['points of the grid', String(expected.length)],
      ['runs recorded as Completed', String(recorded.length)],
      ['points without a run', String(expected.filter((point) => !found.has(point)).length)],
      ['runs of a point that had one', String(times.length - found.size)],
      ['runs off the grid', String(times.filter((time) => time % INTERVAL_MS !== 0).length)],
      ['start after the point, p50', formatMs(percentile(late, 0.5))],
      ['start after the point, p95', formatMs(percentile(late, 0.95))],
      ['start after the point, max', formatMs(Math.max(...late))],
    ],
  );
  printNote('aim: one run for each point, none off the grid, p95 under 1.5 s');
}

/** @returns a client for the deployed run table */
async function deploy(workspace: Workspace, miniStack: MiniStack, url: string): Promise<RunsClient> {
  workspace.write('cdk.json', JSON.stringify({ app: 'node app.js' }));
  workspace.write('app.js', APP);
  workspace.write('src/run.ts', HANDLER);
  const cdk = new CdkCommand({
    directory: workspace.directory,
    environment: { ...miniStack.environment(), BENCH_URL: url },
    output: join(workspace.directory, 'cdk.out'),
    context: { [CONTEXT_LOCAL]: 'true' },
  });
  const { stacks } = await cdk.synth();
  await deployLocally({ miniStack, cdk, stacks });
  const client = miniStack.clientSettings();
  const { Stacks } = await new CloudFormationClient(client).send(new DescribeStacksCommand({ StackName: 'Jitter' }));
  const table = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'RunTable')?.OutputValue;
  if (!table) throw new Error("the deployed stack has no output 'RunTable'");
  return new RunsClient(table, new DynamoDBClient(client));
}

/** Records the calls of the handler: the run table has one record even for two runs of the same point. */
async function startCallRecorder() {
  const scheduledTimes: string[] = [];
  const server = createServer(async (request, response) => {
    const { scheduledTime } = (await json(request)) as { scheduledTime: string };
    scheduledTimes.push(scheduledTime);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    scheduledTimes,
    /** Grid point of the first run, in epoch milliseconds. */
    first: async () => {
      await waitFor(() => scheduledTimes.length > 0, { what: 'run', timeoutMs: FIRST_RUN_MS, intervalMs: 100 });
      return Math.min(...scheduledTimes.map((time) => Date.parse(time)));
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const APP = `
const { App, CfnOutput, RemovalPolicy, Stack } = require('aws-cdk-lib');
const { FunctionGroup, Source } = require('cdk-katamari');

const stack = new Stack(new App(), 'Jitter');
const group = new FunctionGroup(stack, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
group.addFunction('EveryTenSeconds', {
  source: Source.typescript('src/run.ts'),
  every: '10s',
  environment: { BENCH_URL: process.env.BENCH_URL },
});
new CfnOutput(stack, 'RunTable', { value: group.runTable.table.tableName });
`;

const HANDLER = `
export const handler = async ({ scheduledTime }: { scheduledTime: string }) => {
  await fetch(process.env.BENCH_URL ?? '', { method: 'POST', body: JSON.stringify({ scheduledTime }) });
};
`;
