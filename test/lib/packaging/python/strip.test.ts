import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { treeOf } from '../../../../lib/packaging/files';
import { readDistributions } from '../../../../lib/packaging/python/distributions';
import { importedModules } from '../../../../lib/packaging/python/imports';
import { strip } from '../../../../lib/packaging/python/strip';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'katamari-strip-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Strips distributions, and returns the files that are left, without their metadata. */
function stripped(...distributions: Record<string, string>[]): string[] {
  for (const [number, files] of distributions.entries()) {
    const info = `d${number}-1.0.dist-info`;
    const all: Record<string, string> = { ...files, [`${info}/METADATA`]: `Name: d${number}\nVersion: 1.0\n` };
    all[`${info}/RECORD`] = Object.keys(files)
      .map((name) => `${name},,`)
      .join('\n');
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  }
  strip(directory, readDistributions(directory));
  return treeOf(directory).filter((name) => !name.includes('.dist-info/METADATA'));
}

test('tests that nothing imports are left out', () => {
  expect(stripped({ 'a/__init__.py': '', 'a/tests/test_a.py': '', 'tests/test_b.py': '' })).toEqual(['a/__init__.py']);
});

test('a distribution that lives below tests/ is kept', () => {
  const files = { 'acme/tests/__init__.py': '', 'acme/tests/fixtures.json': '{}' };
  expect(stripped(files, { 'b/__init__.py': '', 'b/tests/x.py': '' })).toEqual([...Object.keys(files), 'b/__init__.py']);
});

test('a data-only distribution below tests/ is kept', () => {
  expect(stripped({ 'acme/tests/data.json': '{}' })).toEqual(['acme/tests/data.json']);
});

test('a wheel with compiled modules only keeps its code', () => {
  const files = {
    'a/__init__.pyc': '',
    'a/core.pyc': '',
    'a/both.py': '',
    'a/both.pyc': '',
    'a/__pycache__/core.cpython-313.pyc': '',
  };
  expect(stripped(files)).toEqual(['a/__init__.pyc', 'a/both.py', 'a/core.pyc']);
});

test('tests that another distribution, an entry point or kept tests import are kept', () => {
  const left = stripped(
    {
      'a/__init__.py': '',
      'a/tests/helper.py': 'from a.sub.tests import more\n',
      'a/sub/tests/more.py': '',
      'a/old/tests/x.py': '',
    },
    { 'b/__init__.py': 'import a.tests.helper\n' },
    { 'c/__init__.py': '', 'c/tests/plugin.py': '', 'd2-1.0.dist-info/entry_points.txt': '[x]\ny = c.tests.plugin:run\n' },
  );
  expect(left).toEqual(expect.arrayContaining(['a/tests/helper.py', 'a/sub/tests/more.py', 'c/tests/plugin.py']));
  expect(left).not.toContain('a/old/tests/x.py');
});

test('commands and C headers are left out, and a package named bin keeps its modules', () => {
  expect(stripped({ 'a/__init__.py': '', 'bin/run': '#!', 'include/site/python3.11/a/a.h': '', 'Scripts/run': '' })).toEqual([
    'a/__init__.py',
  ]);
  expect(stripped({ 'bin/__init__.py': '', 'bin/tool.py': '' })).toEqual(['a/__init__.py', 'bin/__init__.py', 'bin/tool.py']);
});

describe('imports of pkg/sub', () => {
  test.each([
    ['from .tests import x', 'pkg/sub/tests/x'],
    ['from . import tests as t', 'pkg/sub/tests'],
    ['from ..tests.helper import (\n  a,  # why\n  b,\n)', 'pkg/tests/helper/b'],
    ['import os, pkg.tests.x as y', 'pkg/tests/x'],
    ['x = 1; from pkg import \\\n  tests', 'pkg/tests'],
    ['if True: import pkg.tests', 'pkg/tests'],
    ['def f(a: int): from . import tests', 'pkg/sub/tests'],
    ['import pkg . tests', 'pkg/tests'],
    ["importlib.import_module('pkg.tests.z')", 'pkg/tests/z'],
    ['s = "it\'s"\nfrom.tests import x', 'pkg/sub/tests'],
  ])('%j has %s', (code, module) => {
    expect(importedModules(code, 'pkg/sub')).toContain(module);
  });

  test.each([
    '"""\nfrom .tests import x\n"""',
    '# from .tests import x',
    "'''\nimport pkg.tests\n'''",
    's = "import pkg.tests"',
    'importer = 1\nfrom_tests = 2',
  ])('%j has none', (code) => {
    expect(importedModules(code, 'pkg/sub')).toEqual([]);
  });
});
