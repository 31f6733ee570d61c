// Measures cold starts of functions deployed to MiniStack, in the folder of an app. Argument: rounds.
import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DependencyStore, FunctionGroup, PipLayer, Source, StoredDependency } from 'cdk-katamari';
import { deployForTest } from 'cdk-katamari/testing';

/** Durations of one cold start, in milliseconds. */
export interface ColdStart {
  readonly name: StartName;
  /** From the call to the response, including the start of a process. */
  readonly whole: number;
  /** The part that loads dependencies from the store. */
  readonly load: number;
  /** The part that imports the package. */
  readonly import: number;
}

/** Response of the functions. */
interface Answer {
  readonly load: number;
  readonly import: number;
  readonly starts: number;
}

const rounds = Number(process.argv[2]);

/** Starts in their order: a function, and whether `/tmp` is empty. */
const STARTS = {
  plain: { fn: 'Plain', forget: false },
  layer: { fn: 'Layer', forget: false },
  store: { fn: 'Store', forget: false },
  storeAgain: { fn: 'Store', forget: true },
  nodePlain: { fn: 'NodePlain', forget: false },
  nodeStore: { fn: 'NodeStore', forget: false },
  nodeStoreAgain: { fn: 'NodeStore', forget: true },
};

/** Name of a cold start. */
export type StartName = keyof typeof STARTS;

function addFunctions(stack: Stack): void {
  const python = { runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.ARM_64 };
  const group = new FunctionGroup(stack, 'Group', {
    removalPolicy: RemovalPolicy.DESTROY,
    defaults: { memorySize: 2_048, timeout: Duration.minutes(5), trackRuns: false },
  });
  group.addFunction('Plain', { ...python, source: Source.python('plain', { handler: 'app.run' }) });
  const layer = new PipLayer(stack, 'Packages', { ...python, packages: ['pandas'] });
  group.addFunction('Layer', { ...python, source: Source.python('layer', { handler: 'app.run' }), layers: [layer] });
  const dependencies = [StoredDependency.pip('pandas')];
  const ephemeralStorageSize = Size.gibibytes(2);
  const fromStore = group.addFunction('Store', {
    ...python,
    source: Source.python('store', { handler: 'app.run' }),
    ephemeralStorageSize,
  });
  new DependencyStore(stack, 'Heavy', { ...python, dependencies }).addTo(fromStore);
  group.addFunction('NodePlain', { source: Source.typescript('src/plain.ts') });
  const node = group.addFunction('NodeStore', { source: Source.typescript('src/store.ts'), ephemeralStorageSize });
  new DependencyStore(stack, 'HeavyNode', { dependencies: [StoredDependency.npm('sharp')] }).addTo(node);
}

async function main(): Promise<void> {
  const deployment = await deployForTest((app) => addFunctions(new Stack(app, 'ColdStart')));
  const measured: ColdStart[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [name, { fn: functionName, forget }] of Object.entries(STARTS)) {
        const fn = deployment.function(functionName);
        // New settings make Lambda start a new process.
        await fn.addEnvironment({ BENCH_ROUND: `${name} ${round}` });
        const start = performance.now();
        const answer = (await fn.invoke({ forget })) as Answer;
        const whole = performance.now() - start;
        if (answer.starts !== 1) throw new Error(`'${name}' must run in a new process, got: start ${answer.starts}`);
        measured.push({ name: name as StartName, whole, load: answer.load, import: answer.import });
      }
    }
  } finally {
    await deployment.cleanUp();
  }
  console.log(JSON.stringify(measured));
}

void main();
