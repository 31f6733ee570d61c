import { join } from 'node:path';
import type { SynthTimes } from './bundling-app';
import { type Mix, writeFunctions } from './bundling-sources';
import { runChild, Samples } from './measure';
import { formatMs, formatRatio, printNote, printTable } from './table';
import { type Workspace, withWorkspace } from './workspace';

const FUNCTIONS = 40;
const ROUNDS = 3;
const KINDS = ['peer', 'ours'] as const;
const MIXES = ['mixed', 'small'] as const;
const TIMES = ['first', 'unchanged'] as const;
const OUR_CACHE = 'node_modules/.cache';

type When = 'first' | 'unchanged';

/** Measures the bundling of 40 TypeScript functions against NodejsFunction. */
export async function benchBundling(): Promise<void> {
  const samples = new Samples();
  await withWorkspace(async (workspace) => {
    for (const mix of MIXES) writeFunctions(workspace, mix, FUNCTIONS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const mix of MIXES) {
        for (const kind of KINDS) {
          workspace.remove(`cdk.out.${kind}`);
          workspace.remove(OUR_CACHE);
          for (const when of TIMES) await synth(workspace, samples, { kind, mix, when });
        }
      }
    }
  });
  const row = (label: string, measured: (kind: string) => number) => {
    const [peer, ours] = [measured('peer'), measured('ours')];
    return [label, formatMs(peer), formatMs(ours), formatRatio(peer, ours)];
  };
  const of = (mix: Mix, when: When, what: string) => (kind: string) => samples.median(`${kind} ${mix} ${when} ${what}`);
  printTable(
    `bundling: one synth of ${FUNCTIONS} TypeScript functions, median of ${ROUNDS}`,
    ['', 'NodejsFunction', 'Source.typescript', 'ratio'],
    [
      row('first synth: bundling', of('mixed', 'first', 'bundling')),
      row('first synth: bundling, no npm package', of('small', 'first', 'bundling')),
      row('first synth: stacks', of('mixed', 'first', 'stacks')),
      row('first synth: whole', of('mixed', 'first', 'whole')),
      row('nothing changed: bundling', of('mixed', 'unchanged', 'bundling')),
      row('nothing changed: bundling, no npm package', of('small', 'unchanged', 'bundling')),
      row('nothing changed: stacks', of('mixed', 'unchanged', 'stacks')),
      row('nothing changed: whole', of('mixed', 'unchanged', 'whole')),
      row('in every synth: stacks without bundling', of('mixed', 'unchanged', 'others')),
      row('in every synth: loading aws-cdk-lib', of('mixed', 'unchanged', 'load')),
    ],
  );
  printNote('stacks: creating the stacks and writing the cloud assembly, with aws-cdk-lib loaded');
  printNote('bundling: the part of that from an entry to an asset in the cloud assembly');
  printNote('whole: loading aws-cdk-lib, and the stacks');
  printNote('aim, bundling: 20x at the first synth, 100x when nothing changed');
}

async function synth(
  workspace: Workspace,
  samples: Samples,
  { kind, mix, when }: { readonly kind: string; readonly mix: Mix; readonly when: When },
): Promise<void> {
  const times = await runChild<SynthTimes>(join(__dirname, 'bundling-app.js'), [kind, String(FUNCTIONS), mix], {
    cwd: workspace.directory,
  });
  const measured = { ...times, whole: times.load + times.stacks, others: times.stacks - times.bundling };
  for (const [what, ms] of Object.entries(measured)) samples.add(`${kind} ${mix} ${when} ${what}`, ms);
}
