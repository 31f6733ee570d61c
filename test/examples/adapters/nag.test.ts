import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AdaptersStack } from '../../../examples/adapters/adapters-stack';
import { skipBundling } from '../../../testing';
import { contextOfCdkJson } from '../../bin/demo';

test.each([
  ['with the feature flags of this repository', contextOfCdkJson()],
  ['without a feature flag', {}],
])("cdk-nag's AwsSolutions finds what the examples mean, %s, and nothing else", (_how, context) => {
  const stack = new AdaptersStack(new App({ context: { ...context, ...skipBundling() } }), 'Adapters');
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack.node.root);
  const findings = violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
  const prefix =
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:choir-*] at Adapters';
  expect(findings).toEqual([
    // Counters of health: nothing would be restored from a backup of them.
    'AwsSolutions-DDB3 at Adapters/Modules/Health/Resource',
    // The callers of a module by prefix may invoke every function of that prefix: it is what a prefix is for.
    `${prefix}/Modules/Gateway/ServiceRole/DefaultPolicy/Resource`,
    `${prefix}/Example-6-configuration/ServiceRole/DefaultPolicy/Resource`,
    `${prefix}/Example-8-module-info/ServiceRole/DefaultPolicy/Resource`,
  ]);
});
