import { symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { installedPackages } from '../../../lib/packaging/installed-packages';
import { SourceProject } from '../../support/source-project';

let project: SourceProject;
beforeEach(() => {
  project = new SourceProject();
});
afterEach(() => project.remove());

/** Installs packages. The keys are paths, and the values are contents of package.json. */
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

test('a package is added completely, with all of its direct and indirect dependencies', () => {
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

test('a second version is placed below the package that needs it', () => {
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

test('circular dependencies are supported', () => {
  install({ 'node_modules/one': { dependencies: { two: '1' } }, 'node_modules/two': { dependencies: { one: '1' } } });
  expect(Object.keys(modules('one'))).toEqual(['node_modules/one/index.js', 'node_modules/two/index.js']);
});

test('packages behind links are added, as pnpm installs them', () => {
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

test('optional dependencies are added if they are installed', () => {
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

test('a package that is not installed is rejected', () => {
  expect(() => modules('gone')).toThrow(
    new Error("modules must name installed npm packages, got: 'gone'; run the install command of your package manager"),
  );
});

test('a dependency that is not installed is rejected', () => {
  install({ 'node_modules/one': { dependencies: { gone: '1' } } });
  expect(() => modules('one')).toThrow(
    new Error(
      "the dependencies of an npm package in modules must be installed, got: 'one' without 'gone'; run the install command of your package manager",
    ),
  );
});
