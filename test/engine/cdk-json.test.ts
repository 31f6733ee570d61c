import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCdkContext, requireCdkJson } from '../../engine/cdk-json';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'katamari-cdk-json-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const write = (content: string) => writeFileSync(join(directory, 'cdk.json'), content);

test.each([
  ['{ "context": { "a": 1 } }', { a: 1 }],
  ['{ "app": "node app.js" }', {}],
])('the context of %s is %j', (content, context) => {
  write(content);
  expect(readCdkContext(directory)).toEqual(context);
});

test('a folder without cdk.json has no context and is not an app', () => {
  expect(readCdkContext(directory)).toEqual({});
  expect(() => requireCdkJson(directory)).toThrow(`no cdk.json in ${directory}`);
  write('{}');
  expect(() => requireCdkJson(directory)).not.toThrow();
});

test('a cdk.json that is not JSON is rejected', () => {
  write('{');
  expect(() => readCdkContext(directory)).toThrow(new RegExp(`^${join(directory, 'cdk.json')} must be JSON: `));
});

test.each([
  ['[]', '[]'],
  ['7', '7'],
  ['{ "context": [1] }', '[1]'],
  ['{ "context": "a" }', '"a"'],
])('%s is rejected: its context is not an object', (content, got) => {
  write(content);
  expect(() => readCdkContext(directory)).toThrow(`context in ${join(directory, 'cdk.json')} must be an object, got: ${got}`);
});
