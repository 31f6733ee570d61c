import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { listedRequirements, requirementsBelow, requirementsOfFile } from '../../../../lib/packaging/python/requirements';
import { INSTALL_TIMEOUT_MS, PythonProject } from '../../../support/python-project';

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

/** What would be kept by a name that the index may have as well. */
const URLS = [
  'a @ https://example.com/a.whl',
  'a@https://example.com/a-1.0-py3-none-any.whl',
  'a[x, y] @ https://example.com/a.whl ; python_version > "3"',
  'a @ git+https://example.com/a.git@main',
  'https://example.com/a-1.0-py3-none-any.whl',
  'git+ssh://git@example.com/a.git#egg=a',
];

describe('a list', () => {
  test.each([
    'pandas',
    'ruamel.yaml',
    'pandas>=2,<3',
    'pandas == 2.*',
    'uvicorn[standard]~=0.30',
    'six; python_version < "3.12"',
  ])('takes %s', (name) => {
    expect(listedRequirements([name]).lines().requirements).toEqual([name]);
  });

  test.each(['', '-r other.txt', '--pre', 'two names', '-', 'pandas-', 'a\nb'])('does not take %p', (name) => {
    expect(() => listedRequirements([name])).toThrow(
      `a package must be a name with optional extras and versions, such as 'pandas' or 'pandas>=2,<3', got: '${name}'`,
    );
  });

  test('of nothing is none', () => {
    expect(() => listedRequirements([])).toThrow('packages must name at least one package, got: none');
  });

  test('in another order, or with one twice, is the same', () => {
    expect(listedRequirements(['six', 'idna', 'six']).content).toBe(listedRequirements(['idna', ' six']).content);
  });

  test.each(URLS)('rejects the URL %s', (line) => {
    expect(() => listedRequirements([line])).toThrow(
      `a requirement without a lock must be a package on a package index, got: the URL '${line}' in packages; use a uv.lock, a requirements file in which every line has a --hash, or a Layer with LayerContent.folder`,
    );
  });

  test.each([
    './here',
    '../there',
    '/abs',
    '~/home',
    'file:///x',
    'a @ file:///x',
    '-e ./here',
    'a-1.0-py3-none-any.whl',
    'C:\\x',
  ])('rejects the path %s', (path) => {
    expect(() => listedRequirements([path])).toThrow(
      `a requirement must be a package on a package index, got: the path '${path}' in packages; add your own code with 'modules' or 'folders'`,
    );
  });
});

