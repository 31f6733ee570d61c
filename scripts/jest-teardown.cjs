// After every run of jest: deletes the run's temporary directory, and fails the run when it has left anything else behind.
const { rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { processesOf, strayFiles } = require('./jest-leftovers.cjs');

/** How long what a test has told to end may take for it. */
const GRACE_MS = 10_000;

module.exports = async () => {
  const { temporary, before } = globalThis.katamariRun;
  const deadline = Date.now() + GRACE_MS;
  let processes = processesOf(temporary);
  while (processes.length > 0 && Date.now() < deadline) {
    await sleep(100);
    processes = processesOf(temporary);
  }
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

  const left = [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...strayFiles()
      .filter((file) => !before.includes(file))
      .map((file) => `file ${file}`),
  ];
  if (left.length > 0) throw new Error(`the tests have left behind:\n  ${left.join('\n  ')}`);
};
