import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython, pipReason } from '../../engine/python';

const folder = mkdtempSync(join(tmpdir(), 'katamari-python-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A PATH with programs that print what they are told. */
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
])('of %j takes none, and says how to install one', async (programs, got) => {
  await expect(findPython(pathWith(programs))).rejects.toMatchObject({
    name: 'CommandError',
    message: `the local run needs Python 3.10 or newer, got: ${got}`,
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
  ['', 'it said nothing'],
])('pip’s reason is told in short', (stderr, reason) => {
  expect(pipReason({ stdout: '', stderr })).toBe(reason);
});
