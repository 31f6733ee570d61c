import type { Stats } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEPENDENCIES_FOLDER, MEBIBYTE } from '../../../lib/dependency-store/constants';
import type { SdkClient } from '../../shared/sdk-client';
import { download } from './download';
import { DependencyError, isDiskFull } from './errors';
import type { GetObject } from './object-reader';
import { errorAbout, type StoredDependency } from './stored-dependencies';
import { unpack } from './unpack';

/**
 * Downloads and unpacks the dependencies that are not on this machine yet, in parallel.
 *
 * @returns the folders of all dependencies, in their order
 * @throws DependencyError
 */
export async function provide(wanted: readonly StoredDependency[], client?: SdkClient): Promise<string[]> {
  const root = join(tmpdir(), DEPENDENCIES_FOLDER);
  await requireOwnFolder(root);
  await removeAbandoned(root);
  const missing = await missingOf(wanted, root);
  if (missing.length > 0) {
    await requireRoom(missing, root);
    // Imported here, so that a function with nothing to download does not load the S3 client.
    const { objectReader } = await import('./object-reader');
    const getObject = objectReader(client);
    // Wait for all before throwing the first error, so that none writes files afterwards.
    const outcomes = await Promise.allSettled(missing.map((item) => downloadAndUnpack(getObject, item, root)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }
  return wanted.map((item) => join(root, item.sha256));
}

/** Checks that no other user can write to the folder, because its content is executed. @throws DependencyError */
async function requireOwnFolder(root: string): Promise<void> {
  await mkdir(root, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const fault = faultOf(await lstat(root));
  if (fault === undefined) return;
  throw new DependencyError(
    `${root} must be a folder that only the user of this process may write to, got: ${fault}. Delete it, or set TMPDIR to a folder of this user`,
  );
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'a link';
  if (!stats.isDirectory()) return 'a file';
  // Windows has neither users nor modes.
  if (!process.geteuid) return undefined;
  if (stats.uid !== process.geteuid()) return `a folder of user ${stats.uid}`;
  const mode = stats.mode & 0o777;
  return mode & 0o022 ? `a folder with mode 0${mode.toString(8)}` : undefined;
}

async function missingOf(wanted: readonly StoredDependency[], root: string): Promise<StoredDependency[]> {
  const different = [...new Map(wanted.map((item) => [item.sha256, item])).values()];
  const there = await Promise.all(different.map((item) => isDirectory(join(root, item.sha256))));
  return different.filter((_, place) => !there[place]);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Deletes incomplete folders of processes that ended while unpacking, which would fill the disk. */
async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(/^\.partial-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    // This process runs one call at a time: a folder with its id belongs to an earlier process with the same id.
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) await rm(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function requireRoom(missing: readonly StoredDependency[], root: string): Promise<void> {
  const needed = missing.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
  const { total, free } = await diskOf(root);
  const [first] = missing;
  if (first && needed > free) {
    const names = missing.map(({ name }) => `'${name}'`).join(', ');
    throw errorAbout(
      first,
      `${names} require ${mebibytes(needed)} MiB of ${tmpdir()}, available: ${Math.floor(free / MEBIBYTE)} MiB`,
      roomRemedy(total - free + needed),
    );
  }
}

async function diskOf(root: string): Promise<{ total: number; free: number }> {
  const { bsize, blocks, bavail } = await statfs(root);
  return { total: blocks * bsize, free: bavail * bsize };
}

function roomRemedy(atLeast: number): string {
  return `Set ephemeralStorageSize of the function to ${mebibytes(atLeast)} MiB or more`;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / MEBIBYTE);
}

/** Downloads and unpacks a dependency. Its folder appears atomically, even if other processes do the same. */
async function downloadAndUnpack(getObject: GetObject, item: StoredDependency, root: string): Promise<void> {
  const partial = await mkdtemp(join(root, `.partial-${process.pid}-`));
  try {
    const archive = join(partial, 'archive.zip');
    const files = join(partial, 'files');
    await download(getObject, item, archive);
    await unpack(item, archive, files);
    await rm(archive);
    await putInPlace(files, join(root, item.sha256));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    const { total } = await diskOf(root);
    throw errorAbout(
      item,
      `${tmpdir()} was full before '${item.name}' was unpacked, which requires ${mebibytes(item.diskBytes)} MiB`,
      roomRemedy(total + item.diskBytes),
      { cause: error },
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function putInPlace(files: string, target: string): Promise<void> {
  try {
    await rename(files, target);
  } catch (error) {
    // Another process was faster: use its folder.
    if (!(await isDirectory(target))) throw error;
  }
}
