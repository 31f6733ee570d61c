import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { currentRun } from 'cdk-katamari/runtime';

interface Order {
  readonly do: 'return' | 'throw' | 'sleep' | 'hold' | 'block' | 'exit' | 'kill';
  readonly ms?: number;
  /** Path of the file that ends a `hold`. */
  readonly file?: string;
}

/** Ends as the event says: successfully, or in one of the ways in which a handler can fail. */
export const handler = async (event: Order) => {
  console.log(`told to ${event.do}`);
  switch (event.do) {
    case 'throw':
      throw new TypeError('thrown as told');
    case 'sleep':
      await pause(event.ms);
      break;
    case 'hold':
      // The timeout of the function bounds the loop. A local function can read the files of the test.
      while (!existsSync(event.file ?? '')) await pause(100);
      break;
    case 'block':
      for (const end = Date.now() + (event.ms ?? 0); Date.now() < end; );
      break;
    case 'exit':
      process.exit(3);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // The signal arrives a moment later.
      await pause(60_000);
  }
  return currentRun();
};
