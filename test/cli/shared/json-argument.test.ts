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

const read = async (...args: Parameters<typeof readJsonArgument>) => JSON.parse((await readJsonArgument(...args))?.text ?? '');

test.each([
  ['{"id": 42}', { id: 42 }],
  ['[1, "a"]', [1, 'a']],
  ['"text"', 'text'],
  ['null', null],
  [' 7 ', 7],
])('reads %s', async (argument, value) => {
  expect(await read(argument)).toEqual(value);
});

test('is undefined without an argument', async () => {
  expect(await readJsonArgument(undefined)).toBeUndefined();
});

test('reads a file', async () => {
  expect(await read(`@${fileWith('{"a": [true]}')}`)).toEqual({ a: [true] });
});

test('reads standard input', async () => {
  expect(await read('-', async () => '{"from": "stdin"}\n')).toEqual({ from: 'stdin' });
});

test.each([
  ['{id: 42}', /^the argument must be JSON, got: \{id: 42\} \(.+\)$/],
  ['', /^the argument must be JSON, got: nothing \(.+\)$/],
  ['x'.repeat(200), /^the argument must be JSON, got: x{80}… \(.+\)$/],
])('rejects %j, which is not JSON', async (argument, message) => {
  await expect(readJsonArgument(argument)).rejects.toThrow(message);
});

test('names the file that does not contain JSON', async () => {
  const path = fileWith('{');
  await expect(readJsonArgument(`@${path}`)).rejects.toThrow(`file '${path}' must be JSON, got: { (`);
});

test('names the file that does not exist', async () => {
  await expect(readJsonArgument(`@${folder}/none.json`)).rejects.toThrow(/^cannot read file '.*none\.json': ENOENT/);
});

test('names standard input if it is not JSON', async () => {
  await expect(readJsonArgument('-', async () => '')).rejects.toThrow(/^standard input must be JSON, got: nothing/);
});

test.each([
  ['big integers', '{"id": 12345678901234567890}', '{"id": 12345678901234567890}'],
  ['decimals', '[1.0, 1E2]', '[1.0, 1E2]'],
  ['a byte order mark', '\uFEFF{"a": 1}\r\n', '{"a": 1}'],
])('passes %s on as they were written', async (_what, content, text) => {
  expect((await readJsonArgument(`@${fileWith(content)}`))?.text).toBe(text);
});
