import { type ChildProcess, spawn } from 'node:child_process';
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentStore } from '../../../lib/packaging/content-store';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'katamari-content-store-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

/** Reads an entry of these tests: complete entries have a text. */
function readText(folder: string): string | undefined {
  const path = join(folder, 'text');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

const newStore = (prefix?: string) => new ContentStore(directory, readText, prefix);
const writeText = (text: string) => (folder: string) => writeFileSync(join(folder, 'text'), text);

/** Makes a file or folder look unused for a given time. */
function age(path: string, milliseconds: number): void {
  const used = new Date(Date.now() - milliseconds);
  utimesSync(path, used, used);
}

describe('an entry', () => {
  test('is found by its key in this process and in others', () => {
    const store = newStore();
    expect(store.find('a')).toBeUndefined();
    expect(store.store('a', writeText('content'))).toBe('content');
    expect(store.find('a')).toBe('content');
    expect(newStore().find('a')).toBe('content');
    expect(newStore().find('b')).toBeUndefined();
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('can be written before its key is known', () => {
    const partial = newStore().open();
    writeText('late')(partial.folder);
    expect(partial.keep('late')).toBe('late');
    partial.discard();
    expect(newStore().find('late')).toBe('late');
  });

  test('has a name with the prefix, where the folder holds other files too', () => {
    newStore('venv-').store('a', writeText('content'));
    expect(readdirSync(directory)).toEqual(['venv-a']);
    expect(newStore('venv-').find('a')).toBe('content');
  });

  test('is not stored if writing it fails', () => {
    const store = newStore();
    const failing = () =>
      store.store('a', (folder) => {
        writeText('half')(folder);
        throw new Error('disk full');
      });
    expect(failing).toThrow('disk full');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that does not hold what it should is an error', () => {
    expect(() => newStore().store('a', () => undefined)).toThrow(/^the entry .* is incomplete after it was written$/);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('of another process is used if that process was faster', () => {
    const partial = newStore().open();
    newStore().store('a', writeText('first'));
    writeText('second')(partial.folder);
    expect(partial.keep('a')).toBe('first');
    partial.discard();
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('that is broken is replaced', () => {
    newStore().store('a', writeText('old'));
    rmSync(join(directory, 'a', 'text'));
    writeFileSync(join(directory, 'a', 'rest'), '');
    expect(newStore().find('a')).toBeUndefined();
    expect(newStore().store('a', writeText('new'))).toBe('new');
    expect(readdirSync(directory)).toEqual(['a']);
    expect(readdirSync(join(directory, 'a'))).toEqual(['text']);
  });

  test('that is broken and cannot be moved causes an error with the reason', () => {
    newStore().store('a', writeText('old'));
    rmSync(join(directory, 'a', 'text'));
    writeFileSync(join(directory, 'a', 'rest'), '');
    const { renameSync } = fs;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (from === join(directory, 'a')) throw new Error('in use');
      renameSync(from, to);
    });
    expect(() => newStore().store('a', writeText('new'))).toThrow(/ENOTEMPTY|EEXIST|EPERM/);
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('that another process is replacing is replaced once', () => {
    const { renameSync } = fs;
    mkdirSync(join(directory, 'a'));
    writeFileSync(join(directory, 'a', 'rest'), '');
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      // The other process has moved the broken entry away, and not yet put its own in place.
      if (from === join(directory, 'a')) rmSync(join(directory, 'a'), { recursive: true, force: true });
      renameSync(from, to);
    });
    expect(newStore().store('a', writeText('own'))).toBe('own');
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('that another process takes away for a moment is waited for', () => {
    const reads: string[] = [];
    const store = new ContentStore(directory, (folder) => {
      reads.push(folder);
      return reads.length > 1 && reads.length < 4 ? undefined : readText(folder);
    });
    expect(store.store('a', writeText('content'))).toBe('content');
  });

  test('that is removed while it is stored is an error', () => {
    const store = new ContentStore(directory, (folder) => (folder.endsWith('/a') ? undefined : readText(folder)));
    expect(() => store.store('a', writeText('content'))).toThrow(/^the entry .*a was removed while it was stored$/);
  });

  test('of a read-only store is found', () => {
    newStore().store('a', writeText('content'));
    jest.spyOn(fs, 'utimesSync').mockImplementation(() => {
      throw Object.assign(new Error('read-only file system'), { code: 'EROFS' });
    });
    expect(newStore().find('a')).toBe('content');
  });
});

describe('pruning', () => {
  test('deletes entries that were not used for 30 days', () => {
    for (const key of ['old', 'recent', 'used']) newStore().store(key, writeText(key));
    age(join(directory, 'old'), 30 * DAY_MS + HOUR_MS);
    age(join(directory, 'recent'), 30 * DAY_MS - HOUR_MS);
    age(join(directory, 'used'), 60 * DAY_MS);
    expect(newStore().find('used')).toBe('used');
    newStore().store('new', writeText('new'));
    expect(readdirSync(directory).sort()).toEqual(['new', 'recent', 'used']);
  });

  test('deletes partial entries of an interrupted process after one hour', () => {
    for (const [name, milliseconds] of Object.entries({ '.partial-old': 1.1 * HOUR_MS, '.partial-young': 0.9 * HOUR_MS })) {
      mkdirSync(join(directory, name));
      writeText('half')(join(directory, name));
      age(join(directory, name), milliseconds);
    }
    newStore().store('a', writeText('a'));
    expect(readdirSync(directory).sort()).toEqual(['.partial-young', 'a']);
  });

  test('keeps other files of the folder', () => {
    for (const name of ['venv-old', 'state.json']) {
      mkdirSync(join(directory, name));
      age(join(directory, name), 60 * DAY_MS);
    }
    newStore('venv-').store('a', writeText('a'));
    expect(readdirSync(directory).sort()).toEqual(['state.json', 'venv-a']);
  });

  test('leaves no entry that looks complete if it is interrupted', () => {
    newStore().store('old', writeText('old'));
    age(join(directory, 'old'), 60 * DAY_MS);
    const deleting = jest.spyOn(fs, 'rmSync').mockImplementation(() => undefined);
    newStore().store('a', writeText('a'));
    deleting.mockRestore();
    expect(readdirSync(directory)).toContainEqual(expect.stringMatching(/^\.partial-old-/));
    expect(newStore().find('old')).toBeUndefined();
    newStore().store('b', writeText('b'));
    expect(readdirSync(directory).filter((name) => name.includes('old'))).toEqual([]);
  });

  test('does not take an entry that another process has begun to use', () => {
    newStore().store('a', writeText('a'));
    age(join(directory, 'a'), 60 * DAY_MS);
    const { renameSync } = fs;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (from === join(directory, 'a')) age(join(directory, 'a'), 0);
      renameSync(from, to);
    });
    newStore().store('b', writeText('b'));
    expect(newStore().find('a')).toBe('a');
    expect(readdirSync(directory).sort()).toEqual(['a', 'b']);
  });

  test('does not make the store fail if it fails', () => {
    newStore().store('old', writeText('old'));
    age(join(directory, 'old'), 60 * DAY_MS);
    const { rmSync: remove } = fs;
    jest.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
      if (String(path).includes('old')) throw new Error('permission denied');
      remove(path, options);
    });
    expect(newStore().store('a', writeText('a'))).toBe('a');
  });
});

describe('several processes', () => {
  const BUILT = join(__dirname, '..', '..', '..', 'dist', 'lib', 'packaging', 'content-store.js');
  const LIMIT_MS = 40_000;

  /** Stores `text` under the key `shared`, in a process that is halfway through writing when it prints `writing`. */
  const SCRIPT = `
    const { existsSync, readFileSync, writeFileSync } = require('node:fs');
    const { join } = require('node:path');
    const { ContentStore } = require(${JSON.stringify(BUILT)});
    const [directory, go, text] = process.argv.slice(1);
    const read = (folder) => existsSync(join(folder, 'last')) ? readFileSync(join(folder, 'first'), 'utf8') : undefined;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    console.log(new ContentStore(directory, read).store('shared', (folder) => {
      writeFileSync(join(folder, 'first'), text);
      require('node:fs').writeSync(1, 'writing\\n');
      const limit = Date.now() + ${LIMIT_MS};
      while (!existsSync(go)) {
        if (Date.now() > limit) throw new Error('not told to go on within ${LIMIT_MS} ms');
        Atomics.wait(pause, 0, 0, 5);
      }
      writeFileSync(join(folder, 'last'), text);
    }));
  `;

  /** Starts the script, and waits until it is halfway through writing. */
  async function startWriting(text: string): Promise<{ readonly child: ChildProcess; readonly ended: Promise<string> }> {
    const child = spawn(process.execPath, ['-e', SCRIPT, directory, join(directory, 'go'), text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output)));
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (data) => {
        output += data;
        if (output.startsWith('writing\n')) resolve();
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`it ended before it wrote: ${output}`)));
    });
    return { child, ended };
  }

  const stored = () => readdirSync(directory).filter((name) => name !== 'go');

  test('that store one key at once agree on one complete entry', async () => {
    const running = await Promise.all(['one', 'two', 'three'].map(startWriting));
    expect(stored().filter((name) => name.startsWith('.partial-'))).toHaveLength(3);
    writeFileSync(join(directory, 'go'), '');
    const printed = await Promise.all(running.map(({ ended }) => ended));
    expect(stored()).toEqual(['shared']);
    const content = readFileSync(join(directory, 'shared', 'first'), 'utf8');
    expect(readFileSync(join(directory, 'shared', 'last'), 'utf8')).toBe(content);
    expect(printed).toEqual(Array(3).fill(`writing\n${content}\n`));
  }, 60_000);

  test('that replace a broken entry at once agree on one complete entry', async () => {
    mkdirSync(join(directory, 'shared'));
    writeFileSync(join(directory, 'shared', 'first'), 'broken');
    const running = await Promise.all(['one', 'two', 'three'].map(startWriting));
    writeFileSync(join(directory, 'go'), '');
    const printed = await Promise.all(running.map(({ ended }) => ended));
    expect(stored()).toEqual(['shared']);
    const content = readFileSync(join(directory, 'shared', 'first'), 'utf8');
    expect(content).not.toBe('broken');
    for (const output of printed) expect(output).toMatch(/^writing\n(one|two|three)\n$/);
  }, 60_000);

  test('of which one is killed leave no entry of it', async () => {
    const { child, ended } = await startWriting('half');
    child.kill('SIGKILL');
    await ended;
    const [left = ''] = stored();
    expect(left).toMatch(/^\.partial-/);
    expect(newStore().find('shared')).toBeUndefined();
    age(join(directory, left), 1.1 * HOUR_MS);
    newStore().store('shared', writeText('whole'));
    expect(stored()).toEqual(['shared']);
  }, 60_000);
});
