import { join } from 'node:path';
import { MINISTACK_REQUIREMENTS, STATE_FOLDER } from '../engine/ministack';
import { virtualEnvironment } from '../engine/python';
import type { CallsResult } from './adapter-calls';
import type { OverheadTimes } from './adapter-overhead';
import { type LambdaStub, startLambdaStub } from './lambda-stub';
import { percentile, runChild, Samples } from './measure';
import { formatMebibytes, formatMs, formatRatio, printNote, printTable } from './table';
import { repositoryRoot } from './workspace';

const CALLS = 1_000;
const ANSWER_MS = 50;
const ROUNDS = 3;
const SINGLE_CALLS = 3_000;
const SINGLE_ROUNDS = 3;
const KINDS = ['original', 'python', 'typescript'] as const;

/** Measures calls with LambdaAdapter against a thread pool around boto3, and against the SDK alone. */
export async function benchAdapter(): Promise<void> {
  const progress = (text: string) => console.error(`  ${text} …`);
  // The virtual environment of the local engine, which has boto3.
  const python = await virtualEnvironment(join(repositoryRoot, STATE_FOLDER), MINISTACK_REQUIREMENTS, { progress });
  await withStub(ANSWER_MS, (stub) => benchMany(stub, python));
  await withStub(0, (stub) => benchSingle(stub, python));
}

async function benchMany(stub: LambdaStub, python: string): Promise<void> {
  const samples = new Samples();
  const run: Readonly<Record<(typeof KINDS)[number], () => Promise<CallsResult>>> = {
    original: () => runPython(stub, python, 'original', CALLS),
    python: () => runPython(stub, python, 'ours', CALLS),
    typescript: () => runNode(stub, 'adapter-calls.js', CALLS),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of KINDS) {
      for (const [what, value] of Object.entries(await run[kind]())) samples.add(`${kind} ${what}`, value);
    }
  }
  const cells = (kind: string, what: string, format: (value: number) => string) => {
    const [peer, measured] = [samples.median(`original ${what}`), samples.median(`${kind} ${what}`)];
    return [format(measured), formatRatio(peer, measured)];
  };
  const row = (label: string, kind: (typeof KINDS)[number]) => [
    label,
    ...cells(kind, 'first', formatMs),
    ...cells(kind, 'third', formatMs),
    formatMs(samples.median(`${kind} thirdCpu`)),
    ...cells(kind, 'peak', formatMebibytes),
  ];
  printTable(
    `adapter: ${CALLS} calls at once of a function that answers after ${ANSWER_MS} ms, median of ${ROUNDS}`,
    ['', 'first calls', 'ratio', 'third time', 'ratio', 'processor', 'peak memory', 'ratio'],
    [
      row("the original's way: boto3 in the default executor", 'original'),
      row('katamari_runtime.adapter', 'python'),
      row('LambdaAdapter', 'typescript'),
    ],
  );
  printNote('all with default settings, loaded before the measurement; the first calls also open the connections');
  printNote('processor: processor time of the third time, which other load on the machine does not change');
  printNote('aim: 10x for LambdaAdapter');
}

async function benchSingle(stub: LambdaStub, python: string): Promise<void> {
  const times: Record<string, number[]> = {};
  const add = (language: string, measured: OverheadTimes) => {
    for (const [name, values] of Object.entries(measured))
      times[`${language} ${name}`] = [...(times[`${language} ${name}`] ?? []), ...values];
  };
  for (let round = 0; round < SINGLE_ROUNDS; round++) {
    add('node', await runNode<OverheadTimes>(stub, 'adapter-overhead.js', SINGLE_CALLS));
    add('python', await runPython<OverheadTimes>(stub, python, 'overhead', SINGLE_CALLS));
  }
  const row = (label: string, name: string, peer: string) => {
    const of = (who: string, part: number) => percentile(times[who] ?? [], part);
    return [label, formatMs(of(name, 0.5)), formatMs(of(name, 0.95)), formatMs(of(name, 0.5) - of(peer, 0.5))];
  };
  printTable(
    `adapter: one call at a time of a function that answers at once, ${SINGLE_ROUNDS} rounds of ${SINGLE_CALLS} calls of each in turn`,
    ['', 'p50', 'p95', 'p50 more'],
    [
      row('AWS SDK for JavaScript', 'node sdk', 'node sdk'),
      row('the same with cacheMiddleware', 'node cachedSdk', 'node sdk'),
      row('LambdaAdapter', 'node adapter', 'node sdk'),
      row('LambdaAdapter, over the SDK with cacheMiddleware', 'node adapter', 'node cachedSdk'),
      row('boto3', 'python sdk', 'python sdk'),
      row('katamari_runtime.adapter', 'python adapter', 'python sdk'),
    ],
  );
  printNote('aim: LambdaAdapter under 0.2 ms more than the SDK');
}

async function withStub(delayMs: number, action: (stub: LambdaStub) => Promise<void>): Promise<void> {
  const stub = await startLambdaStub(delayMs);
  try {
    await action(stub);
  } finally {
    await stub.stop();
  }
}

function runNode<T>(stub: LambdaStub, program: string, calls: number): Promise<T> {
  return runChild(join(__dirname, program), [stub.url, String(calls)], { env: stub.environment });
}

function runPython<T>(stub: LambdaStub, python: string, kind: string, calls: number): Promise<T> {
  return runChild(join(repositoryRoot, 'bench', 'adapter_calls.py'), [kind, stub.url, String(calls)], {
    command: python,
    env: {
      ...stub.environment,
      AWS_DEFAULT_REGION: stub.environment.AWS_REGION as string,
      PYTHONPATH: join(repositoryRoot, 'dist', 'python'),
    },
  });
}
