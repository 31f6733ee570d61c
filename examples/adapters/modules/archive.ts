import type { ExecutePayload } from 'cdk-katamari/runtime';

const STARTING_MS = 2_500;

/** The module `archive`, which fails until a request is a few seconds old, like a service that is still starting. */
export async function handler({ request_id, timestamp }: ExecutePayload) {
  const age = Date.now() - Date.parse(timestamp);
  if (age < STARTING_MS) {
    console.log(`${request_id}: still starting`);
    throw new Error('still starting');
  }
  return { success: true, message: 'up and running' };
}