describe('a requirements.txt', () => {
  test('with what it includes, its options, and without its comments', () => {
    project.write({
      'fn/requirements.txt': [
        '# comment',
        'six==1.17.0 \\',
        '    --hash=sha256:aa \\',
        '    --hash=sha256:bb  # why',
        '-r ../common/base.txt',
        '--constraint=../common/versions.txt',
        '-i https://example.com/simple',
        '--find-links=../wheels',
        '--only-binary :all:',
        '',
      ].join('\r\n'),
      'common/base.txt': 'idna\n-r base.txt\n-c versions.txt\n',
      'common/versions.txt': 'idna<4\n',
    });
    const { lines, content } = requirementsOfFile('fn/requirements.txt');
    expect(lines()).toEqual({
      requirements: [expect.stringMatching(/^six==1.17.0 +--hash=sha256:aa +--hash=sha256:bb$/), 'idna'],
      constraints: ['idna<4'],
      options: ['-i https://example.com/simple', '--find-links ../wheels'],
      requireHashes: true,
    });
    expect(content).not.toContain(project.directory);
  });

  test.each(['-e .', '--editable ./lib', './lib', 'lib @ file:///lib'])('rejects %s', (line) => {
    project.write({ 'requirements.txt': `${line}\n` });
    expect(() => requirementsOfFile('requirements.txt')).toThrow(
      `a requirement must be a package on a package index, got: the path '${line}' in requirements.txt`,
    );
  });

  test.each(URLS)('without all hashes rejects the URL %s', (line) => {
    const message = `a requirement without a lock must be a package on a package index, got: the URL '${line}' in requirements.txt; `;
    for (const text of [`${line}\n`, `six==1.0 --hash=sha256:aa\n${line}\n`, '-r base.txt\n', 'six\n-c base.txt\n']) {
      project.write({ 'requirements.txt': text, 'base.txt': `${line}\n` });
      expect(() => requirementsOfFile('requirements.txt')).toThrow(message);
    }
  });

  test('takes a URL where every line has a hash', () => {
    const line = 'a @ https://example.com/a.whl --hash=sha256:aa';
    project.write({ 'requirements.txt': `six==1.0 --hash=sha256:bb\n${line}\n` });
    const { lines, locked } = requirementsOfFile('requirements.txt');
    expect(locked).toBe(true);
    expect(lines().requirements).toContain(line);
  });

  test('that includes a file which is not there', () => {
    project.write({ 'requirements.txt': '-r base.txt\n' });
    expect(() => requirementsOfFile('requirements.txt')).toThrow(
      "a file that requirements.txt includes must exist, got: '-r base.txt'",
    );
  });

  test('that is not there', () => {
    expect(() => requirementsOfFile('requirements.txt')).toThrow(
      `requirements must be an existing file, relative to the working directory ${process.cwd()}, got: 'requirements.txt'`,
    );
  });

  test.each([
    ['six==1.0', false],
    ['six==1.0 --hash=sha256:aa', true],
    ['six==1.0 --hash=sha256:aa\nidna==3.0', false],
    ['', true],
  ])('%p says all versions: %p', (text, locked) => {
    project.write({ 'requirements.txt': text });
    expect(requirementsOfFile('requirements.txt').locked).toBe(locked);
  });
});

const POETRY_LOCK = `
[[package]]
name = "six"
version = "1.17.0"
groups = ["main"]
files = [{file = "six.whl", hash = "sha256:aa"}, {file = "six.tar.gz", hash = "sha256:bb"}]

[[package]]
name = "colorama"
version = "0.4.6"
groups = ["main", "dev"]
markers = {main = "sys_platform == \\"win32\\"", dev = "python_version > \\"3\\""}
files = [{file = "colorama.whl", hash = "sha256:cc"}]

[[package]]
name = "pytest"
version = "9.0.0"
groups = ["dev"]
files = []

[[package]]
name = "extra"
version = "1.0"
optional = true
groups = ["main"]
files = []

[[package]]
name = "own"
version = "2.0"
groups = ["main"]
markers = "python_version < \\"3.14\\""
files = [{file = "own.whl", hash = "sha256:dd"}]
source = {type = "legacy", url = "https://example.com/simple", reference = "own"}

[metadata]
lock-version = "2.1"
`;

