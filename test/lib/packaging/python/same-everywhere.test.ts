import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { installPackages } from '../../../../lib/packaging/python/install';
import type { InstalledPackages } from '../../../../lib/packaging/python/install-cache';
import { listedRequirements, requirementsOfFile } from '../../../../lib/packaging/python/requirements';
import { pythonTarget } from '../../../../lib/packaging/python/target';
import { INSTALL_TIMEOUT_MS, listFiles, PythonProject, TOOLS } from '../../../support/python-project';

// Each test installs packages.

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

function install(file: string): InstalledPackages {
  const stack = project.stack();
  const target = pythonTarget(stack, lambda.Runtime.PYTHON_3_13, lambda.Architecture.ARM_64);
  return installPackages(stack, { requirements: requirementsOfFile(file), target });
}

/** Installs by each tool, on a machine that has nothing yet. */
function installByEach(file: string): InstalledPackages[] {
  return TOOLS.map((tool) => {
    project.use(tool);
    project.wipeCache();
    return install(file);
  });
}

const namesOf = ({ packages }: InstalledPackages) => packages.map(({ name, version }) => `${name} ${version}`);

const hashOf = (wheel: string) =>
  createHash('sha256')
    .update(readFileSync(project.path('wheels', wheel)))
    .digest('hex');

test('both tools give the same files of a wheel with headers, commands, data and modes', () => {
  const data = 'main-1.0.data';
  project.wheel({
    name: 'main',
    files: {
      [`${data}/headers/main.h`]: '',
      [`${data}/scripts/tool`]: '#!python\n',
      [`${data}/data/share/main/x.txt`]: '',
      [`${data}/data/etc/main.conf`]: '',
      [`${data}/purelib/pure/__init__.py`]: '',
      [`${data}/platlib/plat/__init__.py`]: '',
      'main-1.0.dist-info/entry_points.txt': '[console_scripts]\nrun = main:run\n',
    },
  });
  project.requirements('requirements.txt', 'main');
  const [byUv, byPip] = installByEach('requirements.txt') as [InstalledPackages, InstalledPackages];
  expect(listFiles(byPip.directory)).toEqual(listFiles(byUv.directory));
  expect(byPip.hash).toBe(byUv.hash);
  expect(listFiles(byUv.directory)).toEqual(
    expect.arrayContaining(['etc/main.conf', 'plat/__init__.py', 'pure/__init__.py', 'share/main/x.txt']),
  );
  expect(listFiles(byUv.directory).filter((name) => name.endsWith('.h'))).toEqual([]);
});

test('--pre takes versions before a release, by both tools', () => {
  project.wheel({ name: 'main' });
  project.wheel({ name: 'main', version: '2.0rc1' });
  project.requirements('requirements.txt', 'main');
  project.requirements('pre.txt', '--pre', 'main');
  for (const tool of TOOLS) {
    project.use(tool);
    expect(namesOf(install('requirements.txt'))).toEqual(['main 1.0']);
    expect(namesOf(install('pre.txt'))).toEqual(['main 2.0rc1']);
    project.write({ 'katamari-python.lock.json': '{ "version": 1, "sets": {} }' });
    project.wipeCache();
  }
});

