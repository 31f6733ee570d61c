import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** File of a bundle that Lambda loads: the one that loads the run tracker, or the bundle itself. */
export function handlerFile(directory: string): string {
  const wrapper = join(directory, 'katamari-handler.js');
  return existsSync(wrapper) ? wrapper : join(directory, 'index.js');
}
