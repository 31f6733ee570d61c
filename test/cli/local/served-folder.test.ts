import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servedFolder } from '../../../cli/local/served-folder';

let app: string;
beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'katamari-served-'));
});
afterEach(() => rmSync(app, { recursive: true }));
const write = (context: unknown) => writeFileSync(join(app, 'cdk.json'), JSON.stringify({ context }));

test('is the folder that cdk.json names, relative to the app', () => {
  write({ 'katamari:serve': 'examples/samples' });
  expect(servedFolder(app)).toBe(join(app, 'examples', 'samples'));
});

test('is undefined if cdk.json names no folder', () => {
  write({});
  expect(servedFolder(app)).toBeUndefined();
});

test('must be the path of a folder', () => {
  write({ 'katamari:serve': 7 });
  expect(() => servedFolder(app)).toThrow("context value 'katamari:serve' of cdk.json must be the path of a folder, got: 7");
});
