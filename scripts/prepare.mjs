// Makes a fresh clone ready: installs the packages of the lock file and builds, each only where something has changed.
// `prepare.mjs install` and `prepare.mjs build` do one of the two.
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [only] = process.argv.slice(2);
if (only !== undefined && only !== 'install' && only !== 'build') {
  console.error(`the argument must be 'install' or 'build', or left out for both, got: '${only}'`);
  process.exit(1);
}

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
};
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    // What a Python interpreter leaves beside its sources is no source.
    .filter((path) => !path.includes('__pycache__') && statSync(path).isFile())
    .sort();

const once = (stamp, what, files, action) => {
  const path = join('node_modules', '.cache', 'cdk-katamari', stamp);
  const hash = hashOf(files);
  if (existsSync(path) && readFileSync(path, 'utf8') === hash && (stamp !== 'built' || existsSync('dist/lib/index.js'))) return;
  console.error(`${what} …`);
  action();
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, hash);
};

const run = (command, args) => {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    shell,
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}\n'${command} ${args.join(' ')}' failed: see above\n`);
    process.exit(status ?? 1);
  }
};

if (only !== 'build') {
  once('installed', 'installing the packages of package-lock.json', ['package-lock.json'], () =>
    run('npm', ['ci', '--no-audit', '--no-fund']),
  );
}
if (only !== 'install') {
  const sources = ['lib', 'lambda', 'client', 'engine', 'cli', 'testing', 'scripts'].flatMap(filesBelow);
  once('built', 'building', ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.types.json', ...sources], () =>
    run(process.execPath, ['scripts/build.mjs']),
  );
}
