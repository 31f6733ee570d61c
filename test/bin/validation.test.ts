import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { AdaptersStack } from '../../examples/adapters/adapters-stack';
import { skipBundling } from '../../testing';
import { contextOfCdkJson, LOCAL } from './demo';
import { everything } from './everything';

// The check of templates that is part of the CDK, which scripts/jest-setup.cjs switches off for other suites.

const CHECKED = { '@aws-cdk/core:validateAgainstDefaultRules': true };

beforeAll(() => {
  process.env.CDK_VALIDATION = 'true';
});
afterAll(() => {
  process.env.CDK_VALIDATION = 'false';
});

const adapters = (context: Record<string, unknown>): Stack =>
  new AdaptersStack(new App({ context: { ...skipBundling(), ...context } }), 'Adapters');

test.each([
  ['the adapters example on AWS', adapters, {}],
  ['the adapters example on this machine', adapters, LOCAL],
  ['a stack with every option, event source and alias on AWS', everything, {}],
  ['a stack with every option, event source and alias on this machine', everything, LOCAL],
])('the CDK accepts the template of %s', (_name, stack, context) => {
  expect(() => Template.fromStack(stack({ ...contextOfCdkJson(), ...context, ...CHECKED }))).not.toThrow();
});

test('the CDK refuses a template with a wrong function', () => {
  const stack = new Stack(new App({ context: CHECKED }), 'Stack');
  new CfnFunction(stack, 'Wrong', { code: {}, role: 'none', memorySize: 64 });
  expect(() => Template.fromStack(stack)).toThrow();
});
