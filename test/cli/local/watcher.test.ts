import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isIgnoredFolder, Watcher } from '../../../cli/local/watcher';
import { until } from '../../support/until';

/** A file that a test writes after its changes. Once it is reported, the changes have been reported as well. */
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
  until(`the report of ${what}`, 20_000, () => reports.some((paths) => paths.includes(path)));
/** Returns all reported paths except the last file. */
const settled = async () => {
  write(LAST, String(reports.length));
  await reported('the last file', LAST);
  return reports.flat().filter((path) => path !== LAST);
};

test('reports several changes at once', async () => {
  write('src/deep/file.ts', '2');
  write('src/new.ts', '1');
  await reported('the new file', join('src', 'new.ts'));
  expect(reports).toEqual([[join('src', 'deep', 'file.ts'), join('src', 'new.ts')]]);
});

test('ignores installed, built and synthesized files', async () => {
  for (const folder of ['node_modules/x', 'cdk.out', '.katamari', 'dist']) write(`${folder}/file.ts`, '2');
  expect(await settled()).toEqual([]);
});

test('ignores a file that is written with the same content', async () => {
  write('src/deep/file.ts', '1');
  expect(await settled()).toEqual([]);
});

test('reports a file in a new folder, and later files in it', async () => {
  mkdirSync(join(app, 'more'));
  write('more/a.ts', '1');
  await reported('the new file', join('more', 'a.ts'));
  expect(reports).toEqual([[join('more', 'a.ts')]]);
  reports = [];
  write('more/a.ts', '2');
  await reported('its change', join('more', 'a.ts'));
  expect(reports).toEqual([[join('more', 'a.ts')]]);
});

test('ignores the temporary file of an editor', async () => {
  write('src/sedAbC', '2');
  renameSync(join(app, 'src/sedAbC'), join(app, 'src/deep/file.ts'));
  write('src/.file.ts.swp', 'x');
  write('src/file.ts~', 'x');
  expect(await settled()).toEqual([join('src', 'deep', 'file.ts')]);
});

test('reports a deleted file', async () => {
  rmSync(join(app, 'src/deep/file.ts'));
  await reported('the deleted file', join('src', 'deep', 'file.ts'));
  expect(reports).toEqual([[join('src', 'deep', 'file.ts')]]);
});

test('reports every file of a deleted folder', async () => {
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
])('folder %s is ignored: %s', (name, left) => {
  expect(isIgnoredFolder(name)).toBe(left);
});
