import { droppedProperties } from '../../engine/dropped-properties';
import { resolveValue, type StackValues } from '../../engine/template-values';

const values: StackValues = {
  region: 'us-east-1',
  account: '000000000000',
  exported: new Map([['Other:Queue', 'arn:aws:sqs:us-east-1:000000000000:other']]),
  resources: new Map([
    ['Table', { type: 'AWS::DynamoDB::Table', physicalId: 'Shop-Table-1' }],
    ['Queue', { type: 'AWS::SQS::Queue', physicalId: 'http://127.0.0.1:4566/000000000000/Shop-Queue-1' }],
    ['Topic', { type: 'AWS::SNS::Topic', physicalId: 'arn:aws:sns:us-east-1:000000000000:Shop-Topic-1' }],
    ['Fn', { type: 'AWS::Lambda::Function', physicalId: 'Shop-Fn-1' }],
  ]),
};
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:Shop-Queue-1';

test.each([
  ['text', 'text'],
  [7, '7'],
  [{ Ref: 'Table' }, 'Shop-Table-1'],
  [{ Ref: 'AWS::Region' }, 'us-east-1'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, QUEUE_ARN],
  [{ 'Fn::GetAtt': 'Queue.Arn' }, QUEUE_ARN],
  [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'Shop-Queue-1'],
  [{ 'Fn::GetAtt': ['Topic', 'TopicArn'] }, 'arn:aws:sns:us-east-1:000000000000:Shop-Topic-1'],
  [{ 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:us-east-1:000000000000:function:Shop-Fn-1'],
  [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:aws:dynamodb:us-east-1:000000000000:table/Shop-Table-1'],
  [{ 'Fn::ImportValue': 'Other:Queue' }, 'arn:aws:sqs:us-east-1:000000000000:other'],
  [
    {
      'Fn::Join': [
        '',
        ['arn:', { Ref: 'AWS::Partition' }, ':sqs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':q'],
      ],
    },
    'arn:aws:sqs:us-east-1:000000000000:q',
  ],
  [{ Ref: 'Nothing' }, undefined],
  [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, undefined],
  [{ 'Fn::GetAtt': ['Nothing', 'Arn'] }, undefined],
  [{ 'Fn::ImportValue': 'None' }, undefined],
  [{ 'Fn::Join': ['', ['a', { Ref: 'Nothing' }]] }, undefined],
  [{ 'Fn::Select': [0, []] }, undefined],
  [{}, undefined],
  [null, undefined],
  [undefined, undefined],
])('%j stands for %j', (value, text) => {
  expect(resolveValue(value, values)).toBe(text);
});

test('the properties that CloudFormation in MiniStack drops are found in the template', () => {
  const template = {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } },
    },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }, ReservedConcurrentExecutions: 2 },
    },
    Queue: { Type: 'AWS::SQS::Queue' },
  };
  expect(droppedProperties(template, values)).toEqual([
    { kind: 'timeToLive', table: 'Shop-Table-1', attribute: 'expiresAt' },
    { kind: 'deadLetter', functionName: 'Shop-Fn-1', targetArn: QUEUE_ARN },
    { kind: 'concurrency', functionName: 'Shop-Fn-1', limit: 2 },
  ]);
});

test('the reserved concurrency of a function can be 0', () => {
  const template = { Fn: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 0 } } };
  expect(droppedProperties(template, values)).toEqual([{ kind: 'concurrency', functionName: 'Shop-Fn-1', limit: 0 }]);
});

test.each([
  ['has none of it', { Table: { Type: 'AWS::DynamoDB::Table' }, Fn: { Type: 'AWS::Lambda::Function' } }],
  [
    'has it switched off',
    { Table: { Type: 'AWS::DynamoDB::Table', Properties: { TimeToLiveSpecification: { AttributeName: 'x', Enabled: false } } } },
  ],
  [
    'is not deployed',
    { Gone: { Type: 'AWS::DynamoDB::Table', Properties: { TimeToLiveSpecification: { AttributeName: 'x', Enabled: true } } } },
  ],
])('a resource that %s needs nothing', (_why, template) => {
  expect(droppedProperties(template, values)).toEqual([]);
});
