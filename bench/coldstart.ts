import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MINISTACK_REQUIREMENTS, STATE_FOLDER } from '../engine/ministack';
import { virtualEnvironment } from '../engine/python';
import type { ColdStart, StartName } from './coldstart-app';
import { runChild, Samples } from './measure';
import { formatMs, formatRatio, printNote, printTable } from './table';
import { repositoryRoot, type Workspace, withWorkspace } from './workspace';

const ROUNDS = 5;

/** Measures cold starts with packages from a layer and from a dependency store, on MiniStack. */
export async function benchColdStart(): Promise<void> {
  const progress = (text: string) => console.error(`  ${text} …`);
  const state = join(repositoryRoot, STATE_FOLDER);
  await virtualEnvironment(state, MINISTACK_REQUIREMENTS, { progress });
  const samples = new Samples();
  await withWorkspace(async (workspace) => {
    // Uses the MiniStack of this repository, so that none is installed for the app.
    symlinkSync(state, join(workspace.directory, STATE_FOLDER));
    writeSources(workspace);
    progress('deploying to MiniStack, then starting each function');
    const starts = await runChild<ColdStart[]>(join(__dirname, 'coldstart-app.js'), [String(ROUNDS)], {
      cwd: workspace.directory,
    });
    for (const { name, ...parts } of starts) {
      for (const [part, ms] of Object.entries(parts)) samples.add(`${name} ${part}`, ms);
    }
  });
  const row = (label: string, name: StartName, peer: StartName) => [
    label,
    formatMs(samples.median(`${name} whole`)),
    formatRatio(samples.median(`${peer} whole`), samples.median(`${name} whole`)),
    formatPart(samples.median(`${name} load`)),
    formatPart(samples.median(`${name} import`)),
  ];
  printTable(
    `coldstart: from the call to the answer of a new process on MiniStack, median of ${ROUNDS}`,
    ['', 'whole', 'ratio', 'load', 'import'],
    [
      row('Python alone', 'plain', 'layer'),
      row('pandas from a PipLayer', 'layer', 'layer'),
      row('pandas from a DependencyStore', 'store', 'layer'),
      row('the same, still in /tmp', 'storeAgain', 'layer'),
      row('Node.js alone', 'nodePlain', 'nodePlain'),
      row('sharp from a DependencyStore', 'nodeStore', 'nodePlain'),
      row('the same, still in /tmp', 'nodeStoreAgain', 'nodePlain'),
    ],
  );
  printNote('ratio: for Python to the layer, for Node.js to the function alone');
  printNote('load: from S3 into /tmp, for Node.js including the require of the package; import: of pandas');
  printNote('MiniStack unzips a layer for each process, which is measured; AWS Lambda does so before the process starts');
}

/** Leaves out the microseconds of a function that has nothing to load or import. */
function formatPart(ms: number): string {
  return ms < 0.1 ? '-' : formatMs(ms);
}

function writeSources(workspace: Workspace): void {
  workspace.write('cdk.json', '{}');
  workspace.write('plain/app.py', pythonSource('', ''));
  workspace.write('layer/app.py', pythonSource('', 'import pandas'));
  workspace.write('store/app.py', pythonSource(LOAD, 'import pandas'));
  workspace.write('src/plain.ts', NODE_PLAIN);
  workspace.write('src/store.ts', NODE_STORE);
}

const LOAD = `
from katamari_runtime.dependencies import load_dependency
folder = load_dependency("pandas")`;

const pythonSource = (load: string, imports: string) => `
import shutil
import time

began = time.perf_counter()
folder = None
${load}
loaded = time.perf_counter()
${imports}
imported = time.perf_counter()
starts = 0


def run(event, context):
    global starts
    starts += 1
    if event["forget"]:
        shutil.rmtree(folder)
    return {"load": (loaded - began) * 1000, "import": (imported - loaded) * 1000, "starts": starts}
`;

const NODE_PLAIN = `
let starts = 0;

export const handler = async () => ({ load: 0, import: 0, starts: ++starts });
`;

const NODE_STORE = `
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDependencies } from 'cdk-katamari/runtime';

const began = performance.now();
const loading = loadDependencies(['sharp']).then(() => performance.now() - began);
let starts = 0;

export const handler = async ({ forget }: { forget: boolean }) => {
  const load = await loading;
  if (forget) rmSync(join(tmpdir(), 'katamari-dependencies'), { recursive: true });
  return { load, import: 0, starts: ++starts };
};
`;
