// What the dependency store and its loaders agree on. No import of aws-cdk-lib here.

/** Bucket that holds the dependencies of a function. */
export const ENV_DEPENDENCY_BUCKET = 'KATAMARI_DEPENDENCY_BUCKET';

/** The dependencies of a function, as JSON: name → `StoredZip`. Short, because all variables together may have 4 KB. */
export const ENV_DEPENDENCIES = 'KATAMARI_DEPENDENCIES';

/** Folder below the temporary one that dependencies are unpacked into, each in a folder named by the SHA-256 of its zip. */
export const DEPENDENCIES_FOLDER = 'katamari-dependencies';

/** What a file takes on the disk at most beyond its bytes: the rest of its last block. */
export const BLOCK_BYTES = 4_096;

/** A zip in the bucket: its key, its SHA-256 in base64url, its bytes, and the bytes and the number of the files in it. */
export type StoredZip = readonly [key: string, sha256: string, size: number, unpackedSize: number, files: number];

/** Bytes of the disk that it takes to unpack a zip: the zip itself, which goes again, and its files. */
export function diskBytesOf([, , size, unpackedSize, files]: StoredZip): number {
  return size + unpackedSize + files * BLOCK_BYTES;
}
