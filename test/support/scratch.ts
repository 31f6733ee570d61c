import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/**
 * Creates a folder within this repository, for code that must find the repository's packages. The test that creates it must delete
 * it; otherwise the run fails. Use the temporary directory for all other files; it is deleted after the run.
 */
export function scratchFolder(name: string): string {
  const parent = join(ROOT, '.katamari', basename(tmpdir()));
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}
