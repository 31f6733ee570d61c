import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isIgnoredFolder, Watcher } from '../../../cli/local/watcher';
import { waitFor } from '../../../engine/wait-for';

/** A file that is written after the changes of a test: once it is reported, so are they. */
const LAST = 'last.ts';

let app: string;
let watcher: Watcher;
let reports: (readonly string[])[];

beforeEach(async () => {
  app = mkdtempSync(join(tmpdir(), 'katamari-watch-'));
  for (const folder of ['src/deep', 'node_modules/x', 'cdk.out', '.katamari', 'dist']) {
    mkdirSync(join(app, folder), { recursive: true });
    writeFileSync(join(app, folder, 'file.ts'), '1');
  }
  reports = [];
  watcher = await Watcher.start(app, (paths) => reports.push(paths));
});
afterEach(async () => {
  await watcher.close();
  rmSync(app, { recursive: true });
});

const write = (path: string, content: string) => writeFileSync(join(app, path), content);
const reported = (what: string, path: string) =>
  waitFor(() => reports.some((paths) => paths.includes(path)), { what: `report of ${what}`, timeoutMs: 20_000 });
/** Every path that was reported by now, apart from the last file. */
const settled = async () => {
  write(LAST, String(reports.length));
  await reported('the last file', LAST);
  return reports.flat().filter((path) => path !== LAST);
};

test('several changes are one report', async () => {
  write('src/deep/file.ts', '2');
  write('src/new.ts', '1');
  await reported('the new file', join('src', 'new.ts'));
  expect(reports).toEqual([[join('src', 'deep', 'file.ts'), join('src', 'new.ts')]]);
});

test('what is installed, built or synthesized is no change', async () => {
  for (const folder of ['node_modules/x', 'cdk.out', '.katamari', 'dist']) write(`${folder}/file.ts`, '2');
  expect(await settled()).toEqual([]);
});

test('a file that is written with what it had is no change', async () => {
  write('src/deep/file.ts', '1');
  expect(await settled()).toEqual([]);
});

test('a file in a new folder is a change, and a later one in it as well', async () => {
  mkdirSync(join(app, 'more'));
  write('more/a.ts', '1');
  await reported('the new file', join('more', 'a.ts'));
  expect(reports).toEqual([[join('more', 'a.ts')]]);
  reports = [];
  write('more/a.ts', '2');
  await reported('its change', join('more', 'a.ts'));
  expect(reports).toEqual([[join('more', 'a.ts')]]);
});

test('the temporary file of an editor is none', async () => {
  write('src/sedAbC', '2');
  renameSync(join(app, 'src/sedAbC'), join(app, 'src/deep/file.ts'));
  write('src/.file.ts.swp', 'x');
  write('src/file.ts~', 'x');
  expect(await settled()).toEqual([join('src', 'deep', 'file.ts')]);
});

test('a file that is deleted is a change', async () => {
  rmSync(join(app, 'src/deep/file.ts'));
  await reported('the deleted file', join('src', 'deep', 'file.ts'));
  expect(reports).toEqual([[join('src', 'deep', 'file.ts')]]);
});

test('every file of a folder that is deleted is a change', async () => {
  write('src/deep/other.ts', '1');
  await reported('the new file', join('src', 'deep', 'other.ts'));
  reports = [];
  rmSync(join(app, 'src'), { recursive: true });
  await reported('the deleted files', join('src', 'deep', 'other.ts'));
  expect(reports.flat().sort()).toEqual([join('src', 'deep', 'file.ts'), join('src', 'deep', 'other.ts')]);
});

test.each([
  ['node_modules', true],
  ['.git', true],
  ['cdk.out', true],
  ['cdk.out.local', true],
  ['dist', true],
  ['src', false],
  ['distribution', false],
])('folder %s is left out: %s', (name, left) => {
  expect(isIgnoredFolder(name)).toBe(left);
});
