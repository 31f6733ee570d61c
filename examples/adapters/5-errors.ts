import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

const adapter = LambdaAdapter.fromEnvironment('shop');

/** A failed call throws nothing: `error` of the response has its reason, and the health shows whether failures persist. */
export async function handler({ item }: { item: string }) {
  const response = await adapter.execute(requestOf('buy', [item]));
  const lines = [response.success ? `Success: ${response.message}` : `Failed: ${response.error}`];
  const health = await adapter.health();
  if (!health.isHealthy) lines.push(`Warning: module unhealthy (${health.consecutiveFailures} failures in a row)`);
  return lines;
}
