import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashContent, hashFile, hashFiles } from '../../../lib/packaging/hash';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-hash-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('the hash of a text is its SHA-256', () => {
  expect(hashContent('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test.each([0, 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])('a file of %i bytes has the hash of its content', (size) => {
  const content = Buffer.from(Array.from({ length: size }, (_, place) => (place * place) % 251));
  expect(hashFile(write('file', content))).toBe(hashContent(content));
});

describe('the hash of files', () => {
  test('is that of names and content, in any order, place and time', () => {
    const first = hashFiles(
      new Map([
        ['a', write('1', 'x')],
        ['b', write('2', 'y')],
      ]),
    );
    const moved = write('3', 'x');
    utimesSync(moved, 1, 1);
    expect(
      hashFiles(
        new Map([
          ['b', write('4', 'y')],
          ['a', moved],
        ]),
      ),
    ).toBe(first);
    expect(
      hashFiles(
        new Map([
          ['a', write('5', 'y')],
          ['b', write('6', 'x')],
        ]),
      ),
    ).not.toBe(first);
    expect(
      hashFiles(
        new Map([
          ['c', write('7', 'x')],
          ['b', write('8', 'y')],
        ]),
      ),
    ).not.toBe(first);
  });

  test('is the same for a file and for its bytes', () => {
    expect(hashFiles(new Map([['a', Buffer.from('x')]]))).toBe(hashFiles(new Map([['a', write('1', 'x')]])));
  });

  test('changes with the permission to execute a file, and not with other permissions', () => {
    const file = write('tool', '');
    const before = hashFiles(new Map([['tool', file]]));
    chmodSync(file, 0o600);
    expect(hashFiles(new Map([['tool', file]]))).toBe(before);
    chmodSync(file, 0o700);
    expect(hashFiles(new Map([['tool', file]]))).not.toBe(before);
  });
});
