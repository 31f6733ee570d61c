import type { ExecutePayload } from 'cdk-katamari/runtime';

/** The module `flaky`: it works where it is told to. */
export async function handler({ trigger }: ExecutePayload) {
  return trigger.command === 'work' ? { success: true } : { success: false, error: `will not ${trigger.command}` };
}
