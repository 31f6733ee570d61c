// One synth of an app with the functions of a workspace, in a process of its own.
// Arguments: 'ours' or 'peer', how many functions, 'bundle' or 'skip'.
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FunctionGroup, Source } from 'cdk-katamari';
import { functionFile } from './bundling-sources';

/** What one synth took, in milliseconds. */
export interface SynthTimes {
  /** From the start of the process until all of aws-cdk-lib that the stacks use is loaded. */
  readonly load: number;
  /** Constructing the stacks. */
  readonly construct: number;
  /** Writing the cloud assembly. */
  readonly write: number;
}

const [kind, count, bundling] = process.argv.slice(2);

function synth(functions: number, outdir: string, bundle: boolean): SynthTimes {
  const start = performance.now();
  const app = new App({ outdir: join(process.cwd(), outdir), context: bundle ? {} : { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Bench');
  const group = kind === 'ours' ? new FunctionGroup(stack, 'Group') : undefined;
  for (let index = 0; index < functions; index++) {
    const entry = functionFile(index);
    if (group) {
      group.addFunction(`Function${index}`, { source: Source.typescript(entry) });
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
  const constructed = performance.now();
  app.synth();
  return { load: start, construct: constructed - start, write: performance.now() - constructed };
}

// aws-cdk-lib loads a part of itself where it is first used: a small synth loads what the large one needs.
synth(1, `cdk.out.${kind}.load`, false);
console.log(JSON.stringify(synth(Number(count), `cdk.out.${kind}`, bundling === 'bundle')));
