import { LambdaAdapter, type RemainingTime } from 'cdk-katamari/runtime';
import { requestOf } from './request';

// Once, beside the handler: connections, health and breaker outlive an invocation.
const adapter = LambdaAdapter.fromEnvironment('reports');

/** Calls a module and waits for its answer. */
export async function handler(_event: unknown, context: RemainingTime) {
  // With the context, the call and its retries end before this function's own time does.
  const { success, message } = await adapter.execute(requestOf('summarize', ['march.csv']), { context });
  return { success, message };
}
