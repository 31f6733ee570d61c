// Makes concurrent calls with the adapter, in a process of its own. Arguments: URL of Lambda, number of calls.
import { existsSync, readFileSync } from 'node:fs';
import { LambdaAdapter } from 'cdk-katamari/runtime';
import { REQUEST } from './adapter-request';

/** Measurements of concurrent calls. */
export interface CallsResult {
  /** Duration of the first calls of the process, which open the connections, in milliseconds. */
  readonly first: number;
  /** Duration of the third round of calls, in milliseconds. */
  readonly third: number;
  /** Processor time of the third round, in milliseconds. */
  readonly thirdCpu: number;
  /** Peak memory of the process, in bytes. */
  readonly peak: number;
}

const [endpoint, calls] = process.argv.slice(2);
const adapter = new LambdaAdapter({ functionName: 'members', moduleName: 'members', endpoint });

async function measure(): Promise<number> {
  const start = performance.now();
  const answers = await Promise.all(Array.from({ length: Number(calls) }, () => adapter.execute(REQUEST)));
  const ms = performance.now() - start;
  const failure = answers.find(({ success }) => !success);
  if (failure) throw new Error(`a call failed: ${failure.error}`);
  return ms;
}

/** Peak memory of this process alone: on Linux, the value that the parent reads includes the parent's own size. */
function peakBytes(): number {
  const status = '/proc/self/status';
  const [, kibibytes] = (existsSync(status) && /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))) || [];
  return 1024 * Number(kibibytes ?? process.resourceUsage().maxRSS);
}

async function main(): Promise<void> {
  const first = await measure();
  await measure();
  const before = process.cpuUsage();
  const third = await measure();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ first, third, thirdCpu: (user + system) / 1000, peak: peakBytes() } satisfies CallsResult));
  // Open connections would keep the process alive.
  process.exit();
}

void main();
