import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `reports`. What it answers beside `success` and `message` comes to the caller as `data`. */
export async function handler({ trigger }: ExecutePayload) {
  return { success: true, message: `${trigger.command} of ${trigger.context_text} done`, response_type: 'text', rows: 3 };
}
