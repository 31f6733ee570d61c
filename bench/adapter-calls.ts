// Many calls at once by the adapter, in a process of its own. Arguments: URL of Lambda, number of calls.
import { existsSync, readFileSync } from 'node:fs';
import { LambdaAdapter } from 'cdk-katamari/runtime';
import { REQUEST } from './adapter-request';

/** What many calls at once took. */
export interface CallsResult {
  /** Milliseconds of the first calls of the process, which make the connections. */
  readonly first: number;
  /** Milliseconds of as many calls, when the process has made those and as many more. */
  readonly third: number;
  /** Milliseconds of the processor that those have taken. */
  readonly thirdCpu: number;
  /** Most memory that the process has had, in bytes. */
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

/** Of the process alone: what the system says of a child includes, on Linux, the size of the parent that started it. */
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
  // Connections are kept alive for calls that don't come.
  process.exit();
}

void main();