describe('a poetry.lock', () => {
  test('is what is for production, with its markers, hashes and indexes', () => {
    project.write({ 'poetry.lock': POETRY_LOCK });
    const { lines, locked } = requirementsOfFile('poetry.lock');
    expect(locked).toBe(true);
    expect(lines()).toEqual({
      requirements: [
        'six==1.17.0 --hash=sha256:aa --hash=sha256:bb',
        'colorama==0.4.6 ; sys_platform == "win32" --hash=sha256:cc',
      ],
      constraints: [],
      options: [],
      bound: [
        {
          index: { url: 'https://example.com/simple' },
          requirements: ['own==2.0 ; python_version < "3.14" --hash=sha256:dd'],
        },
      ],
      complete: true,
    });
  });

  test.each(['1.1', '2.0'])('of lock-version %s says too little', (version) => {
    project.write({ 'poetry.lock': POETRY_LOCK.replace('"2.1"', `"${version}"`) });
    expect(() => requirementsOfFile('poetry.lock').lines()).toThrow(
      `poetry.lock must have lock-version 2.1 or newer, which records the groups of packages, got: '${version}'; run 'poetry lock'`,
    );
  });

  test('with a folder that is not there, or a source of another kind', () => {
    project.write({
      'poetry.lock': POETRY_LOCK.replace('"legacy", url = "https://example.com/simple"', '"directory", url = "../own"'),
    });
    expect(() => requirementsOfFile('poetry.lock').lines()).toThrow(
      "the local package 'own' in poetry.lock must be an existing folder or file, got: '../own'",
    );
    project.write({ 'poetry.lock': POETRY_LOCK.replace('"legacy"', '"bazaar"') });
    expect(() => requirementsOfFile('poetry.lock').lines()).toThrow(
      "a package in poetry.lock must come from an index, a folder, a file, a URL or a commit of a Git repository, got: 'own' from 'bazaar'",
    );
  });

  test('that is no TOML', () => {
    project.write({ 'poetry.lock': '<<<<<<< ours' });
    expect(() => requirementsOfFile('poetry.lock').lines()).toThrow(/poetry\.lock' must be valid TOML: /);
  });
});

describe('a Pipfile.lock', () => {
  const lock = (entry: object) =>
    JSON.stringify({
      _meta: {
        sources: [
          { name: 'pypi', url: 'https://pypi.org/simple' },
          { name: 'own', url: 'https://example.com/simple' },
        ],
      },
      default: { six: entry },
      develop: { pytest: { version: '==9.0.0' } },
    });

  test('is its section for production', () => {
    project.write({
      'Pipfile.lock': lock({ version: '==1.17.0', hashes: ['sha256:aa'], markers: "python_version >= '3'", extras: ['x', 'y'] }),
    });
    expect(requirementsOfFile('Pipfile.lock').lines()).toEqual({
      requirements: ["six[x,y]==1.17.0 ; python_version >= '3' --hash=sha256:aa"],
      constraints: [],
      options: [],
      complete: true,
    });
  });

  test('takes a package from the index that it names', () => {
    project.write({ 'Pipfile.lock': lock({ version: '==1.17.0', index: 'own' }) });
    expect(requirementsOfFile('Pipfile.lock').lines()).toEqual({
      requirements: [],
      constraints: [],
      options: [],
      bound: [{ index: { url: 'https://example.com/simple' }, requirements: ['six==1.17.0'] }],
      complete: true,
    });
    project.write({ 'Pipfile.lock': lock({ version: '==1.17.0', index: 'other' }) });
    expect(() => requirementsOfFile('Pipfile.lock').lines()).toThrow(
      "the index of a package in Pipfile.lock must be one of its sources, got: 'other' for 'six'",
    );
  });

  test('that is no JSON', () => {
    project.write({ 'Pipfile.lock': '<<<<<<< ours' });
    expect(() => requirementsOfFile('Pipfile.lock').lines()).toThrow(/Pipfile\.lock' must be valid JSON: /);
  });

  test.each([
    [
      { path: './six', editable: true },
      "the local package 'six' in Pipfile.lock must be an existing folder or file, got: './six'",
    ],
    [
      { version: '*' },
      "a package in Pipfile.lock must have a version, a path, a file, or a commit of a Git repository, got: 'six'",
    ],
    [
      { git: 'https://example.com/six.git' },
      'a package in Pipfile.lock must have a version, a path, a file, or a commit of a Git',
    ],
  ])('with %p', (entry, message) => {
    project.write({ 'Pipfile.lock': lock(entry) });
    expect(() => requirementsOfFile('Pipfile.lock').lines()).toThrow(message);
  });

  test('names the commit of a repository', () => {
    project.write({ 'Pipfile.lock': lock({ git: 'https://example.com/six.git', ref: 'a', subdirectory: 'sub' }) });
    expect(requirementsOfFile('Pipfile.lock').lines().sources).toEqual([
      { name: 'six', git: { url: 'https://example.com/six.git', commit: 'a', subdirectory: 'sub' } },
    ]);
  });
});

describe('a uv.lock', () => {
  beforeEach(() => {
    project.wheel({ name: 'main', requires: ['other; sys_platform == "win32"'] });
    project.wheel({ name: 'other' });
    project.wheel({ name: 'checker' });
    project.write({
      'fn/pyproject.toml': [
        ...['[project]', 'name = "fn"', 'version = "0"', 'requires-python = ">=3.10"', 'dependencies = ["main"]'],
        ...['[dependency-groups]', 'dev = ["checker"]'],
        ...['[tool.uv]', 'no-index = true', 'find-links = ["../wheels"]', ''],
      ].join('\n'),
    });
    execFileSync('uv', ['lock', '--quiet'], { cwd: project.path('fn'), env: { ...process.env } });
  });

  test('is what uv exports of it for production', () => {
    const { lines, locked } = requirementsOfFile('fn/uv.lock');
    expect(locked).toBe(true);
    const { bound = [], requirements } = lines();
    expect(requirements).toEqual([]);
    expect(bound.map(({ index }) => index)).toEqual([{ url: project.path('wheels'), flat: true }]);
    expect(bound[0]?.requirements.map((line) => line.replace(/ +--hash=\S+/g, ''))).toEqual([
      'main==1.0',
      expect.stringMatching(/^other==1.0 ; sys_platform == 'win32'$/),
    ]);
  });

  test('needs uv', () => {
    project.use('pip');
    expect(() => requirementsOfFile('fn/uv.lock').lines()).toThrow(
      /^'uv.lock' requires uv on the PATH; install it \(https:.*'uv export --no-dev/,
    );
  });

  test('that is broken', () => {
    project.write({ 'fn/uv.lock': 'version = 1\n<<<<<<<\n' });
    expect(() => requirementsOfFile('fn/uv.lock').lines()).toThrow(/fn\/uv\.lock' must be valid TOML: /);
  });
});

describe('a pyproject.toml', () => {
  test('names its dependencies', () => {
    project.write({ 'pyproject.toml': '[project]\nname = "fn"\ndependencies = ["six>=1.17", "idna"]\n' });
    const { lines, locked } = requirementsOfFile('pyproject.toml');
    expect(lines().requirements).toEqual(['six>=1.17', 'idna']);
    expect(locked).toBe(false);
  });

  test.each([
    ['[project]\nname = "fn"\ndynamic = ["dependencies"]\n', /must be static, got: dynamic; add a lock or a requirements\.txt/],
    ['[tool.poetry.dependencies]\npython = "^3.13"\nsix = "*"\n', /got: \[tool\.poetry\.dependencies\] without a poetry\.lock$/],
    ['[project]\ndependencies = ["lib @ file:///lib"]\n', /got: the path 'lib @ file:\/\/\/lib' in pyproject\.toml/],
    [
      '[project]\ndependencies = ["a @ https://a.example/a.whl"]\n',
      /got: the URL 'a @ https:\/\/a.example\/a.whl' in pyproject\.toml/,
    ],
    ['[tool.ruff]\n', /a pyproject\.toml must have dependencies in \[project\], got: none in /],
  ])('%j', (text, message) => {
    project.write({ 'pyproject.toml': text });
    expect(() => requirementsOfFile('pyproject.toml')).toThrow(message);
  });
});

describe('a folder', () => {
  test('is asked for a lock first', () => {
    const files = {
      'pyproject.toml': '[project]\ndependencies = ["six"]\n',
      'requirements.txt': 'six\n',
      'Pipfile.lock': '{}',
      'poetry.lock': POETRY_LOCK,
      'uv.lock': '',
    };
    for (const [name, content] of Object.entries(files)) {
      project.write({ [`fn/${name}`]: content });
      const found = requirementsBelow('fn');
      expect(found?.label).toBe(name);
      expect(dirname(`${found?.directory}/${name}`)).toBe(project.path('fn'));
    }
  });

  test('may ask for nothing', () => {
    project.write({ 'fn/app.py': '', 'fn/pyproject.toml': '[tool.ruff]\n' });
    expect(requirementsBelow('fn')).toBeUndefined();
  });
});
