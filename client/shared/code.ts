import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { invalid } from '../../lambda/shared/checks';
import { ZIP_UPLOAD_MAX_BYTES } from '../../lib/limits/constants';
import { requireBytes } from './payload';
import type { FolderCode, FunctionCode, ImageCode, S3Code, ZipFileCode } from './types';

/** The earliest time that a zip can store. It is fixed, so that the same files give the same bytes. */
const TIME = new Date(1980, 0, 1);
/** "Made by" of the zip: only entries of a Unix zip have file modes. */
const UNIX = 3;
const REGULAR_FILE = 0o100000;

const FORMS = ['zipFile', 'folder', 's3Bucket', 'imageUri'] as const;

/** Code in the form that the Lambda API takes. */
interface SdkCode {
  readonly ZipFile?: Uint8Array;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
  readonly ImageUri?: string;
}

export const isImage = (code: FunctionCode): code is ImageCode => 'imageUri' in code;

/**
 * Converts code to the form that the Lambda API takes, and reads local files.
 *
 * @throws InvalidParameterError when a path doesn't exist, PayloadTooLargeError when a zip is larger than 50 MB
 */
export async function toSdkCode(code: FunctionCode): Promise<SdkCode> {
  const given = FORMS.filter((form) => form in code);
  if (given.length !== 1) throw invalid(`code must have exactly one of ${FORMS.join(', ')}`, given.join(', ') || 'none');
  if (isImage(code)) return { ImageUri: code.imageUri };
  if ('s3Bucket' in code) {
    const { s3Bucket, s3Key, s3ObjectVersion } = code as S3Code;
    return { S3Bucket: s3Bucket, S3Key: s3Key, ...(s3ObjectVersion && { S3ObjectVersion: s3ObjectVersion }) };
  }
  const bytes = await zipBytes(code);
  requireBytes(
    'a zip that is uploaded directly',
    bytes.length,
    ZIP_UPLOAD_MAX_BYTES,
    'Upload the zip to S3, and pass s3Bucket and s3Key.',
  );
  return { ZipFile: bytes };
}

/** SHA-256 in Base64, the form that Lambda uses. */
export const codeSha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

async function zipBytes(code: ZipFileCode | FolderCode): Promise<Uint8Array> {
  if ('folder' in code) return zipFolder(code.folder);
  if (typeof code.zipFile !== 'string') return code.zipFile;
  const path = code.zipFile;
  return readFile(path).catch((error: Error) => {
    throw invalid('zipFile must be the path of a zip', `${path} (${error.message})`);
  });
}

/** Zips the files of a folder. Whether a file is executable is kept. The same files give the same bytes, whatever the umask of this machine. */
async function zipFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw invalid('folder must be the path of a folder', `${folder} (${error.message})`);
  });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  if (paths.length === 0) throw invalid('folder must contain at least one file', folder);
  const files: Zippable = {};
  for (const path of paths.sort()) {
    const found = await stat(path);
    if (!found.isFile()) throw invalid('folder must contain only files, folders and links to files', path);
    const name = relative(folder, path).split(sep).join('/');
    files[name] = [
      await readFile(path),
      { mtime: TIME, os: UNIX, attrs: (REGULAR_FILE | (found.mode & 0o100 ? 0o755 : 0o644)) << 16 },
    ];
  }
  return zipSync(files);
}
