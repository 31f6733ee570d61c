// Calls loaded handlers in turn. Arguments: calls of each; untracked, tracked and limited bundle.
import { ENV_OVERLAP_LIMIT } from '../lib/runs/constants';
import { lambdaContext } from '../testing/lambda-context';
import { handlerFile } from './handler-file';

const WARM_UP_CALLS = 300;

const [calls, untracked = '', tracked = '', limited = ''] = process.argv.slice(2);

/** Duration of each call, in milliseconds. */
export interface CallTimes {
  readonly untracked: number[];
  readonly tracked: number[];
  readonly limited: number[];
}

async function main(): Promise<void> {
  const load = (directory: string) => require(handlerFile(directory)).handler;
  const handlers = { untracked: load(untracked), tracked: load(tracked), limited: undefined as unknown };
  // The tracker reads its settings when it is loaded.
  process.env[ENV_OVERLAP_LIMIT] = '1';
  handlers.limited = load(limited);

  const times: CallTimes = { untracked: [], tracked: [], limited: [] };
  for (let call = -WARM_UP_CALLS; call < Number(calls); call++) {
    for (const [name, handler] of Object.entries(handlers) as [keyof CallTimes, (...args: unknown[]) => Promise<unknown>][]) {
      const context = lambdaContext();
      const start = performance.now();
      await handler({ name: 'bench' }, context);
      if (call >= 0) times[name].push(performance.now() - start);
    }
  }
  console.log(JSON.stringify(times));
}

void main();
