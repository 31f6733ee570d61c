import type { ExecutePayload } from 'cdk-katamari/runtime';

const STOCK = new Set(['lamp', 'chair']);

/** The module `shop`. It returns `success: false` for errors of the customer, and throws on faults of its own. */
export async function handler({ trigger }: ExecutePayload) {
  const item = trigger.context_text ?? '';
  if (item === 'ghost') throw new Error('the stock can not be read');
  if (!STOCK.has(item)) return { success: false, error: `there is no ${item}` };
  return { success: true, message: `One ${item}, coming up.`, targets: ['discord'] };
}
