import { join } from 'node:path';
import { writeFunctions } from './bundling-sources';
import { runChild, Samples } from './measure';
import type { SynthResult } from './synth-app';
import { formatMs, formatRatio, printNote, printTable } from './table';
import { withWorkspace } from './workspace';

const COUNTS = [10, 100, 500];
const ROUNDS = 3;

/** Measures the synth of many scheduled functions against the same with the constructs of the CDK. */
export async function benchSynth(): Promise<void> {
  await withWorkspace(async (workspace) => {
    writeFunctions(workspace, 'small', 1);
    const synth = (kind: string, count: number, every = '5m') =>
      runChild<SynthResult>(join(__dirname, 'synth-app.js'), [kind, String(count), every], { cwd: workspace.directory });
    const samples = new Samples();
    for (let round = 0; round < ROUNDS; round++) {
      for (const count of COUNTS) {
        for (const kind of ['peer', 'ours']) samples.add(`${kind} ${count}`, (await synth(kind, count)).ms);
      }
    }
    printTable(
      `synth: scheduled functions, median of ${ROUNDS}`,
      ['functions', 'by hand', 'a function', 'FunctionGroup', 'a function', 'ratio'],
      COUNTS.map((count) => {
        const [peer, ours] = [samples.median(`peer ${count}`), samples.median(`ours ${count}`)];
        return [
          String(count),
          formatMs(peer),
          formatMs(peer / count),
          formatMs(ours),
          formatMs(ours / count),
          formatRatio(peer, ours),
        ];
      }),
    );
    printNote('with aws-cdk-lib loaded and without bundling; by hand: lambda.Function, LogGroup, Schedule and LambdaInvoke');
    printNote('aim: linear: the time for a function does not grow with their number');

    const resources = async (kind: string, every: string) => {
      const total = async (count: number) => (await synth(kind, count, every)).resources;
      const [none, few, many] = [await total(0), await total(10), await total(80)];
      const ofFunction = (few - none) / 10;
      return [ofFunction, few - 10 * ofFunction, many - 80 * ofFunction].map(String);
    };
    printTable(
      'synth: resources',
      ['', 'a function', 'shared by 10', 'shared by 80'],
      [
        ['by hand, whole minutes', ...(await resources('peer', '5m'))],
        ['FunctionGroup, whole minutes', ...(await resources('ours', '5m'))],
        ['FunctionGroup, seconds', ...(await resources('ours', '30s'))],
      ],
    );
    printNote('the CDK splits a policy that exceeds its limit: many functions share more resources');
    printNote('aim: at most 5 a function');
  });
}
