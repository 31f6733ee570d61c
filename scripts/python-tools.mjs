// Runs the Python tools in a virtual environment, with the versions that lambda/python/pyproject.toml pins:
// `python-tools.mjs lint`, `python-tools.mjs format`, or `python-tools.mjs pytest [arguments]`.
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const PROJECT = 'lambda/python';
const CONFIG = `${PROJECT}/pyproject.toml`;
const SOURCES = [PROJECT, 'test/lambda/python', 'bench', 'engine', 'examples'];
const CACHE = join('node_modules', '.cache', 'cdk-katamari', 'python-tools');
const OLDEST_MINOR = 10;
const HOUR_MS = 3_600_000;
/** Environments that were unused for longer are deleted: they belong to other versions of the tools. */
const KEPT_MS = 30 * 24 * HOUR_MS;

const [command, ...args] = process.argv.slice(2);
const ruff = (...given) => [['-m', 'ruff', ...given, '--config', CONFIG, '--cache-dir', join(CACHE, 'ruff'), ...SOURCES]];
const commands = {
  lint: [
    ...ruff('check', '--quiet', '--output-format', 'concise'),
    ...ruff('format', '--quiet', '--check'),
    ['-m', 'mypy', '--config-file', CONFIG, '--cache-dir', join(CACHE, 'mypy'), '--no-error-summary'],
  ],
  format: [...ruff('check', '--quiet', '--fix', '--exit-zero'), ...ruff('format', '--quiet')],
  pytest: [['-m', 'pytest', '-c', CONFIG, '--rootdir=.', '-o', `cache_dir=${join(CACHE, 'pytest')}`, ...args]],
};
if (!Object.hasOwn(commands, command)) fail(`command must be 'lint', 'format' or 'pytest', got: '${command}'`);

const python = virtualEnvironment();
for (const given of commands[command]) {
  const { status } = spawnSync(python, given, {
    stdio: 'inherit',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', MYPYPATH: PROJECT, PYTHONPATH: undefined },
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Creates the environment aside and renames it, so that an interrupted or a concurrent run never leaves a partial one in use. */
function virtualEnvironment() {
  const base = findPython();
  const requirements = parse(readFileSync(CONFIG, 'utf8'))['dependency-groups'].tools;
  const hash = createHash('sha256')
    .update(JSON.stringify([base.version, requirements]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(CACHE, `venv-${hash}`);
  const interpreter = (parent) =>
    process.platform === 'win32' ? join(parent, 'Scripts', 'python.exe') : join(parent, 'bin', 'python');
  if (!existsSync(interpreter(folder))) {
    console.error('installing the Python tools …');
    mkdirSync(CACHE, { recursive: true });
    removeUnused();
    const partial = mkdtempSync(join(CACHE, 'partial-'));
    try {
      install(base.command, ['-m', 'venv', partial]);
      install(interpreter(partial), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
      renameSync(partial, folder);
    } catch (error) {
      // Another run was faster; its environment has the same content.
      if (!existsSync(interpreter(folder))) throw error;
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  const now = new Date();
  utimesSync(folder, now, now);
  return interpreter(folder);
}

function findPython() {
  for (const name of ['python3', 'python']) {
    const { status, stdout } = spawnSync(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    const [major, minor] = (stdout ?? '').trim().split('.').map(Number);
    if (status === 0 && major === 3 && minor >= OLDEST_MINOR) return { command: name, version: `${major}.${minor}` };
  }
  return fail(`the Python tools require Python 3.${OLDEST_MINOR} or newer; install it from https://www.python.org/downloads`);
}

function install(program, given) {
  const { status, stdout, stderr } = spawnSync(program, given, {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: undefined },
  });
  // An exception, so that the partial environment is deleted.
  if (status !== 0) throw new Error(`'${program} ${given.join(' ')}' failed:\n${stdout}${stderr}`);
}

function removeUnused() {
  for (const name of readdirSync(CACHE)) {
    // A concurrent run may rename or delete it.
    const age = Date.now() - (statSync(join(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    const isUnused = (name.startsWith('partial-') && age > HOUR_MS) || (name.startsWith('venv-') && age > KEPT_MS);
    if (isUnused) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
