import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/**
 * Makes a folder within this repository, for what must find its packages. The test that makes it deletes it; the run fails where
 * one is left. Everything else goes into the temporary directory, which is deleted with the run.
 */
export function scratchFolder(name: string): string {
  const parent = join(ROOT, '.katamari', basename(tmpdir()));
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}
