import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { type Entry, openPromise } from 'yauzl';
import { writeZip } from '../../../lib/dependency-store/dependency-zip';
import { hashFiles } from '../../../lib/packaging/hash';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katamari-zip-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes files and gives where each is. */
function filesOf(contents: Readonly<Record<string, string | Buffer>>, at = 'files'): Map<string, string> {
  return new Map(
    Object.entries(contents).map(([name, content]) => {
      const path = join(folder, at, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return [name, path];
    }),
  );
}

const zipOf = (files: ReadonlyMap<string, string>, name = 'a.zip') => {
  const path = join(folder, name);
  return { path, facts: writeZip(files, path, 'the dependency') };
};

const BIG = Buffer.from(Array.from({ length: 3_000_000 }, (_, place) => (place * place) % 251));

test('contains the files unchanged, including empty and large ones', () => {
  const contents = { 'pkg/__init__.py': 'x = 1\n', 'pkg/data.bin': BIG, 'pkg/empty': '', 'ä/ö.txt': 'ü' };
  const { path, facts } = zipOf(filesOf(contents));
  const found = unzipSync(readFileSync(path));
  expect(Object.keys(found).sort()).toEqual(Object.keys(contents).sort());
  for (const [name, content] of Object.entries(contents))
    expect(Buffer.from(found[name] ?? []).equals(Buffer.from(content))).toBe(true);
  expect(facts).toEqual({
    sha256: execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64),
    size: readFileSync(path).length,
    unpackedSize: 6 + BIG.length + 2,
    files: 4,
  });
});

test('the same files give the same bytes at any time, in any folder and in any order', () => {
  const contents = { 'b.py': 'b', 'a/c.py': 'c', 'a.py': 'a' };
  const first = filesOf(contents);
  const others = filesOf(contents, 'others');
  for (const path of others.values()) utimesSync(path, new Date(2001, 1, 1), new Date(2001, 1, 1));
  const reversed = new Map([...others].reverse());
  expect(zipOf(reversed, 'b.zip').facts).toEqual(zipOf(first).facts);
  expect(hashFiles(reversed)).toBe(hashFiles(first));
});

test('the bytes do not depend on the time zone', () => {
  // From the built package, as a user has it: a process knows one time zone.
  const files = [...filesOf({ 'a.py': 'a' })];
  const script = `const { writeZip } = require(${JSON.stringify(join(process.cwd(), 'dist/lib/dependency-store/dependency-zip.js'))});
    console.log(writeZip(new Map(${JSON.stringify(files)}), ${JSON.stringify(join(folder, 'tz.zip'))}, 'it').sha256);`;
  const inZone = (TZ: string) =>
    execFileSync(process.execPath, ['-e', script], { env: { ...process.env, TZ }, encoding: 'utf8' });
  expect(inZone('Pacific/Kiritimati')).toBe(inZone('America/Anchorage'));
});

test('the permission to execute a file is kept, and is part of the hash', async () => {
  const files = filesOf({ tool: '#!/bin/sh\n', text: 'x' });
  const before = hashFiles(files);
  chmodSync(files.get('tool') as string, 0o700);
  expect(hashFiles(files)).not.toBe(before);
  const zip = await openPromise(zipOf(files).path);
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  expect(entries.map(({ fileName, externalFileAttributes }) => [fileName, (externalFileAttributes >>> 16).toString(8)])).toEqual([
    ['text', '100644'],
    ['tool', '100755'],
  ]);
});

test('content and names are part of the hash', () => {
  const hashes = [{ a: '1' }, { a: '2' }, { b: '1' }, { a: '1', b: '' }].map((contents, place) =>
    hashFiles(filesOf(contents as Record<string, string>, String(place))),
  );
  expect(new Set(hashes).size).toBe(4);
});

test.each([0, 65_536])('%i files are rejected', (count) => {
  const path = filesOf({ one: '1' }).get('one') as string;
  const files = new Map(Array.from({ length: count }, (_, place) => [`f${place}`, path]));
  expect(() => zipOf(files)).toThrow(`the dependency must have 1 to 65535 files, got: ${count}`);
});

test('65,535 files are taken', async () => {
  const path = filesOf({ one: '1' }).get('one') as string;
  const files = new Map(Array.from({ length: 65_535 }, (_, place) => [`f${place}`, path]));
  const zip = zipOf(files);
  expect(zip.facts.files).toBe(65_535);
  const opened = await openPromise(zip.path);
  expect(opened.entryCount).toBe(65_535);
  opened.close();
}, 180_000);
