import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Source } from '../../../lib';
import { bindSource, SourceProject } from '../../support/source-project';

const HANDLER = "import { version } from 'dep';\nexport const handler = async () => version;\n";

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
});
afterEach(() => project.remove());

/** Writes a package with one version, which it exports. */
const install = (folder: string, version: string, more: Record<string, unknown> = {}) =>
  project.write({
    [`${folder}/package.json`]: JSON.stringify({ name: 'dep', version, main: 'index.js', ...more }),
    [`${folder}/index.js`]: `exports.version = '${version}';\n`,
  });
const link = (target: string, path: string) => {
  mkdirSync(dirname(project.path(path)), { recursive: true });
  rmSync(project.path(path), { force: true });
  symlinkSync(relative(dirname(project.path(path)), project.path(target)), project.path(path));
};
const code = (entry = 'entry.ts', options = {}) => project.code(entry, options);
const bundleTimes = () => project.manifests().map((path) => statSync(path).mtimeMs);

describe('an upgrade is seen in a project of', () => {
  test('pnpm, which moves a link', () => {
    project.write({ 'entry.ts': HANDLER });
    const store = (version: string) => `node_modules/.pnpm/dep@${version}/node_modules/dep`;
    install(store('1.0.0'), '1.0.0');
    link(store('1.0.0'), 'node_modules/dep');
    expect(code()).toContain('1.0.0');
    install(store('1.0.1'), '1.0.1');
    link(store('1.0.1'), 'node_modules/dep');
    expect(code()).toContain('1.0.1');
  });

  test('pnpm, for a package that another package needs', () => {
    const place = (name: string, version: string) => `node_modules/.pnpm/${name}@${version}/node_modules`;
    project.write({
      'entry.ts': "import { version } from 'outer';\nexport const handler = async () => version;\n",
      [`${place('outer', '1')}/outer/package.json`]: '{ "name": "outer" }',
      [`${place('outer', '1')}/outer/index.js`]: "exports.version = require('dep').version;\n",
    });
    link(`${place('outer', '1')}/outer`, 'node_modules/outer');
    install(`${place('dep', '1')}/dep`, '1.0.0');
    link(`${place('dep', '1')}/dep`, `${place('outer', '1')}/dep`);
    expect(code()).toContain('1.0.0');
    install(`${place('dep', '2')}/dep`, '2.0.0');
    link(`${place('dep', '2')}/dep`, `${place('outer', '1')}/dep`);
    expect(code()).toContain('2.0.0');
  });

  test('pnpm, when a workspace links a package of its own in place of an installed one', () => {
    project.write({ 'app/package.json': '{}', 'app/entry.ts': HANDLER });
    const store = 'node_modules/.pnpm/dep@1.0.0/node_modules/dep';
    install(store, '1.0.0');
    link(store, 'app/node_modules/dep');
    expect(code('app/entry.ts')).toContain('1.0.0');
    install('packages/dep', 'workspace');
    link('packages/dep', 'app/node_modules/dep');
    expect(code('app/entry.ts')).toContain('workspace');
    install('packages/dep', 'later');
    expect(code('app/entry.ts')).toContain('later');
  });

  test('npm workspaces, which put another version below the workspace', () => {
    // npm keeps links to commands below a workspace.
    project.write({
      'packages/app/package.json': '{}',
      'packages/app/src/entry.ts': HANDLER,
      'packages/app/node_modules/.bin/tool': '',
    });
    install('node_modules/dep', '1.0.0');
    expect(code('packages/app/src/entry.ts')).toContain('1.0.0');
    install('packages/app/node_modules/dep', '2.0.0');
    expect(code('packages/app/src/entry.ts')).toContain('2.0.0');
  });

  test('npm workspaces, for the dependencies of a linked workspace', () => {
    project.write({
      'packages/app/package.json': '{}',
      'packages/app/entry.ts': "export { handler } from '@acme/lib';\n",
      'packages/app/node_modules/.bin/tool': '',
      'packages/lib/package.json': '{ "name": "@acme/lib", "main": "src/index.ts" }',
      'packages/lib/src/index.ts': HANDLER,
      'packages/lib/node_modules/.bin/tool': '',
    });
    link('packages/lib', 'node_modules/@acme/lib');
    install('node_modules/dep', '1.0.0');
    expect(code('packages/app/entry.ts')).toContain('1.0.0');
    install('packages/lib/node_modules/dep', '2.0.0');
    expect(code('packages/app/entry.ts')).toContain('2.0.0');
  });

  test('npm, which puts another version below a package', () => {
    project.write({
      'entry.ts': "import { version } from 'outer';\nexport const handler = async () => version;\n",
      'node_modules/outer/package.json': '{ "name": "outer" }',
      'node_modules/outer/index.js': "exports.version = require('dep').version;\n",
    });
    install('node_modules/dep', '1.0.0');
    expect(code()).toContain('1.0.0');
    install('node_modules/outer/node_modules/dep', '2.0.0');
    expect(code()).toContain('2.0.0');
  });

  test('Yarn, which gives all files one time of modification', () => {
    project.write({ 'entry.ts': HANDLER });
    const safeTime = new Date(456_789_000_000);
    const installAt = (version: string) => {
      install('node_modules/dep', version);
      for (const name of ['index.js', 'package.json']) utimesSync(project.path('node_modules/dep', name), safeTime, safeTime);
    };
    installAt('1.0.0');
    expect(code()).toContain('1.0.0');
    installAt('1.0.1');
    expect(code()).toContain('1.0.1');
  });
});

