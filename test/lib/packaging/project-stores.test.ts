import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ZipCache } from '../../../lib/dependency-store/zip-cache';
import { BundleCache } from '../../../lib/packaging/bundle-cache';
import { PythonCache } from '../../../lib/packaging/python/install-cache';
import { StagedPackages } from '../../../lib/packaging/staged-packages';
import { bindSource, SourceProject } from '../../support/source-project';

const DAY_MS = 24 * 3_600_000;

/** Makes a file or folder look unused for a given time. */
function age(path: string, milliseconds: number): void {
  const used = new Date(Date.now() - milliseconds);
  utimesSync(path, used, used);
}

let project: SourceProject;
let before: string;
beforeEach(() => {
  before = process.cwd();
  project = new SourceProject();
  process.chdir(project.directory);
});
afterEach(() => {
  process.chdir(before);
  project.remove();
});

const cache = (kind: string) => project.path('node_modules', '.cache', 'cdk-katamari', kind);

/** Functions that store an entry for a file with a given content. */
const KINDS: Record<string, (content: string) => string> = {
  bundles: (content) => storeBundle(content).directory,
  'bundle-manifests': (content) => {
    storeBundle(content);
    return entryWith('bundle-manifests', content);
  },
  python: (content) => installed(content).layerDirectory,
  packages: (content) => new StagedPackages().stage(new Map([['app.py', Buffer.from(content)]])).directory,
  dependencies: (content) => packed(content).path,
};

const storeBundle = (content: string) =>
  new BundleCache(project.directory).store(content, {
    files: new Map([['index.js', Buffer.from(content)]]),
    paths: [],
    links: [],
    startedAt: Date.now(),
    warnings: [],
  });
const entryWith = (kind: string, key: string) => join(cache(kind), key);
const installed = (content: string) =>
  new PythonCache().store(
    (folder) => {
      writeFileSync(join(folder, 'app.py'), content);
      return [];
    },
    () => content,
  );
const packed = (content: string) => {
  project.write({ [`${content}.txt`]: content });
  return new ZipCache().zip(content, () => new Map([['a.txt', project.path(`${content}.txt`)]]), 'it');
};

test.each(Object.entries(KINDS))('%s that were not used for 30 days are deleted', (kind, store) => {
  const entryOf = (path: string) => join(cache(kind), path.slice(cache(kind).length + 1).split('/')[0] as string);
  const [old, recent] = [entryOf(store('old')), entryOf(store('recent'))];
  age(old, 31 * DAY_MS);
  age(recent, 29 * DAY_MS);
  const next = entryOf(store('next'));
  expect(readdirSync(cache(kind)).sort()).toEqual([recent, next].map((path) => basename(path)).sort());
});

test('a synth marks its bundles as used, so that they are kept', () => {
  project.write({
    'entry.ts': 'export const handler = async () => 1;\n',
    'other.ts': 'export const handler = async () => 2;\n',
  });
  const first = bindSource(project.typescript('entry.ts'));
  const entries = () =>
    ['bundles', 'bundle-manifests'].flatMap((kind) => readdirSync(cache(kind)).map((name) => join(cache(kind), name)));
  for (const entry of entries()) age(entry, 31 * DAY_MS);
  expect(bindSource(project.typescript('entry.ts')).hash).toBe(first.hash);
  expect(entries().every((entry) => Date.now() - statSync(entry).mtimeMs < DAY_MS)).toBe(true);
  bindSource(project.typescript('other.ts'));
  expect(entries()).toHaveLength(4);
});

test('a bundle that is broken is bundled again, with the same hash', () => {
  project.write({ 'entry.ts': 'export const handler = async () => 1;\n' });
  const runtime = lambda.Runtime.NODEJS_22_X;
  const first = bindSource(project.typescript('entry.ts'), { runtime });
  const [name = ''] = readdirSync(cache('bundles'));
  rmSync(join(cache('bundles'), name, 'index.js'));
  const second = bindSource(project.typescript('entry.ts'), { runtime });
  expect(second.hash).toBe(first.hash);
  expect(existsSync(join(second.directory, 'index.js'))).toBe(true);
});

test.each([
  ['is no JSON', '{ "output": '],
  ['is empty', '{}'],
  ['is a list', '[]'],
  ['has no inputs', '{ "output": "a", "warnings": [] }'],
  ['has inputs of another form', '{ "output": "a", "warnings": [], "inputs": { "entry.ts": 7 } }'],
])('a manifest that %s is written again', (_what, content) => {
  project.write({ 'entry.ts': 'export const handler = async () => 1;\n' });
  const first = bindSource(project.typescript('entry.ts'));
  const [manifest = ''] = project.manifests();
  writeFileSync(manifest, content);
  expect(bindSource(project.typescript('entry.ts')).hash).toBe(first.hash);
  expect(JSON.parse(readFileSync(manifest, 'utf8')).output).toBe(readdirSync(cache('bundles'))[0]);
});

test('installed packages without their manifest are installed again', () => {
  const entry = join(installed('one').layerDirectory, '..');
  rmSync(join(entry, 'manifest.json'));
  expect(new PythonCache().find('one')).toBeUndefined();
  expect(installed('one').layerDirectory).toBe(join(entry, 'layer'));
  expect(new PythonCache().find('one')?.layerDirectory).toBe(join(entry, 'layer'));
});

test.each(['{}', '[]', '{ "hash": "a" }', '{ "hash": "a", "packages": [{}] }'])(
  'installed packages with the manifest %s are installed again',
  (content) => {
    const first = installed('one');
    const manifest = join(first.layerDirectory, '..', 'manifest.json');
    writeFileSync(manifest, content);
    expect(new PythonCache().find('one')).toBeUndefined();
    expect(installed('one').hash).toBe(first.hash);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).hash).toBe(first.hash);
  },
);

test('a bundle that a synth is copying is kept when its source changes', () => {
  project.write({ 'entry.ts': 'export const handler = async () => 1;\n' });
  bindSource(project.typescript('entry.ts'));
  const [copied = ''] = readdirSync(cache('bundles'));
  project.write({ 'entry.ts': 'export const handler = async () => 2;\n' });
  bindSource(project.typescript('entry.ts'));
  expect(readdirSync(cache('bundles'))).toHaveLength(2);
  expect(existsSync(join(cache('bundles'), copied, 'index.js'))).toBe(true);
});
