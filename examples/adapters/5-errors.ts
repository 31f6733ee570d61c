import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('shop');

/** A failed call throws nothing: `error` of the response has its reason, and the health shows whether failures persist. */
export async function handler({ item }: { item: string }) {
  const response = await adapter.execute(requestOf('buy', [item]));
  const lines = [response.success ? `bought: ${response.message}` : `not bought: ${response.error}`];
  const { isHealthy, consecutiveFailures } = await adapter.health();
  if (!isHealthy) lines.push(`the shop is down: ${consecutiveFailures} failures in a row`);
  return lines;
}
