import { createHash } from 'node:crypto';
import fs, { readFileSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { hasUv } from '../../../../lib/packaging/python/host';
import { installPackages } from '../../../../lib/packaging/python/install';
import type { InstalledPackages } from '../../../../lib/packaging/python/install-cache';
import { listedRequirements, requirementsOfFile } from '../../../../lib/packaging/python/requirements';
import { pythonTarget } from '../../../../lib/packaging/python/target';
import { elf, INSTALL_TIMEOUT_MS, listFiles, NETWORK_TIMEOUT_MS, PythonProject, TOOLS } from '../../../support/python-project';

const { ARM_64, X86_64 } = lambda.Architecture;

// Each test installs packages.

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

interface Options {
  readonly runtime?: lambda.Runtime;
  readonly architecture?: lambda.Architecture;
  readonly context?: Record<string, unknown>;
}

function install(packages: string[] | string, options: Options = {}): InstalledPackages {
  const stack = project.stack(options.context);
  const target = pythonTarget(stack, options.runtime ?? lambda.Runtime.PYTHON_3_13, options.architecture ?? ARM_64);
  const requirements = typeof packages === 'string' ? requirementsOfFile(packages) : listedRequirements(packages);
  return installPackages(stack, { requirements, target });
}

/** Installs only from the folder `wheels`. */
function installWheels(names: string[], options: Options = {}): InstalledPackages {
  project.requirements('requirements.txt', ...names);
  return install('requirements.txt', options);
}

const namesOf = ({ packages }: InstalledPackages) => packages.map(({ name, version }) => `${name} ${version}`);

describe.each(TOOLS)('by %s', (tool) => {
  beforeEach(() => {
    project.use(tool);
    expect(hasUv()).toBe(tool === 'uv');
  });

  test('wheels for the target are chosen, not for this machine', () => {
    for (const machine of ['x86_64', 'aarch64'] as const) {
      project.wheel({
        name: 'native',
        tag: `cp313-cp313-manylinux_2_28_${machine}`,
        files: { 'native/ext.cpython-313.so': elf(machine) },
      });
    }
    for (const architecture of [ARM_64, X86_64]) {
      const { directory, packages } = installWheels(['native'], { architecture });
      const machine = architecture === ARM_64 ? 'aarch64' : 'x86_64';
      expect(readFileSync(join(directory, 'native', 'ext.cpython-313.so'))).toEqual(elf(machine));
      expect(packages).toEqual([
        { name: 'native', version: '1.0', tags: [`cp313-cp313-manylinux_2_28_${machine}`], bytes: expect.any(Number) },
      ]);
    }
  });

  test.each([
    [lambda.Runtime.PYTHON_3_11, 'manylinux2014_x86_64'],
    [lambda.Runtime.PYTHON_3_12, 'manylinux_2_28_x86_64'],
  ])('%s: the newest wheel that its glibc supports', (runtime, platform) => {
    const python = `cp${runtime.name.replace(/python|\./g, '')}`;
    for (const [version, of] of [
      ['1.0', 'manylinux2014_x86_64'],
      ['2.0', 'manylinux_2_28_x86_64'],
      ['3.0', 'manylinux_2_35_x86_64'],
    ]) {
      project.wheel({ name: 'native', version, tag: `${python}-${python}-${of}` });
    }
    const { packages } = installWheels(['native'], { runtime, architecture: X86_64 });
    expect(packages[0]?.tags).toEqual([`${python}-${python}-${platform}`]);
  });

  test.each([
    ['python_version < "3.12"', false],
    ['python_version >= "3.13"', true],
    ['sys_platform == "linux"', true],
    ['sys_platform == "win32"', false],
    ['platform_machine == "aarch64"', true],
    ['platform_machine == "x86_64"', false],
  ])('the marker %s is evaluated for the target', (marker, holds) => {
    project.wheel({ name: 'main', requires: [`other; ${marker}`] });
    project.wheel({ name: 'other' });
    expect(namesOf(installWheels(['main']))).toEqual(holds ? ['main 1.0', 'other 1.0'] : ['main 1.0']);
  });

  test('the newest version for the target is chosen even if the Python of this machine does not support it', () => {
    project.wheel({ name: 'main', version: '1.0' });
    project.wheel({ name: 'main', version: '2.0', requiresPython: '>=3.14' });
    expect(namesOf(installWheels(['main'], { runtime: lambda.Runtime.PYTHON_3_14 }))).toEqual(['main 2.0']);
    expect(namesOf(installWheels(['main'], { runtime: lambda.Runtime.PYTHON_3_10 }))).toEqual(['main 1.0']);
  });

  test('files that no function needs are left out', () => {
    project.wheel({
      name: 'main',
      files: {
        'main/tests/test_main.py': '',
        'main/sub/tests/data.json': '{}',
        'main/latests/kept.py': '',
        'main/__pycache__/main.cpython-313.pyc': 'x',
        'main-1.0.data/scripts/tool': '#!python\n',
        'main-1.0.dist-info/entry_points.txt': '[console_scripts]\nrun = main:run\n',
      },
    });
    project.wheel({
      name: 'other',
      files: { 'other/tests/helper.py': '', 'other/__init__.py': 'from .tests.helper import x\n' },
    });
    expect(listFiles(installWheels(['main', 'other']).directory)).toEqual([
      'main-1.0.dist-info/METADATA',
      'main-1.0.dist-info/WHEEL',
      'main-1.0.dist-info/entry_points.txt',
      'main/__init__.py',
      'main/latests/kept.py',
      'other-1.0.dist-info/METADATA',
      'other-1.0.dist-info/WHEEL',
      'other/__init__.py',
      'other/tests/helper.py',
    ]);
  });

  test(
    'a package that the index does not have',
    () => {
      expect(() => install(['katamari-has-no-such-package'])).toThrow(
        "a package must exist on the package index, got: 'katamari-has-no-such-package'",
      );
    },
    NETWORK_TIMEOUT_MS,
  );

  test.each([
    [['docopt==0.6.2'], "'docopt==0.6.2'"],
    [['six', 'docopt'], "'docopt'"],
    // It has wheels, of older versions of Python.
    [['numpy==1.26.4'], "'numpy==1.26.4'"],
  ])(
    'a package without a wheel: %p',
    (packages, named) => {
      expect(() => install(packages)).toThrow(
        `a package must have a wheel for python3.13 on arm64, got: ${named} in packages without one; use another version, architecture or runtime, or build it in Docker with bundling: PythonBundling.docker()`,
      );
    },
    NETWORK_TIMEOUT_MS,
  );

  test(
    'a version that the index does not have',
    () => {
      expect(() => install(['six==99.0'])).toThrow("a package version must exist on the package index, got: 'six==99.0'");
    },
    NETWORK_TIMEOUT_MS,
  );

  test('conflicting packages are reported with the message of the tool', () => {
    project.wheel({ name: 'main', requires: ['other<1'] });
    project.wheel({ name: 'other' });
    project.wheel({ name: 'other', version: '0.5' });
    expect(() => installWheels(['main', 'other==1.0'])).toThrow(
      new RegExp(`^${tool} could not install requirements.txt:[\\s\\S]*other`),
    );
  });

  test(
    'an index that does not answer',
    () => {
      project.write({ 'requirements.txt': '--index-url http://127.0.0.1:9/simple\nsix\n' });
      expect(() => install('requirements.txt')).toThrow(
        /^installing requirements.txt requires the package index, got: .*Connection refused.*; connect to the network, or set /,
      );
    },
    NETWORK_TIMEOUT_MS,
  );

  describe('environment variables of the tools', () => {
    const before = process.env;
    beforeEach(() => {
      process.env = { ...before, PATH: process.env.PATH };
    });
    afterEach(() => {
      process.env = before;
    });

    test('that would change the chosen packages are ignored', () => {
      project.wheel({ name: 'main', requires: ['other'] });
      project.wheel({ name: 'other' });
      project.wheel({ name: 'other', version: '2.0rc1' });
      project.write({ 'limits.txt': 'other<1\n' });
      const limits = project.path('limits.txt');
      Object.assign(process.env, {
        ...{ PIP_PRE: '1', PIP_NO_DEPS: '1', PIP_NO_BINARY: ':all:', PIP_CONSTRAINT: limits, PIP_PLATFORM: 'win_amd64' },
        ...{ UV_PRERELEASE: 'allow', UV_NO_BINARY: '1', UV_CONSTRAINT: limits, UV_OVERRIDE: limits },
        ...{ UV_EXCLUDE_NEWER: '2001-01-01', UV_RESOLUTION: 'lowest' },
      });
      expect(namesOf(installWheels(['main']))).toEqual(['main 1.0', 'other 1.0']);
    });

    test('that set the package index are used', () => {
      project.wheel({ name: 'main' });
      const wheels = project.path('wheels');
      Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, UV_NO_INDEX: '1', UV_FIND_LINKS: wheels });
      expect(namesOf(install(['main']))).toEqual(['main 1.0']);
    });
  });

  test('a wrong hash of a wheel is rejected', () => {
    project.wheel({ name: 'main' });
    expect(() => installWheels([`main==1.0 --hash=sha256:${'0'.repeat(64)}`])).toThrow(/could not install[\s\S]*hash/i);
  });

  test('a local run installs for this machine, from source if necessary', () => {
    project.wheel({ name: 'main', requires: ['other; python_version < "3.0"'] });
    project.wheel({ name: 'main', version: '2.0', tag: 'cp39-cp39-win_amd64' });
    expect(namesOf(installWheels(['main'], { context: { 'katamari:local': 'true' } }))).toEqual(['main 1.0']);
  });
});

