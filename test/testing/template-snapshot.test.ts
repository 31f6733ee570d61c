import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { FunctionGroup, Source } from '../../lib';
import { maskAssetHashes, skipBundling, templateSnapshot } from '../../testing';
import * as serializer from '../../testing/serializer';

const HASH = 'a1'.repeat(32);
const OTHER = 'b2'.repeat(32);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-testing-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function stackOf(code: string): Stack {
  const directory = join(folder, 'code');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.js'), code);
  const stack = new Stack(new App({ outdir: mkdtempSync(join(folder, 'out-')) }), 'Stack');
  new LambdaFunction(stack, 'Function', {
    code: Code.fromAsset(directory),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
  });
  return stack;
}

describe('templateSnapshot', () => {
  test('does not change if only code changes', () => {
    const [before, after] = [stackOf('exports.handler = () => 1;'), stackOf('exports.handler = () => 2;')];
    expect(Template.fromStack(after).toJSON()).not.toEqual(Template.fromStack(before).toJSON());
    expect(templateSnapshot(after)).toEqual(templateSnapshot(before));
  });

  test('masks only the hash', () => {
    const stack = stackOf('exports.handler = () => 1;');
    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    const [masked] = Object.values((templateSnapshot(stack) as { Resources: Record<string, typeof resource> }).Resources).filter(
      (one) => one?.Type === 'AWS::Lambda::Function',
    );
    expect(masked?.Properties.Code.S3Key).toBe('[ASSET HASH].zip');
    expect({ ...masked, Properties: { ...masked?.Properties, Code: undefined } }).toEqual({
      ...resource,
      Properties: { ...resource?.Properties, Code: undefined },
      Metadata: resource?.Metadata,
    });
  });

  test('changes with anything but code', () => {
    const [before, after] = [stackOf('1'), stackOf('1')];
    (after.node.findChild('Function') as LambdaFunction).addEnvironment('STAGE', 'prod');
    expect(templateSnapshot(after)).not.toEqual(templateSnapshot(before));
  });
});

test.each([
  ['alone', HASH, '[ASSET HASH]'],
  ['as a file', `${HASH}.zip`, '[ASSET HASH].zip'],
  ['as the tag of an image', `assets:${HASH}`, 'assets:[ASSET HASH]'],
  ['twice', `${HASH}/${OTHER}`, '[ASSET HASH]/[ASSET HASH]'],
  ['with a digit less', HASH.slice(1), HASH.slice(1)],
  ['with a digit more', `${HASH}0`, `${HASH}0`],
  ['in capitals', HASH.toUpperCase(), HASH.toUpperCase()],
])('a hash %s', (_name, text, masked) => {
  expect(maskAssetHashes(text)).toBe(masked);
});

describe('the serializer', () => {
  test('masks hashes anywhere in a snapshot', () => {
    expect({ Code: { S3Key: `${HASH}.zip` }, tags: [`x:${OTHER}`], other: 'text "quoted"' }).toMatchInlineSnapshot(`
{
  "Code": {
    "S3Key": "[ASSET HASH].zip",
  },
  "other": "text "quoted"",
  "tags": [
    "x:[ASSET HASH]",
  ],
}
`);
  });

  test('applies only to strings with a hash', () => {
    expect([HASH, 'text', 7, null, undefined, { HASH }].map(serializer.test)).toEqual([true, false, false, false, false, false]);
  });
});

describe('skipBundling', () => {
  const stackIn = (context?: Record<string, unknown>) => {
    const stack = new Stack(new App({ outdir: mkdtempSync(join(folder, 'out-')), context }), 'Stack');
    const entry = join(folder, 'broken.ts');
    writeFileSync(entry, 'export const handler = (;');
    return () => {
      new FunctionGroup(stack, 'Group').addFunction('Job', { source: Source.typescript(entry), every: '1m' });
      return Template.fromStack(stack);
    };
  };

  test('synthesizes without bundling, so that an entry that does not build is not an error', () => {
    expect(stackIn()).toThrow(/broken\.ts/);
    const template = stackIn(skipBundling())();
    template.hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.handler' });
    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
  });
});
