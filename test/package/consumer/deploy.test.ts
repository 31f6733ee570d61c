import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stack, type Stage } from 'aws-cdk-lib';
import { FunctionGroup, Source } from 'cdk-katamari';
import { FunctionFailedError } from 'cdk-katamari/client';
import { deployForTest, type TestDeployment } from 'cdk-katamari/testing';

function stackIn(app: Stage): Stack {
  const stack = new Stack(app, 'Consumer');
  new FunctionGroup(stack, 'Group').addFunction('Job', { source: Source.typescript('job.ts', { handler: 'count' }) });
  return stack;
}

let deployment: TestDeployment<Stack>;
before(async () => {
  deployment = await deployForTest(stackIn);
});
after(() => deployment?.cleanUp());

test('a deployed function answers, and its run is recorded', async () => {
  assert.deepEqual(await deployment.function('Job').invoke({ letters: 'abc' }), { letters: 3 });
  const [run] = await deployment.runs('Job');
  assert.equal(run?.state, 'Completed');
});

test('one that fails is of the class that the runtime exports', async () => {
  await assert.rejects(deployment.function('Job').invoke({}), FunctionFailedError);
});
