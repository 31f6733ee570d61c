import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { skipBundling } from '../../testing';
import { contextOfCdkJson, demoStack, LOCAL } from './demo';

const findings = (stack: ReturnType<typeof demoStack>) =>
  new AwsSolutionsChecks(stack)
    .validateScope(stack.node.root)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

test.each([
  ['on AWS', contextOfCdkJson()],
  ['on this machine', { ...contextOfCdkJson(), ...LOCAL }],
  ['without a feature flag', {}],
])("cdk-nag's AwsSolutions finds nothing in the demo %s", (_where, context) => {
  expect(findings(demoStack({ ...skipBundling(), ...context }))).toEqual([]);
});

test('cdk-nag finds a problem in a wrong stack', () => {
  const stack = demoStack(skipBundling());
  new Bucket(stack, 'Open');
  expect(findings(stack)).toContain('AwsSolutions-S10 at KatamariFeeds/Open/Resource');
});
