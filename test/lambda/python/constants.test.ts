import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { MINISTACK_REQUIREMENTS } from '../../../engine/ministack';
import { runProcess } from '../../../engine/run-process';
import { START_TIMEOUT_MS } from '../../support/ministack';
import { lambdaPython, pythonEnvironment } from './python-driver';

const ROOT = join(__dirname, '..', '..', '..');

/** The names that the generator writes, in groups, by file. */
const listedNames: Readonly<Record<string, string[][]>> = JSON.parse(
  readFileSync(join(ROOT, 'scripts', 'python-constants.json'), 'utf8'),
);

/** Returns all exports of the files lib/<folder>/constants.ts. */
function constantsOfLib(): Record<string, unknown> {
  const files = readdirSync(join(ROOT, 'lib'))
    .map((folder) => join(ROOT, 'lib', folder, 'constants.ts'))
    .filter(existsSync);
  return Object.assign({}, ...files.map((file) => require(file)));
}

/** Constants have the same name in Python; functions are in snake case. */
const pythonName = (name: string) =>
  name === name.toUpperCase() ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const READ = `import importlib, inspect, json, re
def read(module):
    names = {name: value for name, value in vars(importlib.import_module(module)).items() if not name.startswith("_")}
    values = {name: value.pattern if isinstance(value, re.Pattern) else value for name, value in names.items() if name.isupper()}
    return values, {name: value("x") for name, value in names.items() if inspect.isfunction(value)}
print(json.dumps([read("katamari_runtime._constants"), read("katamari_runtime.adapter._constants")]))`;

test(
  'the constants of Python are those of the constructs',
  async () => {
    const known = constantsOfLib();
    const { stdout, stderr } = await runProcess(await lambdaPython(), ['-c', READ], { env: pythonEnvironment() });
    expect(stderr).toBe('');
    const modules = JSON.parse(stdout) as [Record<string, unknown>, Record<string, unknown>][];
    // A name that is missing from Python, or is there without being listed, fails here.
    expect(modules.map(([values, functions]) => [...Object.keys(values), ...Object.keys(functions)].sort())).toEqual(
      Object.values(listedNames).map((groups) => groups.flat().map(pythonName).sort()),
    );
    for (const [values, functions] of modules) {
      for (const [name, value] of Object.entries(values)) {
        const wanted = known[name];
        // The Python code uses fullmatch, which needs no anchors.
        expect({ [name]: wanted instanceof RegExp ? `^${value}$` : value }).toEqual({
          [name]: wanted instanceof RegExp ? wanted.source : wanted,
        });
      }
      for (const [name, value] of Object.entries(functions)) {
        const camelCase = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
        expect({ [name]: value }).toEqual({ [name]: (known[camelCase] as (text: string) => string)('x') });
      }
    }
  },
  START_TIMEOUT_MS,
);

test('the generated files are up to date', async () => {
  const { code, stderr } = await runProcess(process.execPath, ['scripts/python-constants.mjs', '--check'], { cwd: ROOT });
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test('pytest uses the boto3 of the functions that run locally', () => {
  const { 'dependency-groups': groups } = parse(readFileSync(join(ROOT, 'lambda', 'python', 'pyproject.toml'), 'utf8'));
  const boto3 = MINISTACK_REQUIREMENTS.find((requirement) => requirement.startsWith('boto3=='));
  expect((groups as TomlTable).tools).toContain(boto3);
});
