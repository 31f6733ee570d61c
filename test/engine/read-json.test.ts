import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readJson } from '../../engine/read-json';

const SCHEMA = z.object({ version: z.string(), bin: z.object({ cdk: z.string() }) });

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'katamari-read-json-')), 'package.json');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

test('a file that matches the schema is read, without the other values', () => {
  writeFileSync(path, '{ "version": "2.1.0", "bin": { "cdk": "bin/cdk" }, "license": "none" }');
  expect(readJson(path, SCHEMA)).toEqual({ version: '2.1.0', bin: { cdk: 'bin/cdk' } });
});

test.each([
  ['{}', 'version in PATH must be of the type string, got: undefined'],
  ['{ "version": 2, "bin": { "cdk": "bin/cdk" } }', 'version in PATH must be of the type string, got: 2'],
  ['{ "version": "2.1.0", "bin": {} }', 'bin.cdk in PATH must be of the type string, got: undefined'],
  ['[]', 'PATH must be of the type object, got: []'],
])('%s is refused', (content, message) => {
  writeFileSync(path, content);
  expect(() => readJson(path, SCHEMA)).toThrow(message.replace('PATH', path));
});

test('a file that is missing or not JSON is refused', () => {
  expect(() => readJson(path, SCHEMA)).toThrow(`cannot read ${path}: ENOENT`);
  writeFileSync(path, '{');
  expect(() => readJson(path, SCHEMA)).toThrow(`cannot read ${path}: `);
});
