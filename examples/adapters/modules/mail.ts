import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `mail`: nobody waits for what it returns, so it logs. */
export async function handler({ trigger, user, request_id }: ExecutePayload) {
  console.log(`${request_id}: ${trigger.command} ${trigger.context_text} to ${user.id}`);
}