test('both tools install the same files', () => {
  project.wheel({
    name: 'main',
    requires: ['other'],
    files: { 'main-1.0.dist-info/entry_points.txt': '[console_scripts]\nrun = main:run\n' },
  });
  project.wheel({ name: 'other', files: { 'other/data file,1.txt': 'x' } });
  const results = TOOLS.map((tool) => {
    project.use(tool);
    project.wipeCache();
    return installWheels(['main']);
  });
  expect(results[0]).toEqual(results[1]);
  expect(listFiles(results[0]?.directory ?? '')).toContain('other/data file,1.txt');
});

test('without uv and Python, explains how to install them', () => {
  project.use('none');
  project.wheel({ name: 'main' });
  expect(() => installWheels(['main'])).toThrow(
    'installing Python packages requires uv, or Python 3.10 or newer with pip, on the PATH, got: neither uv nor python3; install uv (https://docs.astral.sh/uv/getting-started/installation) or pip (apt install python3-pip, or python3 -m ensurepip)',
  );
});

describe('checks of the installed packages', () => {
  test('a wheel whose inner tag differs from its file name is rejected', () => {
    project.wheel({ name: 'main', tag: 'cp313-cp313-manylinux_2_28_aarch64', innerTag: 'cp313-cp313-macosx_11_0_arm64' });
    expect(() => installWheels(['main'])).toThrow(
      "the tags of a package must match python3.13 on arm64, got: 'cp313-cp313-macosx_11_0_arm64' for 'main' 1.0",
    );
  });

  test.each([
    // The tag of orjson 3.9.10.
    ['cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64', true],
    ['cp313-cp313-macosx_11_0_arm64.manylinux2014_aarch64', true],
    ['cp312.cp313-cp312.cp313-manylinux2014_aarch64', true],
    ['py2.py3-none-any', true],
    ['cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64', false],
    ['cp311.cp312-cp311.cp312-manylinux2014_aarch64', false],
    ['py2-none-any', false],
  ])('a compressed inner tag %s: %s', (innerTag, taken) => {
    project.wheel({ name: 'main', tag: 'cp313-cp313-manylinux_2_28_aarch64', innerTag });
    if (taken) expect(namesOf(installWheels(['main']))).toEqual(['main 1.0']);
    else
      expect(() => installWheels(['main'])).toThrow(`the tags of a package must match python3.13 on arm64, got: '${innerTag}'`);
  });

  test.each([
    ['ext.so', elf('x86_64'), 'x86_64'],
    ['libmain.so.1.2', elf('x86_64'), 'x86_64'],
    ['ext.so', Buffer.from(`cffaedfe${'00'.repeat(32)}`, 'hex'), 'macOS'],
    ['ext.pyd', Buffer.from(`4d5a${'00'.repeat(32)}`, 'hex'), 'Windows'],
    ['ext.so', Buffer.from('text'), 'no native code'],
  ])('%s with the header of %s', (name, content, machine) => {
    project.wheel({ name: 'main', tag: 'cp313-cp313-manylinux_2_28_aarch64', files: { [`main/${name}`]: content } });
    expect(() => installWheels(['main'])).toThrow(
      `native files must be built for python3.13 on arm64, got: 'main/${name}' of 'main' 1.0 (${machine})`,
    );
  });

  test('a wheel for any platform can contain libraries for several, one of them for the target', () => {
    const files = { 'main/a.so': elf('x86_64'), 'main/b.so': elf('aarch64') };
    project.wheel({ name: 'main', files });
    expect(listFiles(installWheels(['main']).directory)).toContain('main/b.so');
    project.wheel({ name: 'other', files: { 'other/a.so': elf('x86_64') } });
    expect(() => installWheels(['other'])).toThrow("got: 'other/a.so' of 'other' 1.0 (x86_64)");
  });
});