describe('what steers resolution is seen:', () => {
  beforeEach(() => project.write({ 'entry.ts': HANDLER }));

  test('the main file that a package.json names', () => {
    install('node_modules/dep', '1.0.0');
    project.write({ 'node_modules/dep/other.js': "exports.version = 'other';\n" });
    expect(code()).toContain('1.0.0');
    project.write({ 'node_modules/dep/package.json': '{ "name": "dep", "main": "other.js" }' });
    expect(code()).toContain('other');
  });

  test('a main file that was not built yet', () => {
    install('node_modules/dep', '1.0.0', { module: 'dist/module.mjs' });
    expect(code()).toContain('1.0.0');
    project.write({ 'node_modules/dep/dist/module.mjs': "export const version = 'built';\n" });
    expect(code()).toContain('built');
  });

  test('the package.json between a file and the package', () => {
    project.write({
      'entry.ts': "import { version } from 'dep/part';\nexport const handler = async () => version;\n",
      'node_modules/dep/part/index.js': "exports.version = 'index';\n",
      'node_modules/dep/part/other.js': "exports.version = 'other';\n",
    });
    install('node_modules/dep', '1.0.0');
    expect(code()).toContain("'index'".replaceAll("'", '"'));
    project.write({ 'node_modules/dep/part/package.json': '{ "main": "other.js" }' });
    expect(code()).toContain('"other"');
  });

  test('private names in the package.json of the project', () => {
    project.write({
      'package.json': '{ "imports": { "#dep": "./one.js" } }',
      'one.js': "export const version = 'one';\n",
      'two.js': "export const version = 'two';\n",
      'entry.ts': HANDLER.replace('dep', '#dep'),
    });
    expect(code()).toContain('"one"');
    project.write({ 'package.json': '{ "imports": { "#dep": "./two.js" } }' });
    expect(code()).toContain('"two"');
  });

  test('a file of a package that shadows another', () => {
    project.write({
      'node_modules/dep/package.json': '{ "name": "dep" }',
      'node_modules/dep/index.js': "exports.version = require('./part').version;\n",
      'node_modules/dep/part/index.js': "exports.version = 'folder';\n",
    });
    expect(code()).toContain('folder');
    project.write({ 'node_modules/dep/part.js': "exports.version = 'file';\n" });
    expect(code()).toContain("'file'".replaceAll("'", '"'));
  });

  test('an optional package that was not installed', () => {
    project.write({
      'entry.ts':
        "let version: string; try { ({ version } = require('dep')); } catch { version = 'none'; }\nexport const handler = async () => version;\n",
    });
    expect(code()).not.toContain('1.0.0');
    install('node_modules/dep', '1.0.0');
    expect(code()).toContain('1.0.0');
  });

  test('a folder of sources that is a link', () => {
    project.write({
      'entry.ts': "import { version } from './shared/value';\nexport const handler = async () => version;\n",
      'v1/value.ts': "export const version = 'first';\n",
      'v2/value.ts': "export const version = 'second';\n",
    });
    link('v1', 'shared');
    expect(code()).toContain('first');
    link('v2', 'shared');
    expect(code()).toContain('second');
  });

  test('a link that leads to a link', () => {
    install('v1', '1.0.0');
    install('v2', '2.0.0');
    link('v1', 'current');
    link('current', 'node_modules/dep');
    expect(code()).toContain('1.0.0');
    link('v2', 'current');
    expect(code()).toContain('2.0.0');
  });

  test('an installed folder that becomes a link', () => {
    install('node_modules/dep', '1.0.0');
    expect(code()).toContain('1.0.0');
    renameSync(project.path('node_modules/dep'), project.path('node_modules/.moved'));
    const written = bundleTimes();
    link('node_modules/.moved', 'node_modules/dep');
    code();
    expect(bundleTimes()).not.toEqual(written);
  });

  test('the places that paths of TypeScript name, in order', () => {
    project.write({
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@app/*': ['./generated/*', './written/*'] } } }),
      'src/entry.ts': HANDLER.replace('dep', '@app/dep'),
      'written/dep.ts': "export const version = 'written';\n",
    });
    expect(code('src/entry.ts')).toContain('"written"');
    project.write({ 'generated/dep.ts': "export const version = 'generated';\n" });
    expect(code('src/entry.ts')).toContain('"generated"');
  });

  test('a base folder of TypeScript that shadows a package', () => {
    install('node_modules/dep', '1.0.0');
    project.write({ 'tsconfig.json': '{ "compilerOptions": { "baseUrl": "./src" } }', 'src/other.ts': '' });
    expect(code()).toContain('1.0.0');
    project.write({ 'src/dep.ts': "export const version = 'own';\n" });
    expect(code()).toContain('"own"');
  });

  test('the package that the settings of TypeScript extend, behind a link of pnpm', () => {
    const settings = (version: string) => `node_modules/.pnpm/settings@${version}/node_modules/settings`;
    for (const version of ['1', '2']) {
      const paths = { '@app/*': [project.path(`v${version}`, '*')] };
      project.write({
        [`${settings(version)}/package.json`]: '{ "name": "settings" }',
        [`${settings(version)}/tsconfig.json`]: JSON.stringify({ compilerOptions: { paths } }),
        [`v${version}/dep.ts`]: `export const version = 'v${version}';\n`,
      });
    }
    project.write({ 'tsconfig.json': '{ "extends": "settings" }', 'entry.ts': HANDLER.replace('dep', '@app/dep') });
    link(settings('1'), 'node_modules/settings');
    expect(code()).toContain('"v1"');
    link(settings('2'), 'node_modules/settings');
    expect(code()).toContain('"v2"');
  });

  test('a file that is saved while esbuild runs', () => {
    project.write({
      'value.ts': 'export const value = 1;\n',
      'entry.ts': "import { value } from './value';\nexport const handler = async () => value;\n",
    });
    const esbuild = jest.requireActual('esbuild');
    const saving = (...args: unknown[]) => {
      const result = esbuild.buildSync(...args);
      // Not the content that esbuild has read.
      execFileSync(process.execPath, ['-e', `require('fs').writeFileSync('value.ts', 'export const value = 2;\\n')`], {
        cwd: project.directory,
      });
      return result;
    };
    jest.doMock('esbuild', () => ({ ...esbuild, buildSync: saving }));
    const during = readFileSync(join(bindSource(project.typescript('entry.ts')).directory, 'index.js'), 'utf8');
    jest.dontMock('esbuild');
    expect(during).toContain('value = 1');
    expect(code()).toContain('value = 2');
  });
});

test('nothing is bundled again when nothing has changed, with links, workspaces and packages that were not found', () => {
  const store = 'node_modules/.pnpm/dep@1.0.0/node_modules/dep';
  install(store, '1.0.0');
  link(store, 'node_modules/dep');
  project.write({
    'app/entry.ts': `try { require('gone'); } catch {}\n${HANDLER}`,
    'app/tsconfig.json': '{ "compilerOptions": { "baseUrl": "." } }',
  });
  code('app/entry.ts');
  const written = bundleTimes();
  expect(written).toHaveLength(1);
  code('app/entry.ts');
  expect(bundleTimes()).toEqual(written);
});

test('a package of nodePaths counts, and one that comes before it', () => {
  project.write({ 'entry.ts': HANDLER });
  install('vendor/dep', 'vendored');
  const options = { nodePaths: [project.path('vendor')] };
  expect(code('entry.ts', options)).toContain('vendored');
  install('vendor/dep', 'changed');
  expect(code('entry.ts', options)).toContain('changed');
  install('node_modules/dep', 'installed');
  expect(code('entry.ts', options)).toContain('installed');
});

test('the entry itself may lie behind a link', () => {
  project.write({
    'v1/entry.ts': "export const handler = async () => 'v1';\n",
    'v2/entry.ts': "export const handler = async () => 'v2';\n",
  });
  link('v1', 'src');
  const read = () =>
    readFileSync(join(bindSource(Source.typescript(project.path('src/entry.ts'))).directory, 'index.js'), 'utf8');
  expect(read()).toContain('"v1"');
  link('v2', 'src');
  expect(read()).toContain('"v2"');
});
