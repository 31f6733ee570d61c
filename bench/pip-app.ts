// Synthesizes a stack with a PipLayer once, in a process of its own, in the folder of an app. Arguments: packages.
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Layer, LayerContent, PipLayer } from 'cdk-katamari';

/** Durations of one synth, in milliseconds. */
export interface PipTimes {
  /** Constructing the layer. */
  readonly layer: number;
  /** Constructing the layer and writing the cloud assembly. */
  readonly synth: number;
}

function stackIn(outdir: string): { app: App; stack: Stack } {
  const app = new App({ outdir: join(process.cwd(), outdir) });
  return { app, stack: new Stack(app, 'Bench') };
}

// aws-cdk-lib loads its parts lazily: a small synth first loads what the one with packages needs.
const small = stackIn('cdk.out.load');
new Layer(small.stack, 'Layer', { content: LayerContent.folder('small') });
small.app.synth();

const start = performance.now();
const { app, stack } = stackIn('cdk.out');
new PipLayer(stack, 'Packages', {
  packages: process.argv.slice(2),
  runtime: lambda.Runtime.PYTHON_3_13,
  architecture: lambda.Architecture.ARM_64,
});
const layer = performance.now() - start;
app.synth();
console.log(JSON.stringify({ layer, synth: performance.now() - start } satisfies PipTimes));
