import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../../engine/run-process';
import { START_TIMEOUT_MS, useMiniStack } from '../../support/ministack';
import { DependencyBucket, folderName, type LoadOptions, Machine, PYTHON_LOADER } from '../../support/stored-dependencies';
import { lambdaPython } from './python-driver';

// test/lambda/runtime/load-dependencies.test.ts has the tests that both languages share.

const ministack = useMiniStack();
let bucket: DependencyBucket;
let machine: Machine;

beforeAll(async () => {
  bucket = await DependencyBucket.create(ministack.endpoint);
}, START_TIMEOUT_MS);

beforeEach(() => {
  bucket.reset();
  machine = new Machine(bucket, PYTHON_LOADER);
});

afterEach(() => machine.remove());

afterAll(() => bucket?.stop());

/** Runs Python code in the environment of a function, and parses its output. */
async function run(code: string, zips: LoadOptions['zips'], env: Record<string, string | undefined> = {}) {
  const text = `import json, sys\nfrom katamari_runtime import load_dependencies, load_dependency, DependencyError\n${code}`;
  const environment = machine.environment({ zips, rounds: [], env });
  const result = await runProcess(await lambdaPython(), ['-c', text], { env: environment, cwd: machine.directory });
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout);
}

test('a loaded package can be imported, and its folder is returned', async () => {
  const heavy = await bucket.putFiles({ 'heavy/__init__.py': 'from heavy.part import value\n', 'heavy/part.py': 'value = 42\n' });
  const code = `
folder = load_dependency("heavy")
import heavy
print(json.dumps([heavy.value, str(folder), sys.path.count(str(folder)), load_dependencies(["heavy"])["heavy"] == folder]))`;
  const folder = join(machine.store, folderName(heavy));
  expect(await run(code, { heavy })).toEqual([42, folder, 1, true]);
});

test('a module is found even if an earlier import of it failed', async () => {
  const late = await bucket.putFiles({ 'late_module.py': 'value = 1\n' });
  const code = `
try: import late_module
except ModuleNotFoundError: pass
load_dependency("late")
import late_module
print(json.dumps(late_module.value))`;
  expect(await run(code, { late })).toBe(1);
});

test('its modules have priority over those of Lambda, but not over those of the function', async () => {
  const stored = await bucket.putFiles({ 'own.py': "who = 'stored'\n", 'runtime.py': "who = 'stored'\n" });
  for (const [folder, names] of Object.entries({ task: ['own'], lambda: ['own', 'runtime'] })) {
    mkdirSync(join(machine.directory, folder));
    for (const name of names) writeFileSync(join(machine.directory, folder, `${name}.py`), `who = '${folder}'\n`);
  }
  const code = `
import os
sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], os.path.join(os.getcwd(), "lambda")]
load_dependency("stored")
import own, runtime
print(json.dumps([own.who, runtime.who]))`;
  const env = { LAMBDA_TASK_ROOT: join(machine.directory, 'task') };
  expect(await run(code, { stored }, env)).toEqual(['task', 'stored']);
});

test.each(['Scikit.Learn', 'scikit_learn', 'scikit-learn'])('%s is the package scikit-learn', async (name) => {
  const zip = await bucket.putFiles({ 'x.py': 'x = 1\n' });
  expect(await run(`print(json.dumps(list(load_dependencies(["${name}"]))))`, { 'scikit-learn': zip })).toEqual([name]);
});

test('outside Lambda, nothing is downloaded for any name', async () => {
  const code = `
before = list(sys.path)
answers = [load_dependency("pandas"), load_dependencies(["pandas", "numpy"])]
print(json.dumps([answers, sys.path == before, [name for name in sys.modules if name.startswith("boto")]]))`;
  const outside = { AWS_LAMBDA_FUNCTION_NAME: undefined, KATAMARI_DEPENDENCIES: undefined };
  expect(await run(code, {}, outside)).toEqual([[null, {}], true, []]);
  expect(bucket.requestedKeys).toEqual([]);
});

test('the AWS SDK is not loaded if all dependencies are in the store', async () => {
  const zip = await bucket.putFiles({ 'x.py': 'x = 1\n' });
  const code = `
load_dependency("x")
print(json.dumps([name for name in sys.modules if name.startswith("boto")] != []))`;
  expect(await run(code, { x: zip })).toBe(true);
  expect(await run(code, { x: zip })).toBe(false);
});

test('a name instead of a list of names is rejected', async () => {
  const code = `
try: load_dependencies("pandas")
except DependencyError as error: print(json.dumps(str(error)))`;
  expect(await run(code, {})).toBe("names must be a list of names, got: 'pandas'. Use load_dependency for one dependency");
});
