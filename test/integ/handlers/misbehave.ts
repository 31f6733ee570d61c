import { currentRun } from 'cdk-katamari/runtime';

interface Order {
  readonly do: 'return' | 'throw' | 'sleep' | 'block' | 'exit' | 'kill';
  readonly ms?: number;
}

/** Does what the event says: ends well, or in one of the ways in which a handler can end badly. */
export const handler = async (delivered: Order | { readonly detail: Order }) => {
  const event = 'detail' in delivered ? delivered.detail : delivered;
  console.log(`told to ${event.do}`);
  switch (event.do) {
    case 'throw':
      throw new TypeError('thrown as told');
    case 'sleep':
      await new Promise((resolve) => setTimeout(resolve, event.ms));
      break;
    case 'block':
      for (const end = Date.now() + (event.ms ?? 0); Date.now() < end; );
      break;
    case 'exit':
      process.exit(3);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      // The signal comes a moment later.
      await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  return currentRun();
};
