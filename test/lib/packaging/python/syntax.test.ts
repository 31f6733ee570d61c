import { chmodSync, readdirSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type PythonSourceOptions, Source } from '../../../../lib';
import { skipBundling } from '../../../../testing';
import { INSTALL_TIMEOUT_MS, PythonProject } from '../../../support/python-project';

const APP = 'def run(event, context):\n    return event\n';
/** Python 3.10 compiles neither of them, Python 3.99 does. */
const NEWER_THAN_ANY = 'from __future__ import a_later_feature\n';
const NEWER_RUNTIME = new lambda.Runtime('python3.99', lambda.RuntimeFamily.PYTHON);

let project: PythonProject;
beforeEach(async () => {
  project = await PythonProject.create();
  project.write({ 'fn/app.py': APP });
}, INSTALL_TIMEOUT_MS);
afterEach(() => project.remove());

function bind(
  options: Partial<PythonSourceOptions> = {},
  runtime = lambda.Runtime.PYTHON_3_10,
  context: Record<string, unknown> = {},
): Stack {
  const stack = project.stack(context);
  const architecture = lambda.Architecture.ARM_64;
  Source.python('fn', { handler: 'app.run', ...options }).bind(stack, { runtime, architecture, wrapHandler: true });
  return stack;
}

/** Adds the Python of a later version, which compiles everything or nothing. */
function installLaterPython(errors: string): void {
  const executable = project.path('..', 'bin-uv', 'python3.99');
  project.write({
    'project/../bin-uv/python3.99': `#!/bin/sh
case "$2" in
  *sysconfig*) echo '["${executable}", 3, 99, "linux-x86_64"]' ;;
  *) echo '${errors}' ;;
esac
`,
  });
  chmodSync(executable, 0o755);
}

test.each([
  [
    'the handler',
    { 'fn/app.py': 'def run(event, context)\n    return event\n' },
    {},
    "fn/app.py, line 1: SyntaxError: expected ':'\n    def run(event, context)\n                           ^",
  ],
  [
    'another file of the folder',
    { 'fn/orders/rules.py': 'def total():\n    if True:\n        return (1,\n' },
    {},
    "fn/orders/rules.py, line 3: SyntaxError: '(' was never closed\n    return (1,\n           ^",
  ],
  [
    'a module of the project',
    { 'shared/money.py': 'x = 1\n  y = 2\n' },
    { modules: ['shared'] },
    'shared/money.py, line 2: IndentationError: unexpected indent\n    y = 2',
  ],
  [
    'what the compiler refuses after the parser',
    { 'fn/late.py': 'def total():\n    nonlocal x\n' },
    {},
    "fn/late.py, line 2: SyntaxError: no binding for nonlocal 'x' found",
  ],
])('a syntax error in %s is an error with file and line', (_name, files, options, got) => {
  project.write(files as Record<string, string>);
  expect(() => bind(options)).toThrow(`a Python source must compile for python3.10 on arm64, got: ${got}`);
});

test('all files with errors are listed, up to five', () => {
  project.write(Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((number) => [`fn/bad${number}.py`, 'a b\n'])));
  expect(() => bind()).toThrow(/bad1\.py, line 1: [\s\S]*bad5\.py, line 1: [\s\S]*\nand 2 more files \(at Stack\)$/);
});

test('syntax that is newer than the runtime is refused, where Python knows since when there is such syntax', () => {
  project.write({ 'fn/app.py': `try:\n    pass\nexcept* ValueError:\n    pass\n\n${APP}` });
  expect(() => bind()).toThrow(/fn\/app\.py, line \d: SyntaxError: Exception groups are only supported in Python 3\.11/);
  expect(() => bind({}, lambda.Runtime.PYTHON_3_11)).not.toThrow();
});

test('in a local run the Python of this machine decides, because it runs the code', () => {
  project.write({ 'fn/app.py': `${NEWER_THAN_ANY}${APP}` });
  expect(() => bind({}, NEWER_RUNTIME, { 'katamari:local': true })).toThrow(
    'a Python source must compile for this machine, got: fn/app.py, line 1: SyntaxError: future feature a_later_feature is not defined',
  );
});

describe('with a Python that is older than the runtime', () => {
  const warning = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  beforeEach(() => project.write({ 'fn/app.py': `${NEWER_THAN_ANY}${APP}` }));

  test('a syntax error is a warning, because the runtime may accept it', () => {
    const [found, ...others] = warning(bind({}, NEWER_RUNTIME));
    expect(others).toEqual([]);
    expect(found?.entry.data).toMatch(
      /^a Python source does not compile with Python 3\.\d+ of this machine: fn\/app\.py, line 1: SyntaxError: future feature a_later_feature is not defined\n[\s\S]*If python3\.99 on arm64 can compile it, install Python 3\.99, so that synth can check it \[ack: cdk-katamari:pythonSyntax\]$/,
    );
  });

  test('the Python of the runtime decides where it is installed', () => {
    installLaterPython('[]');
    expect(warning(bind({}, NEWER_RUNTIME))).toEqual([]);
    const path = project.path('fn', 'app.py');
    installLaterPython(JSON.stringify([{ path, line: 1, reason: 'SyntaxError: not even then', text: '', column: 0 }]));
    expect(() => bind({}, NEWER_RUNTIME)).toThrow(
      'a Python source must compile for python3.99 on arm64, got: fn/app.py, line 1: SyntaxError: not even then',
    );
  });
});

test.each([
  ['a file that is left out', { 'fn/templates/job.py': '{{ name }} =\n' }, { exclude: ['templates/'] }],
  ['a file that is no Python', { 'fn/notes.txt': 'a b\n' }, {}],
  [
    'a package that was installed into the folder',
    {
      'fn/old/__init__.py': '',
      'fn/old/python2.py': "print 'hello'\n",
      'fn/old-1.0.dist-info/RECORD': '"old/__init__.py",,\nold/python2.py,sha256=x,14\n',
    },
    {},
  ],
  ['a file that warns', { 'fn/warns.py': "x = '\\d'\nassert (1, 'always')\n" }, {}],
  ['a file in another encoding', { 'fn/latin.py': Buffer.from("# coding: latin-1\nx = '\xe9'\n", 'latin1') }, {}],
])('%s is not refused', (_name, files, options) => {
  project.write(files as Record<string, string>);
  expect(() => bind(options)).not.toThrow();
});

test('third-party packages are not compiled', () => {
  project.wheel({ name: 'templates', files: { 'templates/broken.py': '{{ name }} =\n' } });
  project.requirements('fn/requirements.txt', 'templates');
  expect(() => bind()).not.toThrow();
});

test('sources that were compiled before are not compiled again', () => {
  bind();
  const store = project.path('node_modules', '.cache', 'cdk-katamari', 'python-syntax');
  const before = readdirSync(store);
  bind();
  expect(readdirSync(store)).toEqual(before);
  project.write({ 'fn/app.py': `a b\n${APP}` });
  expect(() => bind()).toThrow('fn/app.py, line 1');
  expect(() => bind()).toThrow('fn/app.py, line 1');
});

test('nothing is compiled without Python, or where synth skips bundling', () => {
  project.write({ 'fn/app.py': `a b\n${APP}` });
  expect(() => bind({}, lambda.Runtime.PYTHON_3_10, skipBundling())).not.toThrow();
  project.use('none');
  expect(() => bind()).not.toThrow();
});
