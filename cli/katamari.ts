#!/usr/bin/env node
import picocolors from 'picocolors';
import { CommandError, reasonOf } from '../engine/errors';
import { createProgram } from './program';
import { standardOutput } from './shared/output';

// The SDK's warning about the version of Node.js would be in the middle of the output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// The reader of a pipe, such as head, may close it early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

/** npx passes a Ctrl-C on to this process, which the terminal has signalled too: both come within this time. */
const SAME_SIGNAL_MS = 1_000;

const controller = new AbortController();
let signalledAt = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second signal ends the process at once. MiniStack ends with it.
    if (!controller.signal.aborted) signalledAt = performance.now();
    else if (performance.now() - signalledAt > SAME_SIGNAL_MS) process.exit(130);
    controller.abort();
  });
}

const program = createProgram({
  output: standardOutput(),
  input: process.stdin,
  directory: process.cwd(),
  signal: controller.signal,
  fail: (exitCode) => {
    process.exitCode = exitCode;
  },
});

program.parseAsync().catch((error: unknown) => {
  process.exitCode = 1;
  const message = error instanceof CommandError ? error.message : `${(error as Error).name}: ${reasonOf(error)}`;
  process.stderr.write(`${picocolors.red('✖')} ${message}\n`);
  if (error instanceof CommandError && error.hint) process.stderr.write(`${picocolors.dim(`  ${error.hint}`)}\n`);
  if (process.argv.includes('--verbose')) process.stderr.write(`${picocolors.dim(String((error as Error).stack))}\n`);
});
