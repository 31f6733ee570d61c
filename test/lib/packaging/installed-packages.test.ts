import { symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { installedPackages } from '../../../lib/packaging/installed-packages';
import { SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
});
afterEach(() => project.remove());

/** Installs packages: path of the package → what its package.json says. */
function install(packages: Record<string, object>): void {
  for (const [path, manifest] of Object.entries(packages)) {
    project.write({ [`${path}/package.json`]: JSON.stringify(manifest), [`${path}/index.js`]: `// ${path}` });
  }
}

const modules = (...names: string[]) =>
  Object.fromEntries(
    [...installedPackages(names, project.directory)]
      .filter(([target]) => target.endsWith('index.js'))
      .map(([target, path]) => [target, relative(project.directory, path)]),
  );

test('a package comes whole, with what it needs and what that needs', () => {
  install({
    'node_modules/one': { dependencies: { two: '1' } },
    'node_modules/two': { dependencies: { '@scope/three': '1' } },
    'node_modules/@scope/three': {},
    'node_modules/other': {},
  });
  project.write({ 'node_modules/one/bin/tool': '#!' });
  expect(modules('one')).toEqual({
    'node_modules/one/index.js': 'node_modules/one/index.js',
    'node_modules/two/index.js': 'node_modules/two/index.js',
    'node_modules/@scope/three/index.js': 'node_modules/@scope/three/index.js',
  });
  expect([...installedPackages(['one'], project.directory).keys()]).toContain('node_modules/one/bin/tool');
});

test('a second version lies below the package that needs it', () => {
  install({
    'node_modules/one': { dependencies: { two: '1', three: '1' } },
    'node_modules/two': { version: '1' },
    'node_modules/three': { dependencies: { two: '2' } },
    'node_modules/three/node_modules/two': { version: '2' },
  });
  expect(modules('one')).toEqual({
    'node_modules/one/index.js': 'node_modules/one/index.js',
    'node_modules/two/index.js': 'node_modules/two/index.js',
    'node_modules/three/index.js': 'node_modules/three/index.js',
    'node_modules/three/node_modules/two/index.js': 'node_modules/three/node_modules/two/index.js',
  });
});

test('packages that need each other end', () => {
  install({ 'node_modules/one': { dependencies: { two: '1' } }, 'node_modules/two': { dependencies: { one: '1' } } });
  expect(Object.keys(modules('one'))).toEqual(['node_modules/one/index.js', 'node_modules/two/index.js']);
});

test('packages behind links, as pnpm installs them, come as they are there', () => {
  install({
    'node_modules/.pnpm/one@1/node_modules/one': { dependencies: { two: '1' } },
    'node_modules/.pnpm/two@1/node_modules/two': {},
  });
  symlinkSync(project.path('node_modules/.pnpm/one@1/node_modules/one'), project.path('node_modules/one'));
  symlinkSync(
    project.path('node_modules/.pnpm/two@1/node_modules/two'),
    project.path('node_modules/.pnpm/one@1/node_modules/two'),
  );
  expect(Object.keys(modules('one'))).toEqual(['node_modules/one/index.js', 'node_modules/two/index.js']);
});

test('what a package would like to have is taken where it is there', () => {
  install({
    'node_modules/one': {
      dependencies: { 'not-on-linux': '1' },
      optionalDependencies: { there: '1', 'not-on-linux': '1' },
      peerDependencies: { peer: '1', gone: '1' },
    },
    'node_modules/there': {},
    'node_modules/peer': {},
  });
  expect(Object.keys(modules('one'))).toEqual([
    'node_modules/one/index.js',
    'node_modules/there/index.js',
    'node_modules/peer/index.js',
  ]);
});

test('a package that is not installed is refused', () => {
  expect(() => modules('gone')).toThrow(
    new Error("modules must name installed npm packages, got: 'gone'; run the install command of your package manager"),
  );
});

test('one that a package needs as well', () => {
  install({ 'node_modules/one': { dependencies: { gone: '1' } } });
  expect(() => modules('one')).toThrow(
    new Error(
      "the dependencies of an npm package in modules must be installed, got: 'one' without 'gone'; run the install command of your package manager",
    ),
  );
});
