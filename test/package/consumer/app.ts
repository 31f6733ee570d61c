import { App, Duration, Stack } from 'aws-cdk-lib';
import { FunctionGroup, Interval, Overlap, ScheduledFunction, Source } from 'cdk-katamari';
import { lambdaContext, skipBundling, templateSnapshot } from 'cdk-katamari/testing';
import { test as hasHash, serialize } from 'cdk-katamari/testing/serializer';

function stackIn(app: App): Stack {
  const stack = new Stack(app, 'Consumer');
  const group = new FunctionGroup(stack, 'Group', { defaults: { memorySize: 256 } });
  const job = group.addFunction('Job', {
    source: Source.typescript('job.ts'),
    every: '30s',
    overlap: Overlap.skip(2),
    timeout: Duration.minutes(1),
    environment: { GREETING: 'hello' },
  });
  group.addFunction('Listener', { source: Source.typescript('job.ts', { handler: 'listener' }), on: ['greeted'] });
  if (!(job instanceof ScheduledFunction)) throw new Error('a function with an interval must be a ScheduledFunction');
  return stack;
}

const app = new App({ outdir: 'cdk.out' });
stackIn(app);
app.synth();

const snapshot = JSON.stringify(templateSnapshot(stackIn(new App({ context: skipBundling() }))));
if (/\b[0-9a-f]{64}\b/.test(snapshot)) throw new Error('the hash of an asset is not masked');

const hash = 'ab'.repeat(32);
const seconds: number = Interval.parse('1m30s').seconds;
const left: number = lambdaContext({ timeoutMs: 5_000 }).getRemainingTimeInMillis();
console.log(JSON.stringify({ seconds, left: left > 4_000, masked: hasHash(hash) && serialize(hash) }));