describe('kept between synths', () => {
  test('an unchanged list needs neither tool nor network', () => {
    project.wheel({ name: 'main' });
    const first = installWheels(['main']);
    project.use('none');
    expect(installWheels(['main'])).toEqual(first);
  });

  test('the versions of a list are kept until the list changes', () => {
    project.wheel({ name: 'main', requires: ['other'] });
    project.wheel({ name: 'other' });
    const first = installWheels(['main']);
    // Simulates another machine that has only the lock.
    project.wheel({ name: 'other', version: '2.0' });
    project.wipeCache();
    const second = installWheels(['main']);
    expect(second).toEqual(first);
    expect(namesOf(second)).toEqual(['main 1.0', 'other 1.0']);
    const changed = installWheels(['main', 'other>1']);
    expect(namesOf(changed)).toEqual(['main 1.0', 'other 2.0']);
    expect(changed.hash).not.toBe(first.hash);
  });

  test('the lock has the requirements and the installed versions, and no path of this machine', () => {
    project.wheel({ name: 'main' });
    installWheels(['main']);
    const text = readFileSync('katamari-python.lock.json', 'utf8');
    expect(Object.values(JSON.parse(text).sets)).toEqual([
      { requirements: 'requirements.txt', target: 'python3.13 on arm64', packages: ['main==1.0'] },
    ]);
    expect(text).not.toContain(project.directory);
  });

  test('the lock can have another path, and a lock that can’t be written causes a warning', () => {
    project.wheel({ name: 'main' });
    installWheels(['main'], { context: { 'katamari:pythonLock': 'wheels/lock.json' } });
    expect(readFileSync('wheels/lock.json', 'utf8')).toContain('main==1.0');
    expect(listFiles(project.path())).not.toContain('katamari-python.lock.json');
    const stack = project.stack({ 'katamari:pythonLock': 'not-there/lock.json' });
    const target = pythonTarget(stack, lambda.Runtime.PYTHON_3_13, ARM_64);
    installPackages(stack, { requirements: requirementsOfFile('requirements.txt'), target });
    expect(stack.node.metadata.map(({ data }) => String(data))).toContainEqual(
      expect.stringMatching(
        /^cannot write the versions of requirements\.txt to .*lock\.json \(ENOENT\); the next synth may install other versions/,
      ),
    );
  });

  test.each(['<<<<<<< ours', '{}', '{ "version": 1, "sets": [] }', '{ "version": 1, "sets": { "a": {} } }'])(
    'a broken lock does not lead to other versions: %s',
    (content) => {
      project.wheel({ name: 'main' });
      project.write({ 'katamari-python.lock.json': content });
      expect(() => installWheels(['main'])).toThrow(
        /^cannot read the lock .*katamari-python\.lock\.json; restore it, or delete it to install newer versions/,
      );
    },
  );

  test('requirements with hashes need no additional lock', () => {
    project.wheel({ name: 'main' });
    const wheel = readFileSync(project.path('wheels', 'main-1.0-py3-none-any.whl'));
    installWheels([`main==1.0 --hash=sha256:${createHash('sha256').update(wheel).digest('hex')}`]);
    expect(listFiles(project.path())).not.toContain('katamari-python.lock.json');
  });

  test('unused packages are deleted, and partially deleted packages are not used', () => {
    project.wheel({ name: 'main' });
    project.wheel({ name: 'other' });
    const entry = dirname(installWheels(['main']).layerDirectory);
    const old = Date.now() / 1000 - 31 * 24 * 3600;
    utimesSync(entry, old, old);
    const { rmSync } = fs;
    const deleting = jest.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
      if (!String(path).includes(basename(entry))) rmSync(path, options);
    });
    try {
      installWheels(['other']);
    } finally {
      deleting.mockRestore();
    }
    const left = () => fs.readdirSync(dirname(entry)).filter((name) => name.includes(basename(entry)));
    expect(left()).toEqual([expect.stringMatching(/^\.partial-/)]);
    project.wheel({ name: 'third' });
    installWheels(['third']);
    expect(left()).toEqual([]);
  });

  test('the hash does not depend on times or paths', async () => {
    project.wheel({ name: 'main' });
    const first = installWheels(['main']);
    const stats = statSync(join(first.directory, 'main', '__init__.py'));
    project.remove();
    project = await PythonProject.create();
    project.wheel({ name: 'main' });
    const second = installWheels(['main']);
    utimesSync(join(second.directory, 'main', '__init__.py'), 1, 1);
    expect(statSync(join(second.directory, 'main', '__init__.py')).mtimeMs).not.toBe(stats.mtimeMs);
    expect(second.directory).not.toBe(first.directory);
    expect(second.hash).toBe(first.hash);
  });
});
