// Bundles and runs the demo app, for cdk.json: Node.js 20 cannot load TypeScript.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
if (!existsSync(join(root, 'dist/lib/index.js'))) {
  console.error("Error: the library is not built: run 'npm run build' first");
  process.exit(1);
}

// In the package's folder, so that 'cdk-katamari' resolves to this package. Named by process, since several may synthesize at once.
const outfile = join(root, '.katamari', `app-${process.pid}.cjs`);
mkdirSync(join(root, '.katamari'), { recursive: true });
process.on('exit', () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [join(root, 'bin/app.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'error',
});
process.setSourceMapsEnabled(true);
createRequire(import.meta.url)(outfile);
