import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutAws } from '../../engine/ministack';
import { runProcess } from '../../engine/run-process';

/** Installs packages from the npm registry in a folder. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--save-exact'];
  const env = { ...withoutAws(process.env), NO_COLOR: '1', npm_config_loglevel: 'error' };
  const { code, stdout, stderr } = await runProcess('npm', ['install', ...flags, ...packages], { cwd: folder, env });
  if (code !== 0)
    throw new Error(`npm could not install ${packages.join(', ')}; this test needs the npm registry:\n${stdout}${stderr}`);
}
