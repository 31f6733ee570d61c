import { pythonJson } from '../../../../lib/packaging/python/python-json';
import { requirementsBelow, requirementsOfFile } from '../../../../lib/packaging/python/requirements';
import { INSTALL_TIMEOUT_MS, PythonProject } from '../../../support/python-project';

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

// The hashes were written by Poetry 2.5 and Pipenv 2026.10.
const POETRY = `[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "own"
url = "https://example.com/simple"
[tool.poetry.dependencies]
python = ">=3.11"
six = "*"
idna = { version = ">=3", extras = ["all"], optional = true }
[tool.poetry.group.dev.dependencies]
pytest = "^9"
`;
const PROJECT = `[project]
name = "fn"
version = "0"
requires-python = ">=3.11"
dependencies = ["six>=1 ; python_version > '3.9'", "naïve"]
[dependency-groups]
dev = ["pytest"]
`;
const PIPFILE = `[packages]
six = "*"
idna = {version = ">=3", index = "own"}
[dev-packages]
pytest = "*"
[requires]
python_version = "3.13"
[docs]
sphinx = "*"
`;

const poetryLock = (hash: string) => `[metadata]\nlock-version = "2.1"\ncontent-hash = "${hash}"\n`;

describe('a poetry.lock', () => {
  test.each([
    [POETRY, 'b7739e2aacefe5638dec37a7398a95c709960b0608a08515ef6315d578b00ce1'],
    [PROJECT, '495b014cae9efe3ddf8c3bc7e68bed53f6c4c0ffb551f6c6598c9bcc012b303d'],
    // Without dependency groups, as Poetry 2.1 hashes.
    [PROJECT, '476ca39fc4d5160f9e3160c4d5233591a5d3973aab0aea8ff03fa973753bab95'],
  ])('must match its pyproject.toml: %#', (text, hash) => {
    project.write({ 'pyproject.toml': `${text}[tool.ruff]\nline-length = 100\n`, 'poetry.lock': poetryLock(hash) });
    expect(requirementsOfFile('poetry.lock').locked).toBe(true);
    project.write({ 'pyproject.toml': text.replace('six', 'seven') });
    expect(() => requirementsOfFile('poetry.lock')).toThrow(
      "poetry.lock must match the pyproject.toml beside it, got: a lock of other dependencies; run 'poetry lock'",
    );
  });
});

describe('a Pipfile.lock', () => {
  const lock = (sha256: string) => JSON.stringify({ _meta: { hash: { sha256 } }, default: {} });

  test('must match its Pipfile', () => {
    project.write({
      Pipfile: PIPFILE,
      'Pipfile.lock': lock('8173d49bcf5f1cf24e0d74e7ae8c5fda8db7de0c80bfc6885a1011c6052e0442'),
    });
    expect(requirementsOfFile('Pipfile.lock').locked).toBe(true);
    project.write({ Pipfile: PIPFILE.replace('six', 'seven') });
    expect(() => requirementsOfFile('Pipfile.lock')).toThrow(
      "Pipfile.lock must match the Pipfile beside it, got: a lock of other dependencies; run 'pipenv lock'",
    );
  });

  test('must exist for a Pipfile with packages', () => {
    const message =
      /^a Pipfile must have a Pipfile\.lock beside it, got: '.*Pipfile' with the packages 'six', 'idna' and no lock; run 'pipenv lock'/;
    project.write({ 'fn/Pipfile': PIPFILE });
    expect(() => requirementsBelow('fn')).toThrow(message);
    expect(() => requirementsOfFile('fn/Pipfile')).toThrow(message);
    project.write({ 'fn/requirements.txt': 'six\n' });
    expect(requirementsBelow('fn')?.label).toBe('requirements.txt');
    project.write({ 'tools/Pipfile': '[dev-packages]\npytest = "*"\n' });
    expect(requirementsBelow('tools')).toBeUndefined();
    expect(requirementsOfFile('tools/Pipfile').content).toBe('');
  });
});

test.each(['pdm.lock', 'pylock.toml'])('a %s is not passed over', (name) => {
  project.write({ [`fn/${name}`]: '', 'fn/pyproject.toml': '[project]\ndependencies = ["six"]\n' });
  expect(() => requirementsBelow('fn')).toThrow(
    `the lock of a folder must be one of uv.lock, poetry.lock and Pipfile.lock, got: 'fn/${name}'; run '`,
  );
  project.write({ 'fn/requirements.txt': 'six\n' });
  expect(requirementsBelow('fn')?.label).toBe('requirements.txt');
});

test.each([
  [
    'uv.lock',
    'package = 5',
    /^package in '.*fn\/uv\.lock' must be a list of packages, got: 5; write 'uv\.lock' again with its tool/,
  ],
  ['uv.lock', '[[package]]\nname = "a"', /^package in '.*fn\/uv\.lock' must be a list of packages, got: \[/],
  ['uv.lock', '<<<<<<<', /^'.*fn\/uv\.lock' must be valid TOML: /],
  [
    'poetry.lock',
    'package = ["a"]\n[metadata]\nlock-version = "2.1"',
    /^package in '.*fn\/poetry\.lock' must be a list of packages/,
  ],
  ['poetry.lock', '[[package]]\nname = 1\n[metadata]\nlock-version = "2.1"', /^package in '.*fn\/poetry\.lock' must be a list/],
  ['Pipfile.lock', 'null', /^'.*fn\/Pipfile\.lock' must contain an object, got: null/],
  ['Pipfile.lock', '{ "default": [] }', /^default in '.*fn\/Pipfile\.lock' must be an object of packages, got: \[\]/],
  ['Pipfile.lock', '{ "default": { "a": { "version": 1 } } }', /^default in '.*fn\/Pipfile\.lock' must be an object of packages/],
  [
    'Pipfile.lock',
    '{ "_meta": { "sources": [1] } }',
    /^_meta\.sources in '.*fn\/Pipfile\.lock' must be a list of indexes, got: \[1\]/,
  ],
  [
    'pyproject.toml',
    '[project]\ndependencies = "six"',
    /^project\.dependencies in '.*fn\/pyproject\.toml' must be a list of texts/,
  ],
])('a broken %s is told by its name: %j', (name, text, message) => {
  project.write({ [`fn/${name}`]: text });
  expect(() => requirementsOfFile(`fn/${name}`)).toThrow(message);
});

test('JSON is written as by Python', () => {
  const value = { b: ['ü', '😀', '\u007f', '"\n'], a: { z: null, y: true, x: 1 } };
  expect(pythonJson(value, { items: ', ', key: ': ' })).toBe(
    '{"a": {"x": 1, "y": true, "z": null}, "b": ["\\u00fc", "\\ud83d\\ude00", "\\u007f", "\\"\\n"]}',
  );
});
