import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Source } from '../../../lib';
import { bindSource, SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
  project.write({
    'entry.ts': "import { value } from './value';\nexport const handler = async () => value;\n",
    'value.ts': 'export const value = 1;\n',
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  project.remove();
});

const hash = (entry = 'entry.ts') => bindSource(project.typescript(entry)).hash;
const manifests = () => project.manifests().map((path) => readFileSync(path, 'utf8'));
// A manifest is written whenever something is bundled.
const manifestTimes = () => project.manifests().map((path) => statSync(path).mtimeMs);

test('nothing is bundled again when nothing has changed', () => {
  const first = hash();
  const written = manifestTimes();
  expect(hash()).toBe(first);
  expect(manifestTimes()).toEqual(written);
});

test('a change in a file that the entry imports is seen', () => {
  const first = hash();
  project.write({ 'value.ts': 'export const value = 2;\n' });
  expect(hash()).not.toBe(first);
});

test('a change that is undone gives the first hash again', () => {
  const first = hash();
  project.write({ 'value.ts': 'export const value = 2;\n' });
  hash();
  project.write({ 'value.ts': 'export const value = 1;\n' });
  expect(hash()).toBe(first);
});

test('a file that shadows another is seen', () => {
  project.write({
    'shadow/index.ts': "export const value = 'folder';\n",
    'entry.ts': "import { value } from './shadow';\nexport const handler = async () => value;\n",
  });
  const first = hash();
  project.write({ 'shadow.ts': "export const value = 'file';\n" });
  expect(hash()).not.toBe(first);
});

test('an option that changes makes another bundle', () => {
  bindSource(project.typescript('entry.ts'));
  bindSource(project.typescript('entry.ts', { minify: true }));
  bindSource(project.typescript('entry.ts'), { wrapHandler: true });
  bindSource(project.typescript('entry.ts', { handler: 'handler' }), { runtime: lambda.Runtime.NODEJS_22_X });
  bindSource(project.typescript('entry.ts', { define: { A: '1' } }));
  bindSource(project.typescript('entry.ts', { external: ['a'] }));
  expect(manifests()).toHaveLength(6);
});

test('another version of this package makes another bundle, also where nothing of the request has changed', () => {
  hash();
  const parse = JSON.parse;
  const own = JSON.parse(readFileSync('package.json', 'utf8'));
  jest.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
    const value = parse(text, reviver);
    return value?.name === own.name && value.version === own.version ? { ...value, version: '99.0.0' } : value;
  });
  hash();
  expect(manifests()).toHaveLength(2);
});

test('another version of esbuild makes another bundle', () => {
  hash();
  jest.doMock('esbuild', () => ({ ...jest.requireActual('esbuild'), version: '99.0.0' }));
  hash();
  jest.dontMock('esbuild');
  expect(manifests()).toHaveLength(2);
});

test('what is kept names no path of this machine', () => {
  hash();
  expect(manifests()).toHaveLength(1);
  for (const manifest of manifests()) expect(manifest).not.toContain(project.directory);
});

