// After every run of jest: deletes the run's temporary directory, and fails the run when it has left anything else behind.
const { existsSync, readdirSync, rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { processesOf, scratchOf, untrackedFiles } = require('./jest-leftovers.cjs');

/** How long a process that a test has told to end may take for it. */
const GRACE_MS = 15_000;

module.exports = async () => {
  const { temporary, untracked } = globalThis.katamariRun;
  const deadline = Date.now() + GRACE_MS;
  let processes = processesOf(temporary);
  while (processes.length > 0 && Date.now() < deadline) {
    await sleep(100);
    processes = processesOf(temporary);
  }
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
  const scratch = scratchOf(temporary);
  const folders = existsSync(scratch) ? readdirSync(scratch) : [];
  for (const folder of [temporary, scratch]) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

  const left = [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...folders.map((name) => `folder ${scratch}/${name}`),
    ...untrackedFiles()
      .filter((file) => !untracked.includes(file))
      .map((file) => `file ${file}`),
  ];
  if (left.length > 0) throw new Error(`the tests left behind:\n  ${left.join('\n  ')}`);
};
