import { join } from 'node:path';
import type { SynthTimes } from './bundling-app';
import { writeFunctions } from './bundling-sources';
import { runChild, Samples } from './measure';
import { formatMs, formatRatio, printNote, printTable } from './table';
import { type Workspace, withWorkspace } from './workspace';

const FUNCTIONS = 40;
const ROUNDS = 3;
const KINDS = ['peer', 'ours'] as const;
const OUR_CACHE = 'node_modules/.cache';

/** Bundling 40 TypeScript functions, against NodejsFunction. */
export async function benchBundling(): Promise<void> {
  const samples = new Samples();
  await withWorkspace(async (workspace) => {
    writeFunctions(workspace, FUNCTIONS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of KINDS) {
        workspace.remove(`cdk.out.${kind}`);
        workspace.remove(OUR_CACHE);
        await synth(workspace, samples, kind, 'first', 'bundle');
        await synth(workspace, samples, kind, 'unchanged', 'bundle');
        await synth(workspace, samples, kind, 'skipped', 'skip');
      }
    }
  });
  const row = (label: string, measured: (kind: string) => number) => {
    const [peer, ours] = [measured('peer'), measured('ours')];
    return [label, formatMs(peer), formatMs(ours), formatRatio(peer, ours)];
  };
  const of = (when: string, what: string) => (kind: string) => samples.median(`${kind} ${when} ${what}`);
  const bundlingOf = (when: string) => (kind: string) => of(when, 'stacks')(kind) - of('skipped', 'stacks')(kind);
  printTable(
    `bundling: one synth of ${FUNCTIONS} TypeScript functions, median of ${ROUNDS}`,
    ['', 'NodejsFunction', 'Source.typescript', 'ratio'],
    [
      row('first synth: bundling', bundlingOf('first')),
      row('first synth: stacks', of('first', 'stacks')),
      row('first synth: whole process', of('first', 'process')),
      row('nothing changed: bundling', bundlingOf('unchanged')),
      row('nothing changed: stacks', of('unchanged', 'stacks')),
      row('nothing changed: whole process', of('unchanged', 'process')),
      row('without bundling: stacks', of('skipped', 'stacks')),
      row('without bundling: whole process', of('skipped', 'process')),
      row('in each process: loading aws-cdk-lib', of('skipped', 'load')),
    ],
  );
  printNote('stacks: constructing them and writing the cloud assembly, with aws-cdk-lib loaded');
  printNote('bundling: stacks, less the same stacks without bundling');
  printNote('aim, bundling: 20x at the first synth, 100x when nothing changed');
}

async function synth(
  workspace: Workspace,
  samples: Samples,
  kind: string,
  when: string,
  bundling: 'bundle' | 'skip',
): Promise<void> {
  const start = performance.now();
  const times = await runChild<SynthTimes>(join(__dirname, 'bundling-app.js'), [kind, String(FUNCTIONS), bundling], {
    cwd: workspace.directory,
  });
  samples.add(`${kind} ${when} process`, performance.now() - start);
  samples.add(`${kind} ${when} load`, times.load);
  samples.add(`${kind} ${when} stacks`, times.construct + times.write);
}
