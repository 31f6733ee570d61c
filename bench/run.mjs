// Builds the benchmark, which is TypeScript, and runs it.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
// Below the root, so that packages, and this one by its name, are found as a user's app finds them.
const outdir = join(root, '.katamari', `bench-${process.pid}`);
try {
  await build({
    absWorkingDir: root,
    entryPoints: readdirSync(import.meta.dirname)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('bench', name)),
    outdir,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  const { status } = spawnSync(process.execPath, [join(outdir, 'main.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
