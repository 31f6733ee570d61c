// Synthesizes an app of scheduled functions once, in a process of its own. Arguments: 'ours' or 'peer', number of functions.
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { FunctionGroup, Source } from 'cdk-katamari';
import { functionFile } from './bundling-sources';

/** A stack may have 500 resources: 5 for each function, and the shared ones. */
const FUNCTIONS_A_STACK = 90;

/** Measurements of one synth. */
export interface SynthResult {
  /** Constructing the stacks and writing the cloud assembly, with aws-cdk-lib loaded, in milliseconds. */
  readonly ms: number;
  /** Resources of all stacks. */
  readonly resources: number;
}

const [kind, count, every = '5m'] = process.argv.slice(2);

function synth(functions: number): SynthResult {
  const start = performance.now();
  // The benchmark 'bundling' measures bundling.
  const app = new App({
    outdir: 'cdk.out.synth',
    // The stacks by hand exceed the limit of resources, but are never deployed.
    context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:stackResourceLimit': 0 },
  });
  const stacks: Stack[] = [];
  for (let first = 0; first < Math.max(functions, 1); first += FUNCTIONS_A_STACK) {
    const stack = new Stack(app, `Bench${stacks.length}`);
    stacks.push(stack);
    const add = kind === 'ours' ? ourStack(stack) : peerStack(stack);
    for (let index = first; index < Math.min(first + FUNCTIONS_A_STACK, functions); index++) add(`Function${index}`);
  }
  const assembly = app.synth();
  const ms = performance.now() - start;
  const counts = stacks.map(({ stackName }) => Object.keys(assembly.getStackByName(stackName).template.Resources ?? {}).length);
  return { ms, resources: counts.reduce((sum, ofStack) => sum + ofStack, 0) };
}

type AddFunction = (id: string) => void;

function ourStack(stack: Stack): AddFunction {
  const group = new FunctionGroup(stack, 'Group');
  // Creates the shared ticker before the first function is counted.
  if (every.endsWith('s')) void group.ticker;
  const source = Source.typescript(functionFile('small', 0));
  return (id) => group.addFunction(id, { source, every });
}

/** The same with the constructs of the CDK, as you would write it by hand: function, log group, schedule. */
function peerStack(stack: Stack): AddFunction {
  const scheduleGroup = new scheduler.ScheduleGroup(stack, 'Schedules');
  return (id) => {
    const fn = new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => {};'),
      logGroup: new logs.LogGroup(stack, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH }),
    });
    new scheduler.Schedule(stack, `${id}Schedule`, {
      schedule: scheduler.ScheduleExpression.expression('rate(5 minutes)'),
      scheduleGroup,
      target: new LambdaInvoke(fn),
    });
  };
}

// aws-cdk-lib loads its parts lazily: a small synth first loads what the large one needs.
synth(1);
console.log(JSON.stringify(synth(Number(count))));
