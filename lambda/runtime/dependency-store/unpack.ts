import { constants, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { isDiskFull } from './errors';
import { errorAbout, type StoredDependency } from './stored-dependencies';

/** Files written in parallel: the thread pool of Node.js, which inflates them, has 4 threads. */
const WRITERS = 4;

/**
 * Unpacks the zip of a dependency into a new folder. Entries that the store never writes are refused, because only a
 * manipulated store contains them.
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
    // Errors of yauzl are plain: system errors have a code, and our own errors have a class.
    const plain = error instanceof Error && error.constructor === Error && !('code' in error);
    throw plain && !isDiskFull(error) ? unsafe(item, `a zip of safe paths, got: ${error.message}`, { cause: error }) : error;
  } finally {
    zip?.close();
  }
}

/** Checks what yauzl does not: it refuses paths outside the folder, and content of the wrong size. */
function checkEntries(item: StoredDependency, entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { fileName, externalFileAttributes } of entries) {
    const kind = (externalFileAttributes >>> 16) & constants.S_IFMT;
    if (fileName.split('/').some((part) => part === '' || part === '.') || fileName.includes('\0')) {
      throw unsafe(item, `only paths inside its folder, got: ${JSON.stringify(fileName)}`);
    }
    if (kind !== 0 && kind !== constants.S_IFREG) {
      const what = kind === constants.S_IFLNK ? 'a link' : 'something else';
      throw unsafe(item, `only plain files, got ${what}: '${fileName}'`);
    }
    if (seen.has(fileName)) throw unsafe(item, `each path only once, got twice: '${fileName}'`);
    seen.add(fileName);
  }
  const size = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (size !== item.unpackedSize || entries.length !== item.files) {
    throw unsafe(item, `${item.files} files of ${item.unpackedSize} bytes, got: ${entries.length} of ${size}`);
  }
}

function unsafe(item: StoredDependency, rule: string, options?: { readonly cause?: unknown }) {
  const remedy = 'Delete it, and the cache of the store in node_modules/.cache, and deploy again';
  return errorAbout(item, `${item.url} must contain ${rule}`, remedy, options);
}

async function writeAll(zip: ZipFile, entries: readonly Entry[], target: string): Promise<void> {
  // All writers share one iterator, and each takes the next entry.
  const left = entries.values();
  const write = async (): Promise<void> => {
    for (const entry of left) {
      try {
        await writeFile(zip, entry, join(target, entry.fileName));
      } catch (error) {
        // Stop the other writers.
        while (!left.next().done);
        throw error;
      }
    }
  };
  // Wait for all before throwing the first error, so that none writes into a folder that is being deleted.
  const outcomes = await Promise.allSettled(Array.from({ length: WRITERS }, write));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function writeFile(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const executable = (entry.externalFileAttributes >>> 16) & constants.S_IXUSR;
  const source = await zip.openReadStreamPromise(entry);
  await pipeline(source, createWriteStream(path, { flags: 'wx', mode: executable ? 0o755 : 0o644 }));
}
