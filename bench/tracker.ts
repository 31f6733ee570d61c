import { join } from 'node:path';
import { ENV_FUNCTION, ENV_OVERLAP_LIMIT, ENV_RUN_TABLE } from '../lib/runs/constants';
import { bundle } from './bundles';
import { type DynamoDbStub, startDynamoDbStub } from './dynamodb-stub';
import { percentile, runChild, Samples } from './measure';
import { formatMs, formatRatio, printNote, printTable } from './table';
import type { CallTimes } from './tracker-calls';
import { withWorkspace } from './workspace';

const STARTS = 15;
const CALLS = 2_000;
const LIMIT_ONE = { [ENV_OVERLAP_LIMIT]: '1' };

/** Measures the run tracker against the same handler without it. */
export async function benchTracker(): Promise<void> {
  const stub = await startDynamoDbStub();
  try {
    await withWorkspace(async (workspace) => {
      const plain = workspace.write('src/plain.ts', PLAIN);
      // A copy for each, because a process loads a module once.
      const limited = workspace.write('src/limited.ts', PLAIN);
      const sdk = workspace.write('src/sdk.ts', WITH_SDK);
      const bundles = {
        untracked: bundle(plain, false),
        tracked: bundle(plain, true),
        limited: bundle(limited, true),
        sdkFromRuntime: bundle(sdk, false, { external: ['@aws-sdk/*'] }),
        sdkBundled: bundle(sdk, false),
        sdkTracked: bundle(sdk, true),
      };
      await benchStart(stub, bundles);
      await benchCalls(stub, bundles);
    });
  } finally {
    await stub.stop();
  }
}

type Bundles = Readonly<Record<'untracked' | 'tracked' | 'limited' | 'sdkFromRuntime' | 'sdkBundled' | 'sdkTracked', string>>;

async function benchStart(stub: DynamoDbStub, bundles: Bundles): Promise<void> {
  const samples = new Samples();
  for (let round = 0; round < STARTS; round++) {
    for (const [name, directory] of Object.entries(bundles)) {
      const env = { ...environment(stub), ...(name === 'limited' && LIMIT_ONE) };
      samples.add(name, await runChild<number>(join(__dirname, 'tracker-start.js'), [directory], { env }));
    }
  }
  const row = (label: string, peer: keyof Bundles, ours: keyof Bundles) => {
    const [before, after] = [samples.median(peer), samples.median(ours)];
    return [label, formatMs(before), formatMs(after), formatMs(after - before), formatRatio(before, after)];
  };
  printTable(
    `tracker: from the start of the process to the first answer, median of ${STARTS}`,
    ['', 'without', 'with', 'difference', 'ratio'],
    [
      row('the run tracker', 'untracked', 'tracked'),
      row('the run tracker, Overlap.skip(1)', 'untracked', 'limited'),
      row('the run tracker, handler with an SDK client', 'sdkBundled', 'sdkTracked'),
      row('bundled SDK, against one in node_modules', 'sdkFromRuntime', 'sdkBundled'),
    ],
  );
  printNote('the run table is a server on loopback that answers at once');
}

async function benchCalls(stub: DynamoDbStub, bundles: Bundles): Promise<void> {
  const requests: Record<string, number> = { untracked: 0 };
  for (const name of ['tracked', 'limited'] as const) {
    stub.takeRequests();
    const env = { ...environment(stub), ...(name === 'limited' && LIMIT_ONE) };
    await runChild<number>(join(__dirname, 'tracker-start.js'), [bundles[name]], { env });
    requests[name] = stub.takeRequests();
  }
  const times = await runChild<CallTimes>(
    join(__dirname, 'tracker-calls.js'),
    [String(CALLS), bundles.untracked, bundles.tracked, bundles.limited],
    { env: environment(stub) },
  );
  const row = (label: string, name: keyof CallTimes) => {
    const [p50, p95] = [percentile(times[name], 0.5), percentile(times[name], 0.95)];
    return [label, formatMs(p50), formatMs(p95), formatMs(p50 - percentile(times.untracked, 0.5)), String(requests[name])];
  };
  printTable(
    `tracker: one call of a loaded handler, ${CALLS} calls of each in turn`,
    ['', 'p50', 'p95', 'p50 more', 'requests a run'],
    [row('untracked', 'untracked'), row('tracked', 'tracked'), row('tracked, Overlap.skip(1)', 'limited')],
  );
  printNote('the run table is a server on loopback that answers at once: a real one adds its own time to each request');
}

function environment(stub: DynamoDbStub): Record<string, string> {
  return { ...stub.environment, [ENV_FUNCTION]: 'bench', [ENV_RUN_TABLE]: 'runs' };
}

const PLAIN = `
export const handler = async (event: { name: string }) => ({ greeting: \`hello \${event.name}\` });
`;

const WITH_SDK = `
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

export const handler = async (event: { name: string }) => {
  const { Item } = await client.send(new GetItemCommand({ TableName: 'names', Key: { pk: { S: event.name } } }));
  return { known: Item !== undefined };
};
`;
