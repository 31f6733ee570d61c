import type { SdkClient } from '../shared/sdk-client';
import { loadInstalled, loadStored } from './dependency-store/packages';
import { provide } from './dependency-store/provide';
import { findStored, type StoredDependency, storedDependencies } from './dependency-store/stored-dependencies';

/** Options of `loadDependencies`. */
export interface LoadDependenciesOptions {
  /** An S3 client of SDK v3. @default - created when there is something to download */
  readonly s3?: SdkClient;
}

const folders = new Map<string, string>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Loads dependencies from the function's `DependencyStore`. Missing dependencies are downloaded in parallel, checked, and
 * unpacked below `/tmp`, where later calls and restarts of the function find them. Outside Lambda, nothing is downloaded: the
 * packages that are installed in the working directory are loaded, and all others, such as stored folders, are left out.
 *
 * ```ts
 * const { sharp } = await loadDependencies<{ sharp: typeof import('sharp') }>(['sharp']);
 * ```
 *
 * @param names names of dependencies in the store
 * @returns for each name the exports of the package, as `require` returns them, or the path of a stored folder
 * @throws DependencyError when the store does not contain a dependency, S3 can't read it, its content differs from what was
 * deployed, `/tmp` is too small, or other users can write to its folder for dependencies
 */
// biome-ignore lint/suspicious/noExplicitAny: only the caller knows what a package exports
export async function loadDependencies<Packages extends object = Record<string, any>>(
  names: readonly (keyof Packages & string)[],
  options: LoadDependenciesOptions = {},
): Promise<Packages> {
  const loaded: [string, unknown][] = [];
  if (!process.env.AWS_LAMBDA_FUNCTION_NAME) {
    for (const name of names) {
      for (const installed of await loadInstalled(name)) loaded.push([name, installed]);
    }
  } else {
    const known = storedDependencies(process.env);
    const wanted = names.map((name) => findStored(name, known));
    await downloadMissing(wanted, options);
    for (const { name, sha256 } of wanted) loaded.push([name, await loadStored(name, folders.get(sha256) as string)]);
  }
  return Object.fromEntries(loaded) as Packages;
}

/** Runs one call at a time, so that the second finds what the first downloaded. */
function downloadMissing(wanted: readonly StoredDependency[], { s3 }: LoadDependenciesOptions): Promise<void> {
  const download = async () => {
    const missing = wanted.filter(({ sha256 }) => !folders.has(sha256));
    if (missing.length === 0) return;
    const found = await provide(missing, s3);
    for (const [place, { sha256 }] of missing.entries()) folders.set(sha256, found[place] as string);
  };
  const turn = last.then(download);
  // A failed call must not fail the next one.
  last = turn.catch(() => undefined);
  return turn;
}
