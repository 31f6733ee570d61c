import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `flaky`, which succeeds or fails as the request asks. */
export async function handler({ trigger }: ExecutePayload) {
  return trigger.command === 'work' ? { success: true } : { success: false, error: `will not ${trigger.command}` };
}
