import { App } from 'aws-cdk-lib';

const { deployForTest, TestDeploymentError }: typeof import('../../testing') = require('../../dist/testing');

test('the built testing module works in jest, which has its own CommonJS loader', async () => {
  // The error comes from a separate file that is loaded on demand.
  await expect(deployForTest(new App())).rejects.toThrow(TestDeploymentError);
});
