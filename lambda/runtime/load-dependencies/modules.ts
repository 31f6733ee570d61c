import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the files of a dependency are good for: its module, or the folder where it is no package. */
export async function loadStored(name: string, folder: string): Promise<unknown> {
  if (!existsSync(join(folder, 'node_modules', name))) return folder;
  const require = createRequire(join(folder, 'index.js'));
  // A package without CommonJS is found only by an import, and that looks from the module on which it stands.
  return requireOr(require, name, async () => {
    const importer = join(folder, 'katamari-import.mjs');
    writeFileSync(importer, 'export const load = (name) => import(name);\n');
    return (await import(pathToFileURL(importer).href)).load(name);
  });
}

/** The module of a package that is installed where the process runs, in a list; an empty one where it is not. */
export async function loadInstalled(name: string): Promise<[] | [module: unknown]> {
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

/** The package itself, not one that it needs: by then it is found, also where only an import can load it. */
function isNotFound(error: unknown, name: string): boolean {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