test('a lock with an upper limit of Python is installed by both tools, and a lower limit refused by both', () => {
  project.wheel({ name: 'main', requiresPython: '>=3.8,<3.12' });
  project.wheel({ name: 'other', requiresPython: '>=3.14' });
  project.requirements('main.txt', `main==1.0 --hash=sha256:${hashOf('main-1.0-py3-none-any.whl')}`);
  project.requirements('other.txt', `other==1.0 --hash=sha256:${hashOf('other-1.0-py3-none-any.whl')}`);
  const [byUv, byPip] = installByEach('main.txt');
  expect(byPip).toEqual(byUv);
  project.requirements('list.txt', 'other==1.0');
  for (const [tool, file] of TOOLS.flatMap((name) => [[name, 'other.txt'] as const, [name, 'list.txt'] as const])) {
    project.use(tool);
    expect(() => install(file)).toThrow(/^a package must support python3\.13 on arm64, got: 'other.*requires Python >=3\.14/);
  }
});

describe('hashes', () => {
  beforeEach(() => {
    project.wheel({ name: 'main', requires: ['other'] });
    project.wheel({ name: 'other' });
  });

  const hashed = () => `main==1.0 --hash=sha256:${hashOf('main-1.0-py3-none-any.whl')}`;

  test.each(TOOLS)('of one line mean that all are checked, by %s', (tool) => {
    project.use(tool);
    project.requirements('fn/one.txt', hashed(), 'other==1.0');
    project.requirements('fn/none.txt', '--require-hashes', 'other==1.0');
    for (const file of ['fn/one.txt', 'fn/none.txt']) {
      expect(() => install(file)).toThrow(
        `every requirement must have a --hash where one has, or where --require-hashes is set, got: 'other==1.0' in ${file}; add the hashes with`,
      );
    }
  });

  test.each(TOOLS)('are also required of dependencies, by %s', (tool) => {
    project.use(tool);
    project.requirements('requirements.txt', hashed());
    expect(() => install('requirements.txt')).toThrow(/could not install requirements\.txt:[\s\S]*other/);
  });

  test('may be in a constraint', () => {
    project.requirements('requirements.txt', 'main==1.0', 'other==1.0', '-c limits.txt');
    project.write({
      'limits.txt': `${hashed()}\nother==1.0 --hash=sha256:${hashOf('other-1.0-py3-none-any.whl')}\n`,
    });
    expect(requirementsOfFile('requirements.txt').locked).toBe(true);
  });
});

describe('a requirements file', () => {
  test('loses no requirement after a comment that ends in a backslash', () => {
    project.write({ 'requirements.txt': '# comment \\\nsix\nidna  # why \\\ncertifi\n  # indented \\\nwheel\n' });
    expect(requirementsOfFile('requirements.txt').lines().requirements).toEqual(['six', 'idna', 'certifi', 'wheel']);
  });

  test.each([
    ['utf16le', 'fffe'],
    ['utf8', 'efbbbf'],
  ] as const)('may be in %s with a byte order mark, with what it includes', (encoding, mark) => {
    const encoded = (text: string) => Buffer.concat([Buffer.from(mark, 'hex'), Buffer.from(text, encoding)]);
    project.write({ 'requirements.txt': encoded('six\r\n-r base.txt\r\n'), 'base.txt': encoded('idna==3.0\r\n') });
    expect(requirementsOfFile('requirements.txt').lines().requirements).toEqual(['six', 'idna==3.0']);
  });

  test('may be in UTF-16 with the high byte first', () => {
    project.write({ 'requirements.txt': Buffer.concat([Buffer.from('feff', 'hex'), Buffer.from('six\n', 'utf16le').swap16()]) });
    expect(requirementsOfFile('requirements.txt').lines().requirements).toEqual(['six']);
  });

  test('has no option that the tools read in two ways', () => {
    project.write({ 'requirements.txt': 'six\n--global-option x\n' });
    expect(() => requirementsOfFile('requirements.txt')).toThrow(
      "an option in a requirements file must be one that uv and pip read alike, got: '--global-option x' in requirements.txt; remove the line",
    );
  });
});

describe.each(TOOLS)('settings of this machine, by %s', (tool) => {
  const before = process.env;
  beforeEach(() => {
    project.use(tool);
    project.wheel({ name: 'main', requires: ['other'] });
    project.wheel({ name: 'other' });
    project.wheel({ name: 'other', version: '2.0' });
    process.env = {
      ...before,
      PATH: process.env.PATH,
      HOME: project.path('home'),
      XDG_CONFIG_HOME: project.path('home', '.config'),
      XDG_CONFIG_DIRS: project.path('etc'),
    };
  });
  afterEach(() => {
    process.env = before;
  });

  function settings({ pip, uv }: { pip: string[]; uv: string[] }): void {
    project.write({
      'home/.config/pip/pip.conf': ['[global]', ...pip, ''].join('\n'),
      'home/.config/uv/uv.toml': [...uv, ''].join('\n'),
    });
  }

  test('that change the packages are not used', () => {
    settings({
      pip: [
        'no-deps = true',
        'no-binary = :all:',
        'user = true',
        'require-virtualenv = true',
        'pre = true',
        'ignore-installed = true',
      ],
      uv: [
        'no-binary = true',
        'resolution = "lowest"',
        'prerelease = "allow"',
        'exclude-newer = "2001-01-01T00:00:00Z"',
        '[pip]',
        'no-deps = true',
      ],
    });
    project.requirements('requirements.txt', 'main');
    expect(namesOf(install('requirements.txt'))).toEqual(['main 1.0', 'other 2.0']);
  });

  test('do not change an error', () => {
    settings({ pip: ['no-deps = true', 'require-virtualenv = true'], uv: ['[pip]', 'no-deps = true'] });
    project.requirements('requirements.txt', 'main', 'missing==1.0');
    expect(() => install('requirements.txt')).toThrow(/'missing(==1\.0)?' in requirements\.txt/);
  });

  test('that say where packages are still count', () => {
    const wheels = project.path('wheels');
    settings({ pip: ['no-index = true', `find-links = ${wheels}`], uv: ['no-index = true', `find-links = ["${wheels}"]`] });
    for (const name of ['PIP_FIND_LINKS', 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_FIND_LINKS']) delete process.env[name];
    const stack = project.stack();
    const target = pythonTarget(stack, lambda.Runtime.PYTHON_3_13, lambda.Architecture.ARM_64);
    expect(namesOf(installPackages(stack, { requirements: listedRequirements(['main']), target }))).toEqual([
      'main 1.0',
      'other 2.0',
    ]);
  });
});
