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
    test('all files of the given dependencies, and no others', async () => {
      const { loaded } = await machine.loadOnce({ a, b }, ['a']);
      expect(loaded).toEqual({ a: join(machine.store, folderName(a)) });
      expect(machine.files(loaded?.a)).toEqual({ 'a/one.txt': 'one', 'a/two/three.txt': '', 'ä.txt': 'ü' });
      expect(machine.names()).toEqual([folderName(a)]);
      expect(bucket.requestedKeys).toEqual([a[0]]);
    });

    test('executables with their permission', async () => {
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

    test('several dependencies concurrently', async () => {
      let arrived = 0;
      let release = () => {};
      const both = new Promise<void>((resolve) => {
        release = resolve;
      });
      // S3 answers only after both requests have arrived.
      bucket.fault = async () => {
        arrived += 1;
        if (arrived === 2) release();
        await both;
        return undefined;
      };
      const { loaded } = await machine.loadOnce({ a, b }, ['a', 'b']);
      expect(Object.keys(loaded ?? {}).sort()).toEqual(['a', 'b']);
    });

    test('each dependency once per process', async () => {
      const rounds = [[['a']], [['a', 'b']], [['b'], ['a']]];
      const outcomes = await machine.load({ zips: { a, b }, rounds });
      expect(outcomes.flat().every(({ loaded }) => loaded !== undefined)).toBe(true);
      expect(bucket.requestedKeys).toEqual([a[0], b[0]]);
    });

    test('no dependency that an earlier process has loaded', async () => {
      const first = await machine.loadOnce({ a, b }, ['a', 'b']);
      expect(await machine.loadOnce({ a, b }, ['b', 'a'])).toEqual(first);
      expect(bucket.requestedKeys).toHaveLength(2);
    });

    test('the same content with two names once', async () => {
      const { loaded } = await machine.loadOnce({ a, same: a }, ['a', 'same']);
      expect(loaded?.same).toBe(loaded?.a);
      expect(bucket.requestedKeys).toEqual([a[0]]);
    });

    test('each dependency once in concurrent calls', async () => {
      const calls = Array.from({ length: 12 }, (_, place) => (place % 2 ? ['a'] : ['a', 'b']));
      const [outcomes = []] = await machine.load({ zips: { a, b }, rounds: [calls] });
      expect(outcomes.filter(({ loaded }) => loaded?.a)).toHaveLength(12);
      expect([...bucket.requestedKeys].sort()).toEqual([a[0], b[0]].sort());
    });

    test('complete dependencies in concurrent processes', async () => {
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => machine.loadOnce({ a, b }, ['a', 'b'])));
      expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
      expect(machine.names()).toEqual([folderName(a), folderName(b)].sort());
      expect(machine.files(join(machine.store, folderName(b)))['b.txt']).toHaveLength(3 * MIB);
    });
  });

  describe('reports', () => {
    test('the available names for an unknown one', async () => {
      const { error } = await machine.loadOnce({ b, a }, ['a', 'c']);
      expect(error).toEqual({
        name: 'DependencyError',
        message: "dependency 'c' not found; available: 'a', 'b'. Add it to the DependencyStore of the function",
        bucket: null,
        key: null,
      });
      expect(bucket.requestedKeys).toEqual([]);
    });

    test('how to add a store if there is none', async () => {
      const { error } = await machine.loadOnce({}, ['a'], { env: { KATAMARI_DEPENDENCIES: undefined } });
      expect(error?.message).toBe(
        'KATAMARI_DEPENDENCIES and KATAMARI_DEPENDENCY_BUCKET must be set. Give the function a DependencyStore: store.addTo(fn)',
      );
    });

    test('that a deploy is needed if the object no longer exists', async () => {
      const gone = await bucket.putFiles({ 'gone.txt': loader.language });
      await bucket.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: gone[0] }));
      const { error } = await machine.loadOnce({ gone }, ['gone']);
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: gone[0] });
      expect(error?.message).toContain(`cannot read dependency 'gone' from ${url(gone)}: NoSuchKey: `);
      expect(error?.message).toContain('. Deploy the stack again to restore it; ');
      expect(bucket.requestedKeys).toHaveLength(1);
      expect(machine.names()).toEqual([]);
    });

    test('how to grant access if it is denied', async () => {
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

  describe('retries', () => {
    test('temporary errors of S3', async () => {
      bucket.fault = (answer, before) => (before < 2 ? s3Error(answer, 503, 'SlowDown') : undefined);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
    });

    test('interrupted downloads', async () => {
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

    test('only a limited number of times', async () => {
      bucket.fault = (answer) => s3Error(answer, 500, 'InternalError');
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error?.message).toContain(
        `cannot read dependency 'a' from ${url(a)}: InternalError: InternalError it is. Try again; `,
      );
      // The SDK sends each of the three attempts three times.
      expect(bucket.requestedKeys).toHaveLength(9);
    });
  });

  describe('accepts only the deployed content:', () => {
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

    test('not a longer one', async () => {
      answerWith(Buffer.alloc(a[2] + 1));
      const { error } = await machine.loadOnce({ a }, ['a']);
      expect(error?.message).toContain(`${url(a)} must have ${a[2]} bytes, got more. Delete the object and deploy again`);
      expect(machine.names()).toEqual([]);
    });

    test('a failed dependency does not affect another one', async () => {
      bucket.fault = (answer) => (bucket.requestedKeys.at(-1) === a[0] ? s3Error(answer, 403, 'AccessDenied') : undefined);
      const [[first] = [], [second] = []] = await machine.load({ zips: { a, b }, rounds: [[['a', 'b']], [['b']]] });
      expect(first?.error?.key).toBe(a[0]);
      expect(second?.loaded).toEqual({ b: join(machine.store, folderName(b)) });
      expect(bucket.requestedKeys.filter((key) => key === b[0])).toHaveLength(1);
    });
  });

  describe('on a disk', () => {
    test('that is too small loads nothing, and reports the required size', async () => {
      const needed = diskBytesOf(a) + diskBytesOf(b);
      // The loader counts whole blocks.
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

    test('that becomes full leaves no partial files behind', async () => {
      const { error } = await machine.loadOnce({ a }, ['a'], { before: loader.full });
      expect(error).toMatchObject({ name: 'DependencyError', bucket: BUCKET, key: a[0] });
      expect(error?.message).toMatch(
        /^.* was full before 'a' was unpacked, which requires 1 MiB\. Set ephemeralStorageSize of the function to \d+ MiB or more$/,
      );
      expect(machine.names()).toEqual([]);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
    });

    test('deletes the partial files of ended processes, and keeps those of running ones', async () => {
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

    /** Creates a folder that another user could have prepared, with other content for the dependency. */
    const planted = (folder: string, mode: number) => {
      mkdirSync(join(folder, folderName(a)), { recursive: true });
      chmodSync(folder, mode);
    };

    test('that only its user can use', async () => {
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
      expect(statSync(machine.store).mode & 0o777).toBe(0o700);
    });

    test('that only its user can write to', async () => {
      planted(machine.store, 0o755);
      expect((await machine.loadOnce({ a }, ['a'])).error).toBeUndefined();
      for (const mode of [0o775, 0o757, 0o777]) {
        chmodSync(machine.store, mode);
        await refused(`a folder with mode 0${mode.toString(8)}`);
      }
    });

    test('that its user owns', async () => {
      planted(machine.store, 0o700);
      await refused(`a folder of user ${statSync(machine.store).uid}`, loader.stranger);
    });

    test('that is not a link', async () => {
      const elsewhere = join(machine.directory, 'elsewhere');
      planted(elsewhere, 0o700);
      symlinkSync(elsewhere, machine.store);
      await refused('a link');
    });

    test('that is not a file', async () => {
      writeFileSync(machine.store, '');
      await refused('a file');
    });
  });

  describe('rejects a zip', () => {
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

    test('with a duplicate path', async () => {
      const content = Buffer.from(zipSync({ 'a.txt': Buffer.from('1'), 'b.txt': Buffer.from('2') }));
      for (let place = content.indexOf('b.txt'); place >= 0; place = content.indexOf('b.txt')) content.write('a.txt', place);
      await refused(await bucket.put(content, { unpackedSize: 2, files: 2 }), /each path only once, got twice: 'a\.txt'/);
    });

    test('that unpacks to more than the declared size', async () => {
      const bomb = zipSync({ zeros: Buffer.alloc(5 * MIB) });
      const zip = await bucket.put(bomb, { unpackedSize: 10, files: 1 });
      await refused(zip, /1 files of 10 bytes, got: 1 of 5242880/);
    });

    test('with more files than the declared number', async () => {
      const zip = await bucket.put(zipSync({ x: Buffer.from('x'), y: Buffer.from('') }), { unpackedSize: 1, files: 1 });
      await refused(zip, /1 files of 1 bytes, got: 2 of 1/);
    });

    test('with a file that is larger than its entry says', async () => {
      const content = Buffer.from(zipSync({ zeros: Buffer.alloc(MIB) }));
      const entry = content.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
      for (const place of [22, entry + 24]) content.writeUInt32LE(10, place);
      await refused(await bucket.put(content, { unpackedSize: 10, files: 1 }), /a zip/);
    });

    test('that is not a zip', async () => {
      await refused(await bucket.put(Buffer.from('this is no zip'), { unpackedSize: 1, files: 1 }), /a zip/);
    });
  });
});
