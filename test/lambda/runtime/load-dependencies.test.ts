import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { zipSync } from 'fflate';
import { BLOCK_BYTES, diskBytesOf, type StoredZip } from '../../../lib/dependency-store/constants';
import { START_TIMEOUT_MS, useMiniStack } from '../../support/ministack';
import {
  BUCKET,
  DependencyBucket,
  folderName,
  Machine,
  NODE_LOADER,
  PYTHON_LOADER,
  s3Error,
} from '../../support/stored-dependencies';

const MIB = 1024 * 1024;
const ministack = useMiniStack();
let bucket: DependencyBucket;

beforeAll(async () => {
  bucket = await DependencyBucket.create(ministack.endpoint);
}, START_TIMEOUT_MS);

afterAll(() => bucket?.stop());

describe.each([NODE_LOADER, PYTHON_LOADER])('the loader of $language', (loader) => {
  let machine: Machine;
  let a: StoredZip;
  let b: StoredZip;

  beforeAll(async () => {
    a = await bucket.putFiles({ 'a/one.txt': 'one', 'a/two/three.txt': '', 'ä.txt': 'ü' });
    b = await bucket.putFiles({ 'b.txt': 'b'.repeat(3 * MIB) });
  });

  beforeEach(() => {
    bucket.reset();
    machine = new Machine(bucket, loader);
  });

  afterEach(() => machine.remove());

  const url = ([key]: StoredZip) => `s3://${BUCKET}/${key}`;

  describe('loads', () => {
    test('every file of what is asked for, and nothing else', async () => {
      const { loaded } = await machine.loadOnce({ a, b }, ['a']);
      expect(loaded).toEqual({ a: join(machine.store, folderName(a)) });
      expect(machine.files(loaded?.a)).toEqual({ 'a/one.txt': 'one', 'a/two/three.txt': '', 'ä.txt': 'ü' });
      expect(machine.names()).toEqual([folderName(a)]);
      expect(bucket.requestedKeys).toEqual([a[0]]);
    });

    test('executables as such', async () => {
      const tools = await bucket.putZip(
        {
          tool: [Buffer.from('#!/bin/sh\n'), { os: 3, attrs: 0o100755 << 16 }],
          text: [Buffer.from('x'), { os: 3, attrs: 0o100644 << 16 }],
        },
        11,
      );
      const { loaded } = await machine.loadOnce({ tools }, ['tools']);
      const modes = ['tool', 'text'].map((name) => statSync(join(loaded?.tools as string, name)).mode & 0o111);
      expect(modes).toEqual([0o111, 0]);
    });

    test('what is asked for at once at the same time', async () => {
      let arrived = 0;
      let release = () => {};
      const both = new Promise<void>((resolve) => {
        release = resolve;
      });
      // None is answered before both are asked for.
      bucket.fault = async () => {
        arrived += 1;
        if (arrived === 2) release();
        await both;
        return undefined;
      };
      const { loaded } = await machine.loadOnce({ a, b }, ['a', 'b']);
      expect(Object.keys(loaded ?? {}).sort()).toEqual(['a', 'b']);
    });

    test('nothing twice in a process', async () => {
      const rounds = [[['a']], [['a', 'b']], [['b'], ['a']]];
      const outcomes = await machine.load({ zips: { a, b }, rounds });
      expect(outcomes.flat().every(({ loaded }) => loaded !== undefined)).toBe(true);
      expect(bucket.requestedKeys).toEqual([a[0], b[0]]);
    });

    test('nothing that an earlier process on the machine has loaded', async () => {
      const first = await machine.loadOnce({ a, b }, ['a', 'b']);
      expect(await machine.loadOnce({ a, b }, ['b', 'a'])).toEqual(first);
      expect(bucket.requestedKeys).toHaveLength(2);
    });

    test('the same content under two names once', async () => {
      const { loaded } = await machine.loadOnce({ a, same: a }, ['a', 'same']);
      expect(loaded?.same).toBe(loaded?.a);
      expect(bucket.requestedKeys).toEqual([a[0]]);
    });

    test('in many calls at once, each once', async () => {
      const calls = Array.from({ length: 12 }, (_, place) => (place % 2 ? ['a'] : ['a', 'b']));
      const [outcomes = []] = await machine.load({ zips: { a, b }, rounds: [calls] });
      expect(outcomes.filter(({ loaded }) => loaded?.a)).toHaveLength(12);
      expect([...bucket.requestedKeys].sort()).toEqual([a[0], b[0]].sort());
    });

    test('in many processes at once, each whole', async () => {
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => machine.loadOnce({ a, b }, ['a', 'b'])));
      expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
      expect(machine.names()).toEqual([folderName(a), folderName(b)].sort());
      expect(machine.files(join(machine.store, folderName(b)))['b.txt']).toHaveLength(3 * MIB);
    });
  });

  describe('is told', () => {
    test('what there is, where a name is unknown', async () => {
      const { error } = await machine.loadOnce({ b, a }, ['a', 'c']);
      expect(error).toEqual({
        name: 'DependencyError',
        message: "dependency 'c' not found; available: 'a', 'b'. Add it to the DependencyStore of the function",
        bucket: null,
        key: null,
      });
      expect(bucket.requestedKeys).toEqual([]);
    });

    test('to add a store, where there is none', async () => {
      const { error } = await machine.loadOnce({}, ['a'], { env: { KATAMARI_DEPENDENCIES: undefined } });
      expect(error?.message).toBe(
        'KATAMARI_DEPENDENCIES and KATAMARI_DEPENDENCY_BUCKET must be set. Give the function a DependencyStore: store.addTo(fn)',
      );
    });

    test('to deploy again, where the object is gone', async () => {
      const gone = await bucket.putFiles({ 'gone.txt': loader.language });
      await bucket.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: gone[0] }));
      const { error } = await machine.loadOnce({ gone }, ['gone']);
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: gone[0] });
      expect(error?.message).toContain(`cannot read dependency 'gone' from ${url(gone)}: NoSuchKey: `);
      expect(error?.message).toContain('. Deploy the stack again to restore it; ');
      expect(bucket.requestedKeys).toHaveLength(1);
      expect(machine.names()).toEqual([]);
    });

    test('to grant access, where there is none', async () => {
      bucket.fault = (answer) => s3Error(answer, 403, 'AccessDenied');
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error).toEqual({
        name: 'DependencyError',
        message: `cannot read dependency 'a' from ${url(a)}: AccessDenied: AccessDenied it is. Grant the role of the function s3:GetObject on it, as store.addTo(fn) does`,
        bucket: BUCKET,
        key: a[0],
      });
      expect(bucket.requestedKeys).toHaveLength(1);
    });
  });

  describe('tries again', () => {
    test('what S3 could not do for the moment', async () => {
      bucket.fault = (answer, before) => (before < 2 ? s3Error(answer, 503, 'SlowDown') : undefined);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
    });

    test('what was cut off', async () => {
      bucket.fault = (answer, before) => {
        if (before >= 2) return undefined;
        answer.writeHead(200, { 'content-length': String(b[2]) });
        answer.write(Buffer.alloc(100));
        setTimeout(() => answer.destroy(), 20);
        return true;
      };
      const { loaded, error } = await machine.loadOnce({ b }, ['b']);
      expect(error).toBeUndefined();
      expect(machine.files(loaded?.b)['b.txt']).toHaveLength(3 * MIB);
      expect(bucket.requestedKeys).toHaveLength(3);
    });

    test('only so often', async () => {
      bucket.fault = (answer) => s3Error(answer, 500, 'InternalError');
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error?.message).toContain(
        `cannot read dependency 'a' from ${url(a)}: InternalError: InternalError it is. Try again; `,
      );
      // The SDK tries each of three tries three times.
      expect(bucket.requestedKeys).toHaveLength(9);
    });
  });

  describe('takes only what was deployed:', () => {
    const answerWith = (content: Uint8Array) => {
      bucket.fault = (answer) => {
        answer.writeHead(200, { 'content-length': String(content.length) });
        answer.end(content);
        return true;
      };
    };

    test.each([
      ['another of the same length', 0],
      ['a shorter one', -1],
    ])('not %s', async (_, difference) => {
      answerWith(Buffer.alloc(a[2] + difference, 'x'));
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: a[0] });
      expect(error?.message).toMatch(
        new RegExp(
          `^the SHA-256 of ${url(a)} must be '${folderName(a)}', got: '[0-9a-f]{64}'\\. Delete the object and deploy again`,
        ),
      );
      expect(machine.names()).toEqual([]);
    });

    test('nor a longer one', async () => {
      answerWith(Buffer.alloc(a[2] + 1));
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error?.message).toContain(`${url(a)} must have ${a[2]} bytes, got more. Delete the object and deploy again`);
      expect(machine.names()).toEqual([]);
    });

    test('one that failed does not keep another from being there', async () => {
      bucket.fault = (answer) => (bucket.requestedKeys.at(-1) === a[0] ? s3Error(answer, 403, 'AccessDenied') : undefined);
      const [[first] = [], [second] = []] = await machine.load({ zips: { a, b }, rounds: [[['a', 'b']], [['b']]] });
      expect(first?.error?.key).toBe(a[0]);
      expect(second?.loaded).toEqual({ b: join(machine.store, folderName(b)) });
      expect(bucket.requestedKeys.filter((key) => key === b[0])).toHaveLength(1);
    });
  });

  describe('on a disk', () => {
    test('that is too small loads nothing, and says how large it must be', async () => {
      const needed = diskBytesOf(a) + diskBytesOf(b);
      // A disk has whole blocks.
      const free = Math.ceil(needed / BLOCK_BYTES) * BLOCK_BYTES;
      const load = (bytes: number) => machine.loadOnce({ a, b }, ['a', 'b'], { before: loader.disk(bytes, 512 * MIB) });
      const { error } = await load(free - BLOCK_BYTES);
      const mebibytes = Math.ceil(needed / MIB);
      expect(error?.message).toBe(
        `'a', 'b' require ${mebibytes} MiB of ${machine.directory}, available: ${Math.floor((free - BLOCK_BYTES) / MIB)} MiB. Set ephemeralStorageSize of the function to ${Math.ceil((512 * MIB - free + BLOCK_BYTES + needed) / MIB)} MiB or more`,
      );
      expect(error?.name).toBe('DependencyError');
      expect(bucket.requestedKeys).toEqual([]);
      expect((await load(free)).error).toBeUndefined();
    });

    test('that is full in the midst of it leaves nothing behind', async () => {
      const { error } = await machine.loadOnce({ a }, ['a'], { before: loader.full });
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: a[0] });
      expect(error?.message).toMatch(
        /^.* was full before 'a' was unpacked, which requires 1 MiB\. Set ephemeralStorageSize of the function to \d+ MiB or more$/,
      );
      expect(machine.names()).toEqual([]);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
    });

    test('what a dead process has left goes, what a living one does stays', async () => {
      // No process has an id of 2 ** 22 or more on Linux.
      const dead = join(machine.store, '.partial-4194305-abc');
      const living = join(machine.store, `.partial-${process.pid}-abc`);
      for (const folder of [dead, living]) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, 'archive.zip'), 'half');
      }
      await machine.loadOnce({ a }, ['a']);
      expect(machine.names()).toEqual([`.partial-${process.pid}-abc`, folderName(a)].sort());
    });
  });

  describe('keeps what it loads in a folder', () => {
    const refused = async (fault: string, before?: string) => {
      const { error } = await machine.loadOnce({ a }, ['a'], { before });
      expect(error).toEqual({
        name: 'DependencyError',
        message: `${machine.store} must be a folder that only the user of this process may write to, got: ${fault}. Delete it, or set TMPDIR to a folder of this user`,
        bucket: null,
        key: null,
      });
      expect(bucket.requestedKeys).toEqual([]);
    };

    /** A folder as another user of the machine could leave it, with something in the place of the dependency. */
    const planted = (folder: string, mode: number) => {
      mkdirSync(join(folder, folderName(a)), { recursive: true });
      chmodSync(folder, mode);
    };

    test('that only its user may use', async () => {
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
      expect(statSync(machine.store).mode & 0o777).toBe(0o700);
    });

    test('that only its user may write to', async () => {
      planted(machine.store, 0o755);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
      for (const mode of [0o775, 0o757, 0o777]) {
        chmodSync(machine.store, mode);
        await refused(`a folder with mode 0${mode.toString(8)}`);
      }
    });

    test('of its user', async () => {
      planted(machine.store, 0o700);
      await refused(`a folder of user ${statSync(machine.store).uid}`, loader.stranger);
    });

    test('that is no link', async () => {
      const elsewhere = join(machine.directory, 'elsewhere');
      planted(elsewhere, 0o700);
      symlinkSync(elsewhere, machine.store);
      await refused('a link');
    });

    test('that is no file', async () => {
      writeFileSync(machine.store, '');
      await refused('a file');
    });
  });

  describe('refuses a zip', () => {
    const LINK = 0o120777 << 16;
    const refused = async (zip: StoredZip, message: string | RegExp) => {
      const { error } = await machine.loadOnce({ bad: zip }, ['bad']);
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: zip[0] });
      expect(error?.message).toMatch(message);
      expect(error?.message).toContain(`${url(zip)} must contain `);
      expect(machine.names()).toEqual([]);
    };

    test.each([
      '../escaped.txt',
      'a/../../escaped.txt',
      '../../../../../../../../../../tmp/katamari-escaped.txt',
      '/tmp/katamari-escaped.txt',
      '//host/escaped.txt',
      'C:/escaped.txt',
      'C:escaped.txt',
      '..\\escaped.txt',
      'a\\..\\..\\escaped.txt',
      'a/./b.txt',
      'a//b.txt',
      'folder/',
    ])('with the path %j', async (name) => {
      await refused(
        await bucket.putZip({ [name]: Buffer.from(name.endsWith('/') ? '' : 'x') }, name.endsWith('/') ? 0 : 1),
        /path/,
      );
      expect(machine.files()).toEqual({});
      expect(existsSync('/tmp/katamari-escaped.txt')).toBe(false);
    });

    test('with a link', async () => {
      const zip = await bucket.putZip({ link: [Buffer.from('/etc'), { os: 3, attrs: LINK }], 'link/x': Buffer.from('x') }, 5);
      await refused(zip, /only plain files, got a link: 'link'/);
    });

    test('with a device', async () => {
      const zip = await bucket.putZip({ tty: [Buffer.from(''), { os: 3, attrs: 0o020666 << 16 }] }, 0);
      await refused(zip, /only plain files, got something else: 'tty'/);
    });

    test('with a path twice', async () => {
      const content = Buffer.from(zipSync({ 'a.txt': Buffer.from('1'), 'b.txt': Buffer.from('2') }));
      for (let place = content.indexOf('b.txt'); place >= 0; place = content.indexOf('b.txt')) content.write('a.txt', place);
      await refused(await bucket.put(content, { unpackedSize: 2, files: 2 }), /each path only once, got twice: 'a\.txt'/);
    });

    test('that unpacks to more than was said', async () => {
      const bomb = zipSync({ zeros: Buffer.alloc(5 * MIB) });
      const zip = await bucket.put(bomb, { unpackedSize: 10, files: 1 });
      await refused(zip, /1 files of 10 bytes, got: 1 of 5242880/);
    });

    test('with more files than were said', async () => {
      const zip = await bucket.put(zipSync({ x: Buffer.from('x'), y: Buffer.from('') }), { unpackedSize: 1, files: 1 });
      await refused(zip, /1 files of 1 bytes, got: 2 of 1/);
    });

    test('with a file that is larger than its entry says', async () => {
      const content = Buffer.from(zipSync({ zeros: Buffer.alloc(MIB) }));
      const entry = content.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
      for (const place of [22, entry + 24]) content.writeUInt32LE(10, place);
      await refused(await bucket.put(content, { unpackedSize: 10, files: 1 }), /a zip/);
    });

    test('that is none', async () => {
      await refused(await bucket.put(Buffer.from('this is no zip'), { unpackedSize: 1, files: 1 }), /a zip/);
    });
  });
});
