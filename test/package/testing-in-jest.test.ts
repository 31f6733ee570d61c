import { App } from 'aws-cdk-lib';

const { deployForTest, TestDeploymentError }: typeof import('../../testing') = require('../../dist/testing');

test('what is built for tests works in jest, which loads CommonJS in a way of its own', async () => {
  // It is refused by what lies in a file of its own, loaded when it is needed.
  await expect(deployForTest(new App())).rejects.toThrow(TestDeploymentError);
});
