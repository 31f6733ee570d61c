import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { installPackages } from '../../../../lib/packaging/python/install';
import type { InstalledPackages } from '../../../../lib/packaging/python/install-cache';
import { requirementsOfFile } from '../../../../lib/packaging/python/requirements';
import { pythonTarget } from '../../../../lib/packaging/python/target';
import { PackageIndex } from '../../../support/package-index';
import { INSTALL_TIMEOUT_MS, listFiles, PythonProject, TOOLS } from '../../../support/python-project';

// Each test installs packages.

let project: PythonProject;
const indexes: PackageIndex[] = [];
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(async () => {
  for (const index of indexes.splice(0)) await index.stop();
  project.remove();
});

async function startIndex(folder: string): Promise<PackageIndex> {
  const index = await PackageIndex.start(project, folder);
  indexes.push(index);
  return index;
}

function install(file: string): InstalledPackages {
  const stack = project.stack();
  const target = pythonTarget(stack, lambda.Runtime.PYTHON_3_13, lambda.Architecture.ARM_64);
  return installPackages(stack, { requirements: requirementsOfFile(file), target });
}

const namesOf = ({ packages }: InstalledPackages) => packages.map(({ name }) => name);
const readInstalled = ({ directory }: InstalledPackages, file: string) => readFileSync(join(directory, file), 'utf8');

/** The git that uv runs needs the commands of a shell. */
const { PATH } = process.env;

function uvLock(folder: string, ...args: string[]): void {
  execFileSync('uv', ['lock', '--quiet', ...args], {
    cwd: project.path(folder),
    stdio: 'pipe',
    env: { ...process.env, PATH: `${process.env.PATH}:${PATH}` },
  });
}

function pyproject(...lines: string[]): string {
  const common = ['[project]', 'name = "fn"', 'version = "0"', 'requires-python = ">=3.10"'];
  return [...common, ...lines, ''].join('\n');
}

