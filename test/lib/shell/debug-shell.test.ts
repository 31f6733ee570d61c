import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type FunctionOptions, ManagedFunction, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/testing/handlers/count-words.ts');
const newStack = (context: Record<string, unknown> = { 'katamari:debug': true }) =>
  new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Stack');
const functionIn = (stack: Stack, more: Partial<FunctionOptions> = {}) =>
  new ManagedFunction(stack, 'Orders', { source, debugShell: true, ...more });

test('a function with a shell has its own secret, which it can read', () => {
  const stack = newStack();
  functionIn(stack);
  const template = Template.fromStack(stack);
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Delete',
    Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true }, Name: Match.absent() },
  });
  const [secret] = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { KATAMARI_SHELL_SECRET_ARN: { Ref: secret } } },
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: Match.arrayWith(['secretsmanager:GetSecretValue']), Resource: { Ref: secret } }),
      ]),
    },
  });
});

test('it causes a warning at synth', () => {
  const stack = newStack();
  functionIn(stack);
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Orders',
    Match.stringLikeRegexp(
      "'Orders' has a debug shell: anyone who may invoke it and read its secret can run any code with its role",
    ),
  );
});

test('a function without one has no secret, and no warning', () => {
  const stack = newStack();
  functionIn(stack, { debugShell: false });
  Template.fromStack(stack).resourceCountIs('AWS::SecretsManager::Secret', 0);
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('debug shell'));
});

test.each([
  [undefined, 'undefined'],
  [false, 'false'],
  ['yes', "'yes'"],
])('is rejected if the context is %s', (value, shown) => {
  expect(() => functionIn(newStack(value === undefined ? {} : { 'katamari:debug': value }))).toThrow(
    `debugShell of 'Orders' requires the context 'katamari:debug' to be true, got: ${shown}; use cdk deploy --context katamari:debug=true (at Stack)`,
  );
});

test('is allowed by the context of the command line, which is a string', () => {
  expect(() => functionIn(newStack({ 'katamari:debug': 'true' }))).not.toThrow();
});

test('is rejected for code that is not bundled', () => {
  const code = Source.code(lambda.Code.fromInline('exports.handler = async () => 1;'), { handler: 'index.handler' });
  expect(() => functionIn(newStack(), { source: code })).toThrow(
    /^debugShell of 'Orders' requires a source that can be wrapped; use Source\.typescript, .* \(at Stack\)$/,
  );
});
