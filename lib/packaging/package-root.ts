import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Nearest folder with a package.json, from a folder upwards; the folder itself where there is none.
 *
 * @internal
 */
export function packageRoot(from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (dirname(directory) === directory) return from;
  }
}
