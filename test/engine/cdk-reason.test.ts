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

test.each([
  [
    'Node.js',
    `/app/bin/app.js:2
const b = ;
          ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)

Node.js v20.20.2
Subprocess exited with error 1
`,
    "/app/bin/app.js:2\nconst b = ;\n          ^\n\nSyntaxError: Unexpected token ';'",
  ],
  [
    'a module of Node.js',
    `file:///app/bin/app.mjs:1
import { nothing } from 'node:fs';
         ^^^^^^^
SyntaxError: The requested module 'node:fs' does not provide an export named 'nothing'
    at ModuleJob._instantiate (node:internal/modules/esm/module_job:220:21)
`,
    "file:///app/bin/app.mjs:1\nimport { nothing } from 'node:fs';\n         ^^^^^^^\nSyntaxError: The requested module 'node:fs' does not provide an export named 'nothing'",
  ],
  [
    'JSON that the app parses',
    `<anonymous_script>:1
{

SyntaxError: Expected property name or '}' in JSON at position 1
    at JSON.parse (<anonymous>)
    at Object.<anonymous> (/app/bin/app.js:1:6)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)
`,
    "SyntaxError: Expected property name or '}' in JSON at position 1\n    at Object.<anonymous> (/app/bin/app.js:1:6)",
  ],
  [
    'Python',
    `  File "/app/app.py", line 1
    def f(:
          ^
SyntaxError: invalid syntax
Subprocess exited with error 1
`,
    'File "/app/app.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax',
  ],
])('of a syntax error of %s has its file and line', (_what, stderr, reason) => {
  expect(synthReason(stderr)).toBe(reason);
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
