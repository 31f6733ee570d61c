// Names that the dependency store and its loaders share. No import of aws-cdk-lib here.

/** Bucket with the dependencies of a function. */
export const ENV_DEPENDENCY_BUCKET = 'KATAMARI_DEPENDENCY_BUCKET';

/** Dependencies of a function, as JSON: name → `StoredZip`. Short, because all environment variables together have at most 4 KB. */
export const ENV_DEPENDENCIES = 'KATAMARI_DEPENDENCIES';

/** Folder in the temporary folder to which dependencies are unpacked, each to a folder named by the SHA-256 of its zip. */
export const DEPENDENCIES_FOLDER = 'katamari-dependencies';

/** Bytes of a MiB. */
export const MEBIBYTE = 1_048_576;

/** Maximum disk space of a file beyond its bytes: the rest of its last block. */
export const BLOCK_BYTES = 4_096;

/** A zip in the bucket: its key, its SHA-256 in base64url, its size in bytes, and the size and the number of the files in it. */
export type StoredZip = readonly [key: string, sha256: string, size: number, unpackedSize: number, files: number];

/** Bytes of disk space to unpack a zip: for its files, and for the zip, which is deleted afterwards. */
export function diskBytesOf([, , size, unpackedSize, files]: StoredZip): number {
  return size + unpackedSize + files * BLOCK_BYTES;
}
