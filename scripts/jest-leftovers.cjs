// What a run of the tests must not leave behind.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const ROOT = join(__dirname, '..');
/** Folders that tests make anew for each run, beside the caches that stay. */
const MADE_BY_TESTS = ['.katamari', 'node_modules/.cache/cdk-katamari', 'node_modules/.cache/cdk-katamari/test'];
const KEPT = /^(venv-|bundles$|built$|installed$|test$|uv$|cfn-lint$|jest$|lambda-python)/;

/** Files of the repository that git knows nothing of, and folders that only a test makes. */
exports.strayFiles = () => {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=all'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const untracked = status === 0 ? stdout.split('\n').filter((line) => line.startsWith('??')) : [];
  const made = MADE_BY_TESTS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => !KEPT.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return [...untracked.map((line) => line.slice(3)), ...made];
};

/** Processes whose environment names a folder, as `12 python3 -c …`. Empty where the system does not tell. */
exports.processesOf = (folder) => {
  if (!existsSync('/proc/self/environ')) return [];
  return (
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid) => {
        try {
          if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)) return [];
          return [
            {
              pid: Number(pid),
              command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200).trim(),
            },
          ];
        } catch {
          // It has ended, or belongs to another user.
          return [];
        }
      })
      // A process that has ended and was not waited for has no command line.
      .filter(({ command }) => command !== '')
  );
};