test('the hash is the same in another folder', () => {
  const first = hash();
  const elsewhere = mkdtempSync(join(tmpdir(), 'katamari-elsewhere-'));
  try {
    cpSync(project.directory, elsewhere, { recursive: true, filter: (path) => !path.includes('.cache') });
    expect(bindSource(Source.typescript(join(elsewhere, 'entry.ts'))).hash).toBe(first);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

describe('of TypeScript’s settings', () => {
  const ALIAS = "import { value } from '@app/value';\nexport const handler = async () => value;\n";
  const paths = (folder: string) => JSON.stringify({ compilerOptions: { paths: { '@app/*': [`${folder}/*`] } } });

  beforeEach(() =>
    project.write({
      'src/entry.ts': ALIAS,
      'one/value.ts': "export const value = 'one';\n",
      'two/value.ts': "export const value = 'two';\n",
    }),
  );

  test('those of the folder of the entry are an input', () => {
    project.write({ 'src/tsconfig.json': paths('../one') });
    const first = hash('src/entry.ts');
    project.write({ 'src/tsconfig.json': paths('../two') });
    expect(hash('src/entry.ts')).not.toBe(first);
  });

  test('those of the folder of an imported file are an input', () => {
    project.write({
      'entry.ts': "export { handler } from './src/entry';\n",
      'src/tsconfig.json': paths('../one'),
    });
    const first = hash();
    project.write({ 'src/tsconfig.json': paths('../two') });
    expect(hash()).not.toBe(first);
  });

  test('nearer ones that come later are seen', () => {
    project.write({ 'tsconfig.json': paths('./one') });
    project.write({ 'src/deep/entry.ts': ALIAS });
    const first = hash('src/deep/entry.ts');
    project.write({ 'src/tsconfig.json': paths('../two') });
    expect(hash('src/deep/entry.ts')).not.toBe(first);
  });

  test('those of the folder around a project are an input', () => {
    project.write({ 'app/package.json': '{}', 'app/entry.ts': ALIAS, 'tsconfig.json': paths('./one') });
    const first = hash('app/entry.ts');
    project.write({ 'tsconfig.json': paths('./two') });
    expect(hash('app/entry.ts')).not.toBe(first);
  });

  test.each([
    ['a file', '"./base.json"', 'base.json'],
    ['a file without its ending', '"./config/base"', 'config/base.json'],
    ['one of several', '["./other.json", "./base.json"]', 'base.json'],
    ['a file that extends another', '"./middle.json"', 'base.json'],
    ['a package', '"@acme/settings"', 'node_modules/@acme/settings/tsconfig.json'],
    ['a package that names its file', '"named-settings"', 'node_modules/named-settings/shared.json'],
    ['a file of a package', '"settings/strict.json"', 'node_modules/settings/strict.json'],
    ['a file of a package without its ending', '"settings/strict"', 'node_modules/settings/strict.json'],
    ['a file that a package exports', '"exporting/strict"', 'node_modules/exporting/files/strict.json'],
  ])('what is extended is an input: %s', (_what, base, changed) => {
    const root = (folder: string) => paths(project.path(folder));
    project.write({
      'other.json': '{}',
      'middle.json': '{ "extends": "./base.json" }',
      'node_modules/@acme/settings/package.json': '{ "name": "@acme/settings", "version": "1.0.0" }',
      'node_modules/named-settings/package.json': '{ "name": "named-settings", "tsconfig": "shared.json" }',
      'node_modules/settings/package.json': '{ "name": "settings" }',
      'node_modules/exporting/package.json': '{ "name": "exporting", "exports": { "./strict": "./files/strict.json" } }',
      'tsconfig.json': `// a comment\n{ "extends": ${base}, /* and "another" */ }\n`,
      [changed]: root('one'),
    });
    const first = bindSource(project.typescript('src/entry.ts'));
    expect(readFileSync(join(first.directory, 'index.js'), 'utf8')).toContain('"one"');
    project.write({ [changed]: root('two') });
    expect(hash('src/entry.ts')).not.toBe(first.hash);
  });

  test('a base that is not there yet is an input', () => {
    project.write({ 'tsconfig.json': '{ "extends": "./base" }', 'src/entry.ts': 'export const handler = async () => 1;\n' });
    hash('src/entry.ts');
    const written = manifestTimes();
    project.write({ 'base.json': '{}' });
    hash('src/entry.ts');
    expect(manifestTimes()).not.toEqual(written);
  });

  test('bases that extend each other are no endless loop', () => {
    project.write({
      'tsconfig.json': '{ "extends": "./base.json" }',
      'base.json': '{ "extends": "./tsconfig.json" }',
      'src/entry.ts': 'export const handler = async () => 1;\n',
    });
    expect(hash('src/entry.ts')).toBe(hash('src/entry.ts'));
  });
});
