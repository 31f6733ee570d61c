import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashContent } from './hash';
import { packageRoot } from './package-root';

/**
 * Folder for what is kept between synths: below the `node_modules` of the project, or below the temporary folder where the
 * project has none.
 *
 * @param root of the project; by default that of the app in the working directory
 *
 * @internal
 */
export function projectCache(name: string, root: string = packageRoot(process.cwd())): string {
  const modules = join(root, 'node_modules');
  return existsSync(modules)
    ? join(modules, '.cache', 'cdk-katamari', name)
    : join(tmpdir(), 'cdk-katamari', hashContent(root).slice(0, 16), name);
}
