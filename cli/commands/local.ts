import { resolve } from 'node:path';
import { LocalRun } from '../local/local-run';
import type { LocalOptions } from '../local/local-run-options';
import type { AppContext } from '../shared/command-context';

/** Runs the app on this machine until Ctrl-C. */
export async function runLocally(context: AppContext, { serve, ...options }: LocalOptions): Promise<void> {
  await new LocalRun({ ...options, ...context, serve: serve && resolve(context.directory, serve) }).run();
}
