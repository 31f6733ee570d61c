import { mkdirSync, symlinkSync } from 'node:fs';
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

test('peers that a package declares to be optional are added only if they are named', () => {
  install({
    'node_modules/one': {
      peerDependencies: { tool: '1', compiler: '1', peer: '1' },
      peerDependenciesMeta: { tool: { optional: true }, compiler: { optional: true } },
    },
    'node_modules/tool': { dependencies: { engines: '1' } },
    'node_modules/engines': {},
    'node_modules/compiler': {},
    'node_modules/peer': {},
  });
  expect(Object.keys(modules('one'))).toEqual(['node_modules/one/index.js', 'node_modules/peer/index.js']);
  expect(Object.keys(modules('one', 'compiler'))).toContain('node_modules/compiler/index.js');
});

describe('generated code is added with the package that loads it', () => {
  const generate = (folder: string) =>
    project.write({
      [`${folder}/.prisma/client/default.js`]: "module.exports = require('./index.js');\n",
      [`${folder}/.prisma/client/index.js`]: '// generated\n',
      [`${folder}/.prisma/client/libquery_engine.so.node`]: 'binary',
      [`${folder}/.prisma/client/package.json`]: '{}',
    });
  const client = (folder: string) =>
    project.write({
      [`${folder}/@prisma/client/package.json`]: JSON.stringify({
        peerDependencies: { prisma: '*', typescript: '>=5' },
        peerDependenciesMeta: { prisma: { optional: true }, typescript: { optional: true } },
      }),
      [`${folder}/@prisma/client/default.js`]: "module.exports = { ...require('.prisma/client/default') };\n",
    });
  const FILES = [
    'node_modules/@prisma/client/default.js',
    'node_modules/@prisma/client/package.json',
    'node_modules/.prisma/client/default.js',
    'node_modules/.prisma/client/index.js',
    'node_modules/.prisma/client/libquery_engine.so.node',
    'node_modules/.prisma/client/package.json',
  ];

  test('as npm lays it out', () => {
    client('node_modules');
    generate('node_modules');
    install({ 'node_modules/prisma': {}, 'node_modules/typescript': {} });
    expect([...installedPackages(['@prisma/client'], project.directory).keys()]).toEqual(FILES);
  });

  test('as pnpm lays it out', () => {
    const store = 'node_modules/.pnpm/@prisma+client@6.0.0_prisma@6.0.0_typescript@5.0.0/node_modules';
    client(store);
    generate(store);
    install({ [`${store}/prisma`]: {}, [`${store}/typescript`]: {} });
    mkdirSync(project.path('node_modules/@prisma'));
    symlinkSync(project.path(store, '@prisma/client'), project.path('node_modules/@prisma/client'));
    expect([...installedPackages(['@prisma/client'], project.directory).keys()]).toEqual(FILES);
  });

  test('below a package of a workspace, next to another version', () => {
    client('packages/app/node_modules');
    generate('packages/app/node_modules');
    generate('node_modules');
    const files = installedPackages(['@prisma/client'], project.path('packages/app'));
    expect(relative(project.directory, files.get('node_modules/.prisma/client/index.js') ?? '')).toBe(
      'packages/app/node_modules/.prisma/client/index.js',
    );
  });

  test('and not with other packages, nor the folders of package managers', () => {
    generate('node_modules');
    install({ 'node_modules/one': {} });
    project.write({
      'node_modules/one/index.js': "require('.bin/tool'); require('.cache/x');",
      'node_modules/.cache/x/a.js': '',
    });
    expect(Object.keys(modules('one'))).toEqual(['node_modules/one/index.js']);
  });
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
