// Synthesizes an app with the functions of a workspace once, in a process of its own.
// Arguments: 'ours' or 'peer', number of functions, mix of imports.
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FunctionGroup, Source } from 'cdk-katamari';
import { functionFile, type Mix } from './bundling-sources';

/** Durations of one synth, in milliseconds. */
export interface SynthTimes {
  /** Until every part of aws-cdk-lib that the stacks use is loaded, from the start of the process. */
  readonly load: number;
  /** Constructing the stacks and writing the cloud assembly. */
  readonly stacks: number;
  /** The part from an entry to an asset in the cloud assembly. */
  readonly bundling: number;
}

const [kind, count, mix] = process.argv.slice(2);

let bundling = 0;

/** Adds the duration of each `bind` to the bundling time. */
function timed<T extends { bind(...args: never[]): unknown }>(object: T): T {
  const bind = object.bind;
  object.bind = function (this: T, ...args: never[]) {
    const start = performance.now();
    try {
      return bind.apply(this, args);
    } finally {
      bundling += performance.now() - start;
    }
  };
  return object;
}

// NodejsFunction bundles in the `bind` of its code. Ours bundles in the `bind` of its source, and its code adds the asset.
timed(lambda.AssetCode.prototype);

function synth(functions: number, outdir: string, bundle: boolean): Omit<SynthTimes, 'load'> {
  bundling = 0;
  const start = performance.now();
  const app = new App({ outdir: join(process.cwd(), outdir), context: bundle ? {} : { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Bench');
  const group = kind === 'ours' ? new FunctionGroup(stack, 'Group') : undefined;
  for (let index = 0; index < functions; index++) {
    const entry = functionFile(mix as Mix, index);
    if (group) {
      group.addFunction(`Function${index}`, { source: timed(Source.typescript(entry)) });
    } else {
      new NodejsFunction(stack, `Function${index}`, {
        entry,
        runtime: lambda.Runtime.NODEJS_24_X,
        bundling: {
          sourceMap: true,
          sourceMapMode: SourceMapMode.EXTERNAL,
          sourcesContent: false,
          mainFields: ['module', 'main'],
        },
      });
    }
  }
  app.synth();
  return { stacks: performance.now() - start, bundling };
}

// aws-cdk-lib loads its parts lazily: a small synth first loads what the large one needs.
synth(1, `cdk.out.${kind}.load`, false);
const load = performance.now();
console.log(JSON.stringify({ load, ...synth(Number(count), `cdk.out.${kind}`, true) } satisfies SynthTimes));
