import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { RunTable, type RunTableProps } from '../../../lib';

function synth(props?: RunTableProps) {
  const stack = new Stack(new App(), 'Stack');
  return { stack, table: new RunTable(stack, 'Runs', props) };
}

test('is an on-demand table with a TTL and an index by start', () => {
  const { stack } = synth();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::DynamoDB::Table', 1);
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    GlobalSecondaryIndexes: [
      Match.objectLike({
        IndexName: 'by-start',
        KeySchema: [
          { AttributeName: 'function', KeyType: 'HASH' },
          { AttributeName: 'startedAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      }),
    ],
  });
  template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('the removal policy can be chosen', () => {
  const { stack } = synth({ removalPolicy: RemovalPolicy.DESTROY });
  Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
});

test.each([1, 3650])('keeps records %p days', (retentionDays) => {
  const { stack, table } = synth({ retentionDays });
  const fn = new lambda.Function(stack, 'Fn', {
    code: lambda.Code.fromInline('x'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
  });
  table.addTo(fn).assertSuccess();
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        KATAMARI_RUN_RETENTION_DAYS: String(retentionDays),
        KATAMARI_RUN_TABLE: { Ref: Match.stringLikeRegexp('Runs') },
      },
    },
  });
});

test.each([0, 3651, 1.5])('rejects a retention of %p days', (retentionDays) => {
  expect(() => synth({ retentionDays })).toThrow(
    new Error(`retentionDays must be a whole number between 1 and 3650, got: ${retentionDays} (at Stack/Runs)`),
  );
});

test('a function can only read and write items of the table', () => {
  const { stack, table } = synth();
  const fn = new lambda.Function(stack, 'Fn', {
    code: lambda.Code.fromInline('x'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
  });
  table.addTo(fn);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Runs'), 'Arn'] },
        },
      ],
    },
  });
});
