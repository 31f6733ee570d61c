import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonArgument } from '../../../cli/shared/json-argument';

const folder = mkdtempSync(join(tmpdir(), 'katamari-json-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (content: string): string => {
  const path = join(folder, `${content.length}.json`);
  writeFileSync(path, content);
  return path;
};

test.each([
  ['{"id": 42}', { id: 42 }],
  ['[1, "a"]', [1, 'a']],
  ['"text"', 'text'],
  ['null', null],
  [' 7 ', 7],
])('reads %s', (argument, value) => {
  expect(readJsonArgument(argument)).toEqual(value);
});

test('is undefined without an argument', () => {
  expect(readJsonArgument(undefined)).toBeUndefined();
});

test('reads a file', () => {
  expect(readJsonArgument(`@${fileWith('{"a": [true]}')}`)).toEqual({ a: [true] });
});

test('reads standard input', () => {
  expect(readJsonArgument('-', () => '{"from": "stdin"}\n')).toEqual({ from: 'stdin' });
});

test.each([
  ['{id: 42}', /^the argument must be JSON, got: \{id: 42\} \(.+\)$/],
  ['', /^the argument must be JSON, got: nothing \(.+\)$/],
  ['x'.repeat(200), /^the argument must be JSON, got: x{80}… \(.+\)$/],
])('rejects %j, which is not JSON', (argument, message) => {
  expect(() => readJsonArgument(argument)).toThrow(message);
});

test('names the file that does not contain JSON', () => {
  const path = fileWith('{');
  expect(() => readJsonArgument(`@${path}`)).toThrow(`file '${path}' must be JSON, got: { (`);
});

test('names the file that does not exist', () => {
  expect(() => readJsonArgument(`@${folder}/none.json`)).toThrow(/^cannot read file '.*none\.json': ENOENT/);
});

test('names standard input if it is not JSON', () => {
  expect(() => readJsonArgument('-', () => '')).toThrow(/^standard input must be JSON, got: nothing/);
});
