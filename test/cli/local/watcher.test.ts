import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isIgnoredFolder, Watcher } from '../../../cli/local/watcher';
import { until } from '../../support/until';

let app: string;
let watcher: Watcher;
let reports: (readonly string[])[];

beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'katamari-watch-'));
  for (const folder of ['src/deep', 'node_modules/x', 'cdk.out', '.katamari', 'dist']) {
    mkdirSync(join(app, folder), { recursive: true });
    writeFileSync(join(app, folder, 'file.ts'), '1');
  }
  reports = [];
  watcher = new Watcher(app, (paths) => reports.push(paths));
});
afterEach(() => {
  watcher.close();
  rmSync(app, { recursive: true });
});

const write = (path: string, content: string) => writeFileSync(join(app, path), content);
/** Waits for so many reports. */
const reported = (count: number) =>
  until(
    `report ${count} of a change`,
    30_000,
    () => reports,
    (found) => found.length >= count,
  );
/** A change that is reported, together with what came before it: what is not in the report is no change. */
const MARK = join('src', 'mark.ts');
const reportedWithMark = () => {
  write(MARK, String(reports.length));
  return reported(reports.length + 1);
};

test('several changes are one report', async () => {
  write('src/deep/file.ts', '2');
  write('src/new.ts', '1');
  expect(await reported(1)).toEqual([[join('src', 'deep', 'file.ts'), join('src', 'new.ts')]]);
});

test('what is installed, built or synthesized is no change', async () => {
  for (const folder of ['node_modules/x', 'cdk.out', '.katamari', 'dist']) write(`${folder}/file.ts`, '2');
  expect(await reportedWithMark()).toEqual([[MARK]]);
});

test('a file that is written with what it had is no change', async () => {
  write('src/deep/file.ts', '1');
  expect(await reportedWithMark()).toEqual([[MARK]]);
});

test('a file in a new folder is a change, and a later one in it as well', async () => {
  mkdirSync(join(app, 'more'));
  write('more/a.ts', '1');
  expect(await reported(1)).toEqual([[join('more', 'a.ts')]]);
  write('more/a.ts', '2');
  expect(await reported(2)).toHaveLength(2);
});

test('the temporary file of an editor is none', async () => {
  write('src/sedAbC', '2');
  renameSync(join(app, 'src/sedAbC'), join(app, 'src/deep/file.ts'));
  write('src/.file.ts.swp', 'x');
  write('src/file.ts~', 'x');
  expect(await reported(1)).toEqual([[join('src', 'deep', 'file.ts')]]);
});

test('a file that is deleted is a change', async () => {
  rmSync(join(app, 'src/deep/file.ts'));
  expect(await reported(1)).toEqual([[join('src', 'deep', 'file.ts')]]);
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
