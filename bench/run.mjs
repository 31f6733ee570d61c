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
  // Ctrl-C is for the benchmark, which ends first: then what was built is removed.
  process.on('SIGINT', () => undefined);
  const { status } = spawnSync(process.execPath, [join(outdir, 'main.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
