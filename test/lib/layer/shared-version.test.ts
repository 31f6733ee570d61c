import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { PipLayer, type PipLayerProps, PythonBundling } from '../../../lib';
import { skipBundling } from '../../../testing';

test('a layer is one version for all layers of a stack with the same packages and options', () => {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  const options: PipLayerProps = { packages: ['main', 'other>=1'], description: 'd' };
  const [first, second] = ['A', 'B'].map((id) => new PipLayer(new Construct(stack, id), 'Layer', { ...options })) as [
    PipLayer,
    PipLayer,
  ];
  // The order of the list does not matter.
  const third = new PipLayer(stack, 'C', { ...options, packages: ['other>=1', 'main'] });
  for (const layer of [second, third]) expect(stack.resolve(layer.layerVersionArn)).toEqual(stack.resolve(first.layerVersionArn));
  third.addPermission('Other', { accountId: '123456789012' });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  template.hasResourceProperties('AWS::Lambda::LayerVersionPermission', {
    LayerVersionArn: stack.resolve(first.layerVersionArn),
  });
});

test.each<[string, Partial<PipLayerProps>]>([
  ['packages', { packages: ['main>=1'] }],
  ['a runtime', { runtime: lambda.Runtime.PYTHON_3_12 }],
  ['an architecture', { architecture: lambda.Architecture.X86_64 }],
  ['compatible runtimes', { compatibleRuntimes: [lambda.Runtime.PYTHON_3_13, lambda.Runtime.PYTHON_3_12] }],
  ['a method to install', { bundling: PythonBundling.docker() }],
  ['a name', { layerVersionName: 'name' }],
  ['a description', { description: 'other' }],
  ['a license', { license: 'MIT' }],
  ['a removal policy', { removalPolicy: RemovalPolicy.RETAIN }],
])('a layer with %s of its own has a version of its own', (_what, own) => {
  const stack = new Stack(new App({ context: skipBundling() }), 'Stack');
  new PipLayer(stack, 'A', { packages: ['main'] });
  new PipLayer(stack, 'B', { packages: ['main'], ...own });
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::LayerVersion', 2);
});

test('a layer of another stack has a version of its own', () => {
  const app = new App({ context: skipBundling() });
  const [one, two] = ['One', 'Two'].map((id) => new Stack(app, id)) as [Stack, Stack];
  for (const stack of [one, two]) new PipLayer(stack, 'Layer', { packages: ['main'] });
  for (const stack of [one, two]) Template.fromStack(stack).resourceCountIs('AWS::Lambda::LayerVersion', 1);
});
