import { diskBytesOf, ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET, type StoredZip } from '../../../lib/dependency-store/constants';
import { DependencyError } from './errors';

/** A dependency as the construct has described it. */
export interface StoredDependency {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** For messages. */
  readonly url: string;
  /** Of the zip, in hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the zip. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: number;
  /** What unpacking it takes. */
  readonly diskBytes: number;
}

/** The dependencies that the function was given, by name. @throws DependencyError when it was given none */
export function storedDependencies(env: NodeJS.ProcessEnv): Map<string, StoredDependency> {
  const { [ENV_DEPENDENCIES]: text, [ENV_DEPENDENCY_BUCKET]: bucket } = env;
  if (!text || !bucket) {
    throw new DependencyError(
      `${ENV_DEPENDENCIES} and ${ENV_DEPENDENCY_BUCKET} must be set. Give the function a DependencyStore: store.addTo(fn)`,
    );
  }
  const zips = Object.entries(JSON.parse(text) as Record<string, StoredZip>);
  return new Map(
    zips.map(([name, zip]) => {
      const [key, sha256, size, unpackedSize, files] = zip;
      const digest = Buffer.from(sha256, 'base64url').toString('hex');
      const url = `s3://${bucket}/${key}`;
      return [name, { name, bucket, key, url, sha256: digest, size, unpackedSize, files, diskBytes: diskBytesOf(zip) }];
    }),
  );
}

/** @throws DependencyError when the store has no dependency of the name, with those that it has */
export function findStored(name: string, known: ReadonlyMap<string, StoredDependency>): StoredDependency {
  const found = known.get(name);
  if (found) return found;
  const there = [...known.keys()].sort().map((other) => `'${other}'`);
  throw new DependencyError(
    `a dependency must be one of the function's DependencyStore, ${there.join(', ')}, got: '${name}'. Add it to the store`,
  );
}

/** An error about one dependency. */
export function errorAbout(
  { bucket, key }: StoredDependency,
  problem: string,
  remedy: string,
  options?: ErrorOptions,
): DependencyError {
  return new DependencyError(`${problem}. ${remedy}`, { ...options, bucket, key });
}