describe('a uv.lock', () => {
  beforeEach(() => {
    project.wheel({ name: 'main' });
    project.localPackage('packages/acme-lib', { name: 'acme-lib', requires: ['acme-base', 'main'] });
    project.localPackage('packages/base', { name: 'acme-base' });
    appendFileSync(project.path('packages/acme-lib/pyproject.toml'), '[tool.uv.sources]\nacme-base = { workspace = true }\n');
    project.localPackage('vendor', { name: 'vendored' });
    project.localPackage('unused', { name: 'unused' });
    project.wheel({ name: 'wheeled' }, 'other-wheels');
    project.localPackage('repository', { name: 'from-git' });
    project.commit('repository');
    project.write({
      'pyproject.toml': [
        ...['[tool.uv]', 'no-index = true', 'find-links = ["wheels"]'],
        ...['[tool.uv.workspace]', 'members = ["packages/*", "src/*"]', ''],
      ].join('\n'),
      'src/fn/app.py': '',
      'src/fn/pyproject.toml': pyproject(
        'dependencies = ["acme-lib", "vendored", "wheeled", "from-git"]',
        '[tool.uv.sources]',
        'acme-lib = { workspace = true }',
        'vendored = { path = "../../vendor" }',
        'wheeled = { path = "../../other-wheels/wheeled-1.0-py3-none-any.whl" }',
        `from-git = { git = "file://${realpathSync(project.path('repository'))}" }`,
      ),
    });
    uvLock('.', '--offline');
  });

  test('of a workspace gives a member its members, local packages and commits', () => {
    const installed = install('src/fn/pyproject.toml');
    expect(namesOf(installed)).toEqual(['acme-base', 'acme-lib', 'from-git', 'main', 'vendored', 'wheeled']);
    expect(readInstalled(installed, 'acme_lib/__init__.py')).toBe("PLACE = 'packages/acme-lib'\n");
    expect(readInstalled(installed, 'vendored/__init__.py')).toBe("PLACE = 'vendor'\n");
    expect(readInstalled(installed, 'from_git/__init__.py')).toBe("PLACE = 'repository'\n");
    // The version of the build tool is of this machine and day.
    expect(readInstalled(installed, 'acme_lib-1.0.dist-info/WHEEL')).not.toContain('backend 7');
    expect(listFiles(project.path('packages'))).not.toContain('acme-lib/build/output.txt');
  });

  test('is installed again when a local package changes, and needs no tool until then', () => {
    const first = install('src/fn/pyproject.toml');
    project.use('none');
    expect(install('src/fn/pyproject.toml')).toEqual(first);
    project.use('uv');
    project.write({ 'packages/base/src/acme_base/__init__.py': 'CHANGED = 1\n' });
    const second = install('src/fn/pyproject.toml');
    expect(second.hash).not.toBe(first.hash);
    expect(readInstalled(second, 'acme_base/__init__.py')).toBe('CHANGED = 1\n');
  });

  test('must not be older than the pyproject.toml of a package in it', () => {
    for (const file of ['packages/base/pyproject.toml', 'src/fn/pyproject.toml']) {
      const before = readFileSync(project.path(file), 'utf8');
      project.write({ [file]: before.replace(/dependencies = \[/, 'dependencies = ["six>=1", ') });
      expect(() => install('src/fn/pyproject.toml')).toThrow(
        new RegExp(`^uv\\.lock must match ${file}, .*, got: 'six>=1' only in pyproject\\.toml; run 'uv lock'`),
      );
      project.write({ [file]: before });
    }
    const before = readFileSync(project.path('src/fn/pyproject.toml'), 'utf8');
    project.write({ 'src/fn/pyproject.toml': before.replace('vendored = { path', 'other = { path') });
    expect(() => install('src/fn/pyproject.toml')).toThrow("got: 'vendored' only in pyproject.toml; run 'uv lock'");
  });
});

test.each([
  ['1.0', '1.0.0', true],
  ['2.0.0-beta.1', '2.0b1', true],
  ['2021.01.01', '2021.1.1', true],
  ['1.0', '1.1', false],
])('a uv.lock for >=%s is one for >=%s: %s', (declared, locked, same) => {
  project.write({
    'pyproject.toml': pyproject(`dependencies = ["main [b,A] >= ${declared} , <9 ; python_version > '3'"]`),
    'uv.lock': [
      ...['version = 1', '[[package]]', 'name = "fn"', 'version = "0"', 'source = { virtual = "." }', '[package.metadata]'],
      `requires-dist = [{ name = "main", extras = ["a", "b"], specifier = "<9,>=${locked}", marker = "python_version > '3'" }]`,
    ].join('\n'),
  });
  if (same) expect(requirementsOfFile('uv.lock').locked).toBe(true);
  else expect(() => requirementsOfFile('uv.lock')).toThrow(/^uv\.lock must match pyproject\.toml/);
});

describe('a uv.lock is compared with', () => {
  const isFresh = (declared: string, sources: string, locked: string): boolean => {
    project.write({
      'fn/pyproject.toml': pyproject(`dependencies = [${declared}]`, '[tool.uv.sources]', sources),
      'fn/uv.lock': [
        ...['version = 1', '[[package]]', 'name = "fn"', 'version = "0"', 'source = { virtual = "." }', '[package.metadata]'],
        `requires-dist = [${locked}]`,
      ].join('\n'),
    });
    try {
      return requirementsOfFile('fn/uv.lock').locked === true;
    } catch (error) {
      expect((error as Error).message).toMatch(/^uv\.lock must match fn\/pyproject\.toml/);
      return false;
    }
  };

  // The locked markers are what uv writes.
  test.each([
    ["python_version < '3.12' and sys_platform!='win32'", "python_full_version < '3.12' and sys_platform != 'win32'", true],
    ["python_version > '3.9'", "python_full_version >= '3.10'", true],
    ["(python_version == '3.10')", "python_full_version == '3.10.*'", true],
    ["'linux' == sys_platform", "sys_platform == 'linux'", true],
    ["os_name == 'nt' or sys_platform=='darwin'", "os_name == 'nt' or sys_platform == 'darwin'", true],
    [
      "python_version ~= '3.9' and os_name == 'nt'",
      "python_full_version >= '3.9' and python_full_version < '4' and os_name == 'nt'",
      true,
    ],
    [
      "python_version >= '3.9' and python_version < '3.12'",
      "python_full_version >= '3.9' and python_full_version < '3.13'",
      false,
    ],
    ["sys_platform == 'win32'", "sys_platform == 'linux'", false],
    ['', "sys_platform == 'linux'", false],
    ["python_version ~= '3.9'", '', false],
  ])('the marker %j: the locked %j is fresh: %p', (declared, marker, fresh) => {
    const line = JSON.stringify(declared === '' ? 'main' : `main; ${declared}`);
    expect(isFresh(line, '', `{ name = "main"${marker && `, marker = "${marker}"`} }`)).toBe(fresh);
  });

  const GIT = 'file:///repositories/main';
  test.each([
    [`git = "${GIT}", tag = "v1"`, `git = "${GIT}?tag=v1"`, true],
    [`git = "${GIT}", rev = "v1", subdirectory = "x"`, `git = "${GIT}?subdirectory=x&rev=v1"`, true],
    ['git = "https://me:secret@example.com/main.git"', 'git = "https://example.com/main.git"', true],
    ['path = "./../vendor"', 'directory = "../vendor"', true],
    ['path = "../vendor", editable = true', 'editable = "../vendor"', true],
    ['workspace = true', 'editable = "packages/main"', true],
    ['url = "https://example.com/main.whl"', 'url = "https://example.com/main.whl"', true],
    ['index = "own"', 'index = "https://example.com/simple"', true],
    [`git = "${GIT}", tag = "v2"`, `git = "${GIT}?tag=v1"`, false],
    [`git = "${GIT}", branch = "v1"`, `git = "${GIT}?tag=v1"`, false],
    [`git = "${GIT}"`, `git = "${GIT}?rev=0a1b"`, false],
    [`git = "${GIT}2"`, `git = "${GIT}"`, false],
    ['path = "../other"', 'directory = "../vendor"', false],
    ['url = "https://example.com/main2.whl"', 'url = "https://example.com/main.whl"', false],
    ['path = "../vendor"', 'specifier = ">=1"', false],
  ])('the source { %s }: the locked { %s } is fresh: %p', (source, entry, fresh) => {
    expect(isFresh('"main"', `main = { ${source} }`, `{ name = "main", ${entry} }`)).toBe(fresh);
  });

  test.each([
    [`git+${GIT}@v1#subdirectory=x`, `git = "${GIT}?subdirectory=x&rev=v1"`, true],
    ['git+ssh://git@example.com/main@v1', 'git = "ssh://git@example.com/main?rev=v1"', true],
    ['https://example.com/main.whl#sha256=aa', 'url = "https://example.com/main.whl"', true],
    [`git+${GIT}@v2`, `git = "${GIT}?rev=v1"`, false],
  ])('the URL %s: the locked { %s } is fresh: %p', (url, entry, fresh) => {
    expect(isFresh(`"main @ ${url} ; os_name == 'nt'"`, '', `{ name = "main", ${entry}, marker = "os_name == 'nt'" }`)).toBe(
      fresh,
    );
  });

  test('sources of several environments', () => {
    const two = `{ name = "main", marker = "sys_platform != 'linux'" }, { name = "main", marker = "sys_platform == 'linux'", directory = "x" }`;
    expect(isFresh('"main"', `main = { path = "x", marker = "sys_platform == 'linux'" }`, two)).toBe(true);
  });
});

describe('a pyproject.toml without a lock', () => {
  test.each([
    '{ path = "../packages/main" }',
    '{ git = "https://example.com/main.git" }',
    '{ url = "https://example.com/main.whl" }',
    '{ workspace = true }',
    '[{ index = "own", marker = "sys_platform == \'linux\'" }]',
  ])('refuses a dependency of uv with the source %s', (source) => {
    project.write({ 'fn/pyproject.toml': pyproject('dependencies = ["Main>=1"]', '[tool.uv.sources]', `main = ${source}`) });
    expect(() => install('fn/pyproject.toml')).toThrow(
      /^a dependency with a source requires a lock, which says where it comes from, got: 'main' in \[tool\.uv\.sources\] of '.*fn\/pyproject\.toml' without one; run 'uv lock'/,
    );
  });

  test.each([
    '{ path = "../main" }',
    '{ git = "https://example.com/main.git" }',
    '{ source = "own" }',
    '{ url = "https://a.b/c.whl" }',
  ])('refuses a dependency of Poetry with the source %s', (source) => {
    project.write({
      'fn/pyproject.toml': pyproject('dependencies = ["main"]', '[tool.poetry.dependencies]', `main = ${source}`),
    });
    expect(() => install('fn/pyproject.toml')).toThrow(/got: 'main' in \[tool\.poetry\.dependencies\] .* run 'poetry lock'/);
  });

  test('refuses settings of uv that change the versions, and reads its constraints', () => {
    project.write({ 'fn/pyproject.toml': pyproject('dependencies = ["main"]', '[tool.uv]', 'resolution = "lowest"') });
    expect(() => install('fn/pyproject.toml')).toThrow(
      /^a setting in \[tool\.uv\] that changes the versions requires a uv\.lock, got: 'resolution' in '.*'; run 'uv lock'/,
    );
    project.write({
      'fn/pyproject.toml': pyproject('dependencies = ["main"]', '[tool.uv]', 'constraint-dependencies = ["main<2"]'),
    });
    expect(requirementsOfFile('fn/pyproject.toml').lines().constraints).toEqual(['main<2']);
  });
});

function poetryLock(...packages: string[]): string {
  return [...packages, '[metadata]\nlock-version = "2.1"\n'].join('\n');
}

function poetryPackage(name: string, source: string): string {
  return `[[package]]\nname = "${name}"\nversion = "1.0"\ngroups = ["main"]\nfiles = []\nsource = ${source}\n`;
}

test('poetry.lock and Pipfile.lock give local packages and commits, by uv as by pip', () => {
  project.localPackage('packages/acme-lib', { name: 'acme-lib' });
  project.localPackage('repository', { name: 'from-git' });
  project.wheel({ name: 'wheeled' });
  const commit = project.commit('repository');
  const git = `file://${realpathSync(project.path('repository'))}`;
  project.write({
    'poetry/poetry.lock': poetryLock(
      poetryPackage('acme-lib', '{ type = "directory", url = "../packages/acme-lib" }'),
      poetryPackage('from-git', `{ type = "git", url = "${git}", reference = "HEAD", resolved_reference = "${commit}" }`),
      poetryPackage('wheeled', '{ type = "file", url = "../wheels/wheeled-1.0-py3-none-any.whl" }'),
    ),
    'pipenv/Pipfile.lock': JSON.stringify({
      default: {
        'acme-lib': { path: '../packages/acme-lib', editable: true },
        'from-git': { git, ref: commit },
        wheeled: { file: '../wheels/wheeled-1.0-py3-none-any.whl' },
      },
    }),
  });
  const results = TOOLS.flatMap((tool) => {
    project.use(tool);
    project.wipeCache();
    return ['poetry/poetry.lock', 'pipenv/Pipfile.lock'].map(install);
  });
  for (const result of results) {
    expect(namesOf(result)).toEqual(['acme-lib', 'from-git', 'wheeled']);
    expect(result.hash).toBe(results[0]?.hash);
  }
});

test('a commit that is not in its repository is told with the package', () => {
  project.localPackage('repository', { name: 'from-git' });
  project.commit('repository');
  const commit = '0'.repeat(40);
  const git = `file://${realpathSync(project.path('repository'))}`;
  project.write({ 'Pipfile.lock': JSON.stringify({ default: { 'from-git': { git, ref: commit } } }) });
  expect(() => install('Pipfile.lock')).toThrow(
    `the commit of a package must be in its Git repository, got: ${commit} of ${git} for 'from-git': `,
  );
});

test('a local package with native code is refused', () => {
  project.localPackage('native', { name: 'native', tag: 'cp313-cp313-linux_aarch64' });
  project.write({ 'Pipfile.lock': JSON.stringify({ default: { native: { path: './native' } } }) });
  expect(() => install('Pipfile.lock')).toThrow(
    "a package that is built from its source must have no native code, or a wheel for python3.13 on arm64, got: 'cp313-cp313-linux_aarch64' for 'native'; build it in Docker with bundling: PythonBundling.docker() (at Stack)",
  );
});

test('a local package that can’t be built is told with the file', () => {
  project.localPackage('broken', { name: 'broken' });
  project.write({
    'broken/backend.py': 'raise RuntimeError("no backend")\n',
    'fn/Pipfile.lock': JSON.stringify({ default: { broken: { path: '../broken' } } }),
  });
  expect(() => install('fn/Pipfile.lock')).toThrow(/^uv could not build 'broken' of fn\/Pipfile\.lock:[\s\S]*no backend/);
});

describe('a package of an explicit index', () => {
  // Both indexes have both packages: which one a package came from is in its files.
  beforeEach(async () => {
    for (const folder of ['first', 'second']) {
      const index = await startIndex(folder);
      for (const name of ['main', 'other']) index.add({ name, files: { [`${name}/place.py`]: folder } });
    }
    process.env.UV_DEFAULT_INDEX = indexes[0]?.url;
    process.env.PIP_INDEX_URL = indexes[0]?.url;
  });
  afterEach(() => {
    delete process.env.UV_DEFAULT_INDEX;
    delete process.env.PIP_INDEX_URL;
  });

  const placesOf = (installed: InstalledPackages) =>
    ['main', 'other'].map((name) => readInstalled(installed, `${name}/place.py`));

  test('comes from it alone, with a uv.lock', () => {
    project.write({
      'pyproject.toml': pyproject(
        ...['dependencies = ["main", "other"]', '[tool.uv.sources]', 'main = { index = "second" }'],
        ...['[[tool.uv.index]]', 'name = "second"', `url = "${indexes[1]?.url}"`, 'explicit = true'],
      ),
    });
    uvLock('.');
    expect(placesOf(install('uv.lock'))).toEqual(['second', 'first']);
  });

  test.each(TOOLS)('comes from it alone, with a poetry.lock and a Pipfile.lock, by %s', (tool) => {
    project.use(tool);
    project.write({
      'poetry.lock': poetryLock(
        poetryPackage('main', `{ type = "legacy", url = "${indexes[1]?.url}", reference = "second" }`),
        '[[package]]\nname = "other"\nversion = "1.0"\ngroups = ["main"]\nfiles = []\n',
      ),
      'Pipfile.lock': JSON.stringify({
        _meta: { sources: indexes.map(({ url }, number) => ({ name: ['first', 'second'][number], url })) },
        default: { main: { version: '==1.0', index: 'second' }, other: { version: '==1.0' } },
      }),
    });
    for (const file of ['poetry.lock', 'Pipfile.lock']) expect(placesOf(install(file))).toEqual(['second', 'first']);
  });
});
