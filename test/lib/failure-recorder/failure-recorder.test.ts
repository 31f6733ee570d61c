import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FunctionGroup, ManagedFunction, Source } from '../../../lib';
import { skipBundling } from '../../../testing';

const source = Source.typescript('test/fixtures/sources/named.ts');
const RECORDER = { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsFailuresRecord'), 'Arn'] };

function newGroup(context: Record<string, unknown> = {}) {
  const stack = new Stack(new App({ context: { ...skipBundling(), ...context } }), 'Stack');
  return { stack, group: new FunctionGroup(stack, 'Jobs') };
}

test('a tracked function sends its failed invocations to the recorder of its group, and its dead letters to the queue', () => {
  const { stack, group } = newGroup();
  group.addFunction('Poll', { source, every: '20s', retryAttempts: 1 });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: Match.stringLikeRegexp('^JobsPoll') },
    Qualifier: '$LATEST',
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: RECORDER } },
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ KATAMARI_FUNCTION: 'Poll' }) },
    DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsDeadLetters'), 'Arn'] } },
  });
  template.hasResourceProperties('AWS::IAM::Role', {
    Policies: [
      Match.objectLike({
        PolicyDocument: Match.objectLike({
          Statement: Match.arrayWith([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: RECORDER }]),
        }),
      }),
    ],
  });
});

test('the recorder writes to the run table, and can read the configuration of the functions of its group alone', () => {
  const { stack, group } = newGroup();
  for (const name of ['One', 'Two']) group.addFunction(name, { source });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'Records runs that could not start',
    Environment: { Variables: { KATAMARI_RUN_TABLE: { Ref: Match.stringLikeRegexp('^JobsRuns') }, KATAMARI_FUNCTION: 'Record' } },
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^JobsFailuresRecordServiceRole') }],
    PolicyDocument: {
      Statement: [
        {
          Action: 'lambda:GetFunctionConfiguration',
          Effect: 'Allow',
          Resource: [
            { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsOne'), 'Arn'] },
            { 'Fn::GetAtt': [Match.stringLikeRegexp('^JobsTwo'), 'Arn'] },
          ],
        },
      ],
    },
  });
});

test('a group makes one recorder, and each function one more resource', () => {
  const count = (functions: number) => {
    const { stack, group } = newGroup();
    for (let index = 0; index < functions; index++) group.addFunction(`Fn${index}`, { source, on: ['a.b'] });
    return Object.keys(Template.fromStack(stack).toJSON().Resources).length;
  };
  const [none, one, two] = [count(0), count(1), count(2)] as [number, number, number];
  expect(two - one).toBe(5);
  expect(one - none - (two - one)).toBe(5);
});

test.each<[string, (group: FunctionGroup) => void]>([
  ['runs are not tracked', (group) => group.addFunction('Poll', { source, trackRuns: false })],
  [
    'code is not wrapped',
    (group) => group.addFunction('Poll', { source: Source.code(lambda.Code.fromInline('x'), { handler: 'index.handler' }) }),
  ],
  ['group is not set', (group) => new ManagedFunction(group, 'Poll', { source })],
])('a function whose %s has no recorder', (_name, add) => {
  const { stack, group } = newGroup();
  add(group);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
});

test('a function of another stack uses the recorder of its group, without a circle between the stacks', () => {
  const { stack, group } = newGroup();
  const other = new Stack(stack.node.root, 'Other');
  group.addFunction('Here', { source });
  new ManagedFunction(other, 'There', { group, source });
  new ManagedFunction(other, 'ThereToo', { group, source });
  const template = Template.fromStack(other);
  expect(other.dependencies.map(({ stackName }) => stackName)).toEqual(['Stack']);
  expect(stack.dependencies).toEqual([]);
  template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
  template.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ 'Fn::ImportValue': Match.stringLikeRegexp('JobsFailuresRecordServiceRole') }],
    PolicyDocument: { Statement: [Match.objectLike({ Action: 'lambda:GetFunctionConfiguration' })] },
  });
});

test('in a local run the recorder sends the dead letters, because the engine sends an event to one of the two', () => {
  const variables = (context: Record<string, unknown>) => {
    const { stack, group } = newGroup(context);
    group.addFunction('Poll', { source });
    const [recorder] = Object.values(
      Template.fromStack(stack).findResources('AWS::Lambda::Function', {
        Properties: { Description: 'Records runs that could not start' },
      }),
    );
    return recorder?.Properties.Environment.Variables;
  };
  expect(variables({})).not.toHaveProperty('KATAMARI_DEAD_LETTER_QUEUE_URL');
  expect(variables({ 'katamari:local': true })).toMatchObject({
    KATAMARI_DEAD_LETTER_QUEUE_URL: { Ref: expect.stringMatching(/^JobsDeadLetters/) },
  });
});

test('a destination of the user replaces the recorder', () => {
  const { stack, group } = newGroup();
  const queue = new sqs.Queue(stack, 'Mine');
  group.addFunction('Poll', { source, onFailure: new SqsDestination(queue) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Mine'), 'Arn'] } } },
  });
  template.resourceCountIs('AWS::Lambda::Function', 1);
});

test.each([
  ['on AWS a function with dead letters of its own has the recorder as well', {}, 1],
  ['the local engine sends an event to one of the two, so the dead letters come first', { 'katamari:local': true }, 0],
])('%s', (_name, context, count) => {
  const { stack, group } = newGroup(context);
  group.addFunction('Poll', { source, deadLetterQueue: new sqs.Queue(stack, 'Mine') });
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventInvokeConfig', count);
});

test('an alias of a tracked function sends its failed invocations to the recorder, or to its own destination', () => {
  const { stack, group } = newGroup();
  const fn = group.addFunction('Poll', { source });
  fn.addTrafficAlias('live');
  fn.addTrafficAlias('mine', { onFailure: new SqsDestination(new sqs.Queue(stack, 'Mine')) });
  const destinations = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::EventInvokeConfig')).map(
    ({ Properties }) => Properties.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0],
  );
  expect(destinations.sort()).toEqual([
    expect.stringMatching(/^JobsFailuresRecord/),
    expect.stringMatching(/^JobsFailuresRecord/),
    expect.stringMatching(/^Mine/),
  ]);
});
