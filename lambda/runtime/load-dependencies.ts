import type { SdkClient } from '../shared/sdk-client';
import { loadInstalled, loadStored } from './load-dependencies/modules';
import { provide } from './load-dependencies/provide';
import { findStored, type StoredDependency, storedDependencies } from './load-dependencies/stored-dependency';

/** How dependencies are loaded. */
export interface LoadDependenciesOptions {
  /** An S3 client. @default - one that is made when there is something to download */
  readonly s3?: SdkClient;
}

const folders = new Map<string, string>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Loads dependencies of the function's `DependencyStore`. Those that are not there yet are downloaded at the same time,
 * checked, and unpacked below `/tmp`, where later calls and restarts of the function find them. Outside Lambda it gives what
 * is installed below the working directory and leaves out the rest, such as stored folders: nothing is downloaded.
 *
 * ```ts
 * const { sharp } = await loadDependencies<{ sharp: typeof import('sharp') }>(['sharp']);
 * ```
 *
 * @param names their names in the store
 * @returns the module of each package, as `require` gives it; of a stored folder its path
 * @throws DependencyError when the store has no such dependency, S3 refuses or lacks it, its content is not what was deployed,
 * `/tmp` is too small, or its folder for dependencies is not of this user alone
 */
// biome-ignore lint/suspicious/noExplicitAny: what a package exports is known to who names it
export async function loadDependencies<Modules extends object = Record<string, any>>(
  names: readonly (keyof Modules & string)[],
  options: LoadDependenciesOptions = {},
): Promise<Modules> {
  const loaded: [string, unknown][] = [];
  if (!process.env.AWS_LAMBDA_FUNCTION_NAME) {
    for (const name of names) {
      for (const installed of await loadInstalled(name)) loaded.push([name, installed]);
    }
  } else {
    const known = storedDependencies(process.env);
    const wanted = names.map((name) => findStored(name, known));
    await bringMissing(wanted, options);
    for (const { name, sha256 } of wanted) loaded.push([name, await loadStored(name, folders.get(sha256) as string)]);
  }
  return Object.fromEntries(loaded) as Modules;
}

/** One call at a time: a second one finds what the first has brought. */
function bringMissing(wanted: readonly StoredDependency[], { s3 }: LoadDependenciesOptions): Promise<void> {
  const bring = async () => {
    const missing = wanted.filter(({ sha256 }) => !folders.has(sha256));
    if (missing.length === 0) return;
    const found = await provide(missing, s3);
    for (const [place, { sha256 }] of missing.entries()) folders.set(sha256, found[place] as string);
  };
  const turn = last.then(bring);
  // The failure of one call is not that of the next.
  last = turn.catch(() => undefined);
  return turn;
}
