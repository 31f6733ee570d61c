import { constants, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { isDiskFull } from './errors';
import { errorAbout, type StoredDependency } from './stored-dependency';

/** Files that are written at a time: Node.js inflates in a pool of 4 threads. */
const WRITERS = 4;

/**
 * Unpacks the zip of a dependency into a new folder. What the store never writes is refused: it can be there only when the
 * store itself was made to write it.
 *
 * @throws DependencyError
 */
export async function unpack(item: StoredDependency, archive: string, target: string): Promise<void> {
  await mkdir(target);
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive, { autoClose: false, strictFileNames: true });
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    checkEntries(item, entries);
    await writeAll(zip, entries, target);
  } catch (error) {
    // Those of yauzl are plain: an error of the system has a code, and one of ours a class.
    const plain = error instanceof Error && error.constructor === Error && !('code' in error);
    throw plain && !isDiskFull(error) ? unsafe(item, `a zip of safe paths, got: ${error.message}`, { cause: error }) : error;
  } finally {
    zip?.close();
  }
}

/** Paths that leave the folder are refused by yauzl, and so is content that is not as long as its entry says. */
function checkEntries(item: StoredDependency, entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { fileName, externalFileAttributes } of entries) {
    const kind = (externalFileAttributes >>> 16) & constants.S_IFMT;
    if (fileName.split('/').some((part) => part === '' || part === '.') || fileName.includes('\0')) {
      throw unsafe(item, `paths that stay in its folder, got: ${JSON.stringify(fileName)}`);
    }
    if (kind !== 0 && kind !== constants.S_IFREG) {
      const what = kind === constants.S_IFLNK ? 'a link' : 'something else';
      throw unsafe(item, `plain files alone, got ${what}: '${fileName}'`);
    }
    if (seen.has(fileName)) throw unsafe(item, `each path once, got twice: '${fileName}'`);
    seen.add(fileName);
  }
  const size = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (size !== item.unpackedSize || entries.length !== item.files) {
    throw unsafe(item, `${item.files} files of ${item.unpackedSize} bytes, got: ${entries.length} of ${size}`);
  }
}

function unsafe(item: StoredDependency, rule: string, options?: ErrorOptions) {
  const remedy = 'Delete it, and the cache of the store in node_modules/.cache, and deploy again';
  return errorAbout(item, `${item.url} must hold ${rule}`, remedy, options);
}

async function writeAll(zip: ZipFile, entries: readonly Entry[], target: string): Promise<void> {
  // One iterator for all writers: each takes the next entry.
  const left = entries.values();
  const write = async (): Promise<void> => {
    for (const entry of left) {
      try {
        await writeFile(zip, entry, join(target, entry.fileName));
      } catch (error) {
        // The others need not go on.
        while (!left.next().done);
        throw error;
      }
    }
  };
  // Each ends before the first error is told: none must write into a folder that is being deleted.
  const ends = await Promise.allSettled(Array.from({ length: WRITERS }, write));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

async function writeFile(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const executable = (entry.externalFileAttributes >>> 16) & constants.S_IXUSR;
  const source = await zip.openReadStreamPromise(entry);
  await pipeline(source, createWriteStream(path, { flags: 'wx', mode: executable ? 0o755 : 0o644 }));
}
