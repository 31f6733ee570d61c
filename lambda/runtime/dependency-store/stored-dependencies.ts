import * as z from 'zod/mini';
import { diskBytesOf, ENV_DEPENDENCIES, ENV_DEPENDENCY_BUCKET } from '../../../lib/dependency-store/constants';
import { DependencyError } from './errors';

/** A dependency, as the construct describes it. */
export interface StoredDependency {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** `s3://` URL, for messages. */
  readonly url: string;
  /** SHA-256 of the zip, in hexadecimal. */
  readonly sha256: string;
  /** Size of the zip in bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: number;
  /** Bytes of disk that unpacking requires. */
  readonly diskBytes: number;
}

const count = z.int().check(z.minimum(0));
/** Value of `ENV_DEPENDENCIES`: a `StoredZip` for each name. */
const dependencies = z.record(z.string(), z.tuple([z.string(), z.string(), count, count, count]));

/** Reads the dependencies of the function, by name. @throws DependencyError when the environment has none */
export function storedDependencies(env: NodeJS.ProcessEnv): Map<string, StoredDependency> {
  const { [ENV_DEPENDENCIES]: text, [ENV_DEPENDENCY_BUCKET]: bucket } = env;
  if (!text || !bucket) {
    throw new DependencyError(
      `${ENV_DEPENDENCIES} and ${ENV_DEPENDENCY_BUCKET} must be set. Give the function a DependencyStore: store.addTo(fn)`,
    );
  }
  return new Map(
    Object.entries(parseDependencies(text)).map(([name, zip]) => {
      const [key, sha256, size, unpackedSize, files] = zip;
      const digest = Buffer.from(sha256, 'base64url').toString('hex');
      const url = `s3://${bucket}/${key}`;
      return [name, { name, bucket, key, url, sha256: digest, size, unpackedSize, files, diskBytes: diskBytesOf(zip) }];
    }),
  );
}

function parseDependencies(text: string): z.infer<typeof dependencies> {
  try {
    return dependencies.parse(JSON.parse(text));
  } catch (cause) {
    throw new DependencyError(
      `${ENV_DEPENDENCIES} must be the JSON that DependencyStore sets, got: ${text}. Deploy the function again`,
      { cause },
    );
  }
}

/** @throws DependencyError when the store has no dependency with that name */
export function findStored(name: string, known: ReadonlyMap<string, StoredDependency>): StoredDependency {
  const found = known.get(name);
  if (found) return found;
  const available = [...known.keys()].sort().map((other) => `'${other}'`);
  throw new DependencyError(
    `dependency '${name}' not found; available: ${available.join(', ')}. Add it to the DependencyStore of the function`,
  );
}

/** Creates an error about one dependency. */
export function errorAbout(
  { bucket, key }: StoredDependency,
  problem: string,
  remedy: string,
  options?: { readonly cause?: unknown },
): DependencyError {
  return new DependencyError(`${problem}. ${remedy}`, { ...options, bucket, key });
}
