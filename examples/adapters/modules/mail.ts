import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `mail`. It logs its result, because no caller waits for it. */
export async function handler({ trigger, user, request_id }: ExecutePayload) {
  console.log(`${request_id}: ${trigger.command} ${trigger.context_text} to ${user.id}`);
}
