import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython, pipReason, virtualEnvironment } from '../../engine/python';

const folder = mkdtempSync(join(tmpdir(), 'katamari-python-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Creates a PATH with programs that print given texts. */
function pathWith(programs: Record<string, string>): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, output] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${output}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { PATH: bin };
}

test.each([
  [{ python3: '3.10' }, { command: 'python3', version: '3.10' }],
  [{ python3: '3.14' }, { command: 'python3', version: '3.14' }],
  [{ python3: '4.0' }, { command: 'python3', version: '4.0' }],
  [
    { python3: '3.9', python: '3.12' },
    { command: 'python', version: '3.12' },
  ],
  [{ python: '3.11' }, { command: 'python', version: '3.11' }],
] as const)('of %j takes one that is new enough', async (programs, python) => {
  expect(await findPython(pathWith(programs))).toEqual(python);
});

test.each([
  [{}, 'no python3 on the PATH'],
  [{ python3: '3.9' }, 'python3 is 3.9'],
  [{ python3: '3.9', python: '2.7' }, 'python3 is 3.9, python is 2.7'],
  [{ python3: 'not a version' }, 'no python3 on the PATH'],
])('accepts none of %j, and explains how to install one', async (programs, got) => {
  await expect(findPython(pathWith(programs))).rejects.toMatchObject({
    name: 'CommandError',
    message: `a local run requires Python 3.10 or newer, got: ${got}`,
    hint: expect.stringContaining('apt install python3 python3-venv'),
  });
});

test.each([
  [
    `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/ministack/
ERROR: Could not find a version that satisfies the requirement ministack==1.5.33 (from versions: none)
ERROR: No matching distribution found for ministack==1.5.33`,
    'no network: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution',
  ],
  [
    `WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("HTTPSConnection(host='pypi.example', port=443): Failed to establish a new connection: [Errno 111] Connection refused")': /simple/ministack/
ERROR: No matching distribution found for ministack==1.5.33`,
    'no network: Failed to establish a new connection: [Errno 111] Connection refused',
  ],
  ['ERROR: No matching distribution found for ministack==1.5.33', 'No matching distribution found for ministack==1.5.33'],
  ['OSError: [Errno 28] No space left on device\n', 'OSError: [Errno 28] No space left on device'],
  ['', 'no output'],
])('the error of pip is shortened', (stderr, reason) => {
  expect(pipReason({ stdout: '', stderr })).toBe(reason);
});

describe('a virtual environment', () => {
  const NAME = 'venv-tool-1.0-python3.11';
  /** A fake Python that creates environments and records its calls. */
  const PYTHON = `#!/bin/sh
echo "$@" >> "$KATAMARI_TEST_LOG"
case "$*" in
  *version_info*) echo 3.11 ;;
  "-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip"*) [ -z "$KATAMARI_TEST_FAILURE" ] || { echo "ERROR: $KATAMARI_TEST_FAILURE" >&2; exit 1; } ;;
esac
`;
  const before = process.env;
  let directory: string;

  beforeEach(() => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'python3'), PYTHON);
    chmodSync(join(bin, 'python3'), 0o755);
    process.env = { ...before, PATH: `${bin}:${before.PATH}`, KATAMARI_TEST_LOG: join(bin, 'log') };
    directory = mkdtempSync(join(folder, 'state-'));
  });
  afterEach(() => {
    process.env = before;
  });

  const environment = (requirement = 'tool==1.0') => virtualEnvironment(directory, [requirement]);
  const installs = () =>
    readFileSync(process.env.KATAMARI_TEST_LOG as string, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('-m pip')).length;

  test('is installed once', async () => {
    const interpreter = await environment();
    expect(interpreter).toBe(join(directory, NAME, 'bin', 'python'));
    expect(existsSync(interpreter)).toBe(true);
    expect(await environment()).toBe(interpreter);
    expect(installs()).toBe(1);
    expect(readdirSync(directory)).toEqual([NAME]);
  });

  test('that two processes install at the same time is stored once', async () => {
    const interpreters = await Promise.all([environment(), environment()]);
    expect(new Set(interpreters)).toEqual(new Set([join(directory, NAME, 'bin', 'python')]));
    expect(readdirSync(directory)).toEqual([NAME]);
  });

  test('is installed again if its Python no longer exists', async () => {
    rmSync(await environment());
    expect(existsSync(await environment())).toBe(true);
    expect(installs()).toBe(2);
    expect(readdirSync(directory)).toEqual([NAME]);
  });

  test('is deleted if its installation fails', async () => {
    process.env.KATAMARI_TEST_FAILURE = 'No matching distribution found for tool==1.0';
    await expect(environment()).rejects.toThrow('pip could not install tool==1.0: No matching distribution found for tool==1.0');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that was not used for 30 days is deleted, and other files of the folder are not', async () => {
    await environment();
    mkdirSync(join(directory, 'state'));
    const old = Date.now() / 1000 - 31 * 24 * 3600;
    for (const name of readdirSync(directory)) utimesSync(join(directory, name), old, old);
    await environment('tool==2.0');
    expect(readdirSync(directory).sort()).toEqual(['state', 'venv-tool-2.0-python3.11']);
  });
});
