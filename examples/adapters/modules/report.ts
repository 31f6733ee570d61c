import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `reports`. The caller gets its other fields than `success` and `message` as `data`. */
export async function handler({ trigger }: ExecutePayload) {
  return { success: true, message: `${trigger.command} of ${trigger.context_text} done`, response_type: 'text', rows: 3 };
}
