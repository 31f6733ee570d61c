// What a run of the tests must not leave behind.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const ROOT = join(__dirname, '..');

/** Folder for what tests make within the repository: `scratchFolder` of test/support/scratch.ts. */
exports.scratchOf = (temporary) => join(ROOT, '.katamari', basename(temporary));

/** Files of the repository that git does not know. */
exports.untrackedFiles = () => {
  const args = ['status', '--porcelain', '--untracked-files=all'];
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) return [];
  return stdout.split('\n').flatMap((line) => (line.startsWith('?? ') ? [line.slice(3)] : []));
};

/** Processes whose environment names a folder. Empty where the system does not tell. */
exports.processesOf = (folder) => {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // One that has ended and was not waited for has no command line.
        return command === '' ? [] : [{ pid: Number(pid), command: command.slice(0, 200) }];
      } catch {
        // It has ended, or belongs to another user.
        return [];
      }
    });
};
