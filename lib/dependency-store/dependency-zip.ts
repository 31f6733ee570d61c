import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Zip, ZipDeflate } from 'fflate';
import { DEPENDENCY_MAX_BYTES, DEPENDENCY_MAX_FILES } from '../limits/constants';
import { chunksOf, isExecutable } from '../packaging/files';
import { requirePaths } from '../packaging/package-paths';
import { formatValue, ValidationError } from '../private/errors';

/** First day of the zip format, in any time zone: zips of the same files have the same bytes. */
const EPOCH = new Date(1980, 0, 1);
/** Operating system in the zip, which gives the modes their meaning. */
const UNIX = 3;
const REGULAR_FILE = 0o100000;

/**
 * Description of a zip.
 *
 * @internal
 */
export interface ZipFacts {
  /** SHA-256 of the zip in hexadecimal digits. */
  readonly sha256: string;
  /** Size of the zip in bytes. */
  readonly size: number;
  /** Size of its files in bytes. */
  readonly unpackedSize: number;
  /** Number of its files. */
  readonly files: number;
}

/**
 * Writes a zip. Files are read in chunks, so that memory stays flat. The same files give the same bytes on every machine: they are
 * compressed by JavaScript, because the output of Node.js's own zlib depends on the processor.
 *
 * @param files path within the zip, with `/` → path on disk
 * @param what name of the zip in error messages
 * @throws ValidationError when there is no file, or more than a zip can hold, or a path cannot be unpacked
 *
 * @internal
 */
export function writeZip(files: ReadonlyMap<string, string>, path: string, what: string): ZipFacts {
  if (files.size === 0 || files.size > DEPENDENCY_MAX_FILES) {
    throw new ValidationError(`${what} must have 1 to ${DEPENDENCY_MAX_FILES} files, got: ${files.size}`);
  }
  requirePaths(files.keys());
  const hash = createHash('sha256');
  const output = openSync(path, 'w');
  let size = 0;
  let unpackedSize = 0;
  try {
    const zip = new Zip((error, chunk) => {
      if (error) throw error;
      hash.update(chunk);
      size += chunk.length;
      writeWhole(output, chunk);
    });
    for (const [name, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      unpackedSize += addFile(zip, name, source);
      if (unpackedSize > DEPENDENCY_MAX_BYTES) {
        throw new ValidationError(`${what} must have less than 4 GiB, got: more with ${formatValue(name)}; split it`);
      }
    }
    zip.end();
  } finally {
    closeSync(output);
  }
  return { sha256: hash.digest('hex'), size, unpackedSize, files: files.size };
}

/** @returns the size of the file in bytes */
function addFile(zip: Zip, name: string, source: string): number {
  const entry = new ZipDeflate(name, { level: 6 });
  Object.assign(entry, { mtime: EPOCH, os: UNIX, attrs: ((REGULAR_FILE | modeOf(source)) << 16) >>> 0 });
  zip.add(entry);
  let bytes = 0;
  for (const chunk of chunksOf(source)) {
    bytes += chunk.length;
    entry.push(chunk);
  }
  entry.push(new Uint8Array(0), true);
  return bytes;
}

function modeOf(path: string): number {
  return isExecutable(path) ? 0o755 : 0o644;
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
}
