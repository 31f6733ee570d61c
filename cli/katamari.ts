#!/usr/bin/env node
import picocolors from 'picocolors';
import { CommandError, reasonOf } from '../engine/errors';
import { createProgram } from './program';
import { standardOutput } from './shared/output';

// Which Node.js runs this is the user's affair; the warning would be in the middle of the output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// A reader that has seen enough, such as head.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait: MiniStack ends with this process.
    if (controller.signal.aborted) process.exit(130);
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
