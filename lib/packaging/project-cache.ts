import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashContent } from './bundle-cache';
import { packageRoot } from './package-root';

/**
 * The folder for what synths of the app in the working directory keep: below its `node_modules`, or, where it has none, below
 * the temporary folder.
 *
 * @internal
 */
export function projectCache(name: string): string {
  const root = packageRoot(process.cwd());
  const modules = join(root, 'node_modules');
  return existsSync(modules)
    ? join(modules, '.cache', 'cdk-katamari', name)
    : join(tmpdir(), 'cdk-katamari', hashContent(root).slice(0, 16), name);
}
