import { failuresIn } from '../../engine/cdk';
import { synthReason, toolReason } from '../../engine/cdk-reason';

test('of an error of Node.js is the message without stack frames and source', () => {
  const stderr = `/app/lib/stack.js:12
    throw new Error('the queue needs a name');
    ^

Error: the queue needs a name
    at new ShopStack (/app/lib/stack.js:12:11)
    at Object.<anonymous> (/app/bin/app.js:5:1)

Node.js v20.20.2
Subprocess exited with error 1
`;
  expect(synthReason(stderr)).toBe('the queue needs a name');
});

test('of an esbuild error is its message with file and line', () => {
  const stderr = `/app/node_modules/x.js:41
            throw new ValidationError();
            ^

ValidationError: could not bundle /app/handlers/beat.ts:

✘ [ERROR] Expected ")" but found "}"

    handlers/beat.ts:3:14:
      3 │   console.log(}
        │               ^
        ╵               )

    at runEsbuild (/app/x.js:1:1)
`;
  const reason = synthReason(stderr);
  expect(reason).toContain('ValidationError: could not bundle /app/handlers/beat.ts:');
  expect(reason).toContain('handlers/beat.ts:3:14:');
  expect(reason).toMatch(/╵ +\)$/);
});

test('of annotations is a list of all of them', () => {
  const stderr = '[Error at /Shop/Queue] no name\n[Warning at /Shop] old\n[Error at /Shop/Bus] no bus\nFound errors\n';
  expect(synthReason(stderr)).toBe('[Error at /Shop/Queue] no name\n[Error at /Shop/Bus] no bus');
});

test('of the TypeScript compiler is a list of all errors', () => {
  const stderr = `TSError: ⨯ Unable to compile TypeScript:
bin/app.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
bin/app.ts(4,7): error TS2304: Cannot find name 'x'.
    at createTSError (/app/node_modules/ts-node/src/index.ts:859:12)
`;
  expect(synthReason(stderr).split('\n')).toHaveLength(3);
});

test('of a Python app is the exception', () => {
  const stderr = `Traceback (most recent call last):
  File "app.py", line 3, in <module>
jsii.errors.JSIIError: the queue needs a name
Subprocess exited with error 1
`;
  expect(synthReason(stderr)).toBe('jsii.errors.JSIIError: the queue needs a name');
});

test('of any other output is its end', () => {
  expect(synthReason('sh: 1: nod: not found\nSubprocess exited with error 127\n')).toBe('sh: 1: nod: not found');
  expect(synthReason('')).toBe('no output');
});

test('of the CDK itself is the line that it marks as failed', () => {
  const output = `Shop: deploying... [1/1]
❌  Shop failed: ToolkitError: the stack is in state UPDATE_ROLLBACK_FAILED
    at x (/app/index.js:1:1)
`;
  expect(toolReason(output)).toBe('Shop failed: ToolkitError: the stack is in state UPDATE_ROLLBACK_FAILED');
});

test('of a stack that MiniStack refuses is the reason, with a remedy for types that it does not know', () => {
  const output = `Shop: creating stack...
❌  Shop failed to deploy
‣ ValidationError: Template format error: Unrecognized resource types: [AWS::Events::Archive]
`;
  expect(toolReason(output)).toBe(
    `ValidationError: Template format error: Unrecognized resource types: [AWS::Events::Archive]
MiniStack does not know these types. Leave them out of a local deploy: create them only if the context katamari:local is not set.`,
  );
});

describe('of a deploy', () => {
  const event = (
    LogicalResourceId: string,
    ResourceStatus: string,
    ResourceStatusReason?: string,
    ResourceType = 'AWS::SQS::Queue',
  ) => ({
    StackName: 'Shop',
    LogicalResourceId,
    ResourceStatus,
    ResourceStatusReason,
    ResourceType,
  });

  test('is a list of the resources that failed first, without those that were cancelled', () => {
    const StackEvents = [
      event('Shop', 'ROLLBACK_IN_PROGRESS', 'failed: [A]', 'AWS::CloudFormation::Stack'),
      event('C', 'CREATE_FAILED', 'Resource creation cancelled'),
      event('B', 'CREATE_FAILED', 'no such bus'),
      event('A', 'UPDATE_FAILED', 'name taken'),
      event('D', 'CREATE_COMPLETE'),
    ];
    expect(failuresIn({ StackEvents })).toEqual([
      'A (AWS::SQS::Queue) of Shop: name taken',
      'B (AWS::SQS::Queue) of Shop: no such bus',
    ]);
  });

  test('is the stack if no resource has a reason', () => {
    const StackEvents = [event('Shop', 'CREATE_FAILED', 'no transform', 'AWS::CloudFormation::Stack')];
    expect(failuresIn({ StackEvents })).toEqual(['Shop (AWS::CloudFormation::Stack) of Shop: no transform']);
  });
});
