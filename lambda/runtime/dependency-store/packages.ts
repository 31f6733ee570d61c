import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Loads a stored dependency. @returns the exports of a package, or the path of the folder for anything else */
export async function loadStored(name: string, folder: string): Promise<unknown> {
  if (!existsSync(join(folder, 'node_modules', name))) return folder;
  const require = createRequire(join(folder, 'index.js'));
  // A package without CommonJS can only be imported, and an import resolves from the file that contains it.
  return requireOr(require, name, async () => {
    const importer = join(folder, 'katamari-import.mjs');
    writeFileSync(importer, 'export const load = (name) => import(name);\n');
    return (await import(pathToFileURL(importer).href)).load(name);
  });
}

/**
 * Loads a package that is installed in the working directory.
 *
 * @returns a list with the exports of the package, or an empty list when it is not installed
 */
export async function loadInstalled(name: string): Promise<[] | [exports: unknown]> {
  const require = createRequire(join(process.cwd(), 'index.js'));
  try {
    return [await requireOr(require, name, () => import(name))];
  } catch (error) {
    if (!isNotFound(error, name)) throw error;
    return [];
  }
}

async function requireOr(require: NodeJS.Require, name: string, load: () => Promise<unknown>): Promise<unknown> {
  try {
    return require(name);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(code)) throw error;
    return load();
  }
}

/** Whether the package itself, rather than one of its dependencies, was not found. */
function isNotFound(error: unknown, name: string): boolean {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
