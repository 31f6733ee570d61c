import { LambdaAdapter, type RemainingTime } from 'cdk-katamari/runtime';
import { requestOf } from './request';

// Created once, outside the handler: connections, health and circuit breaker outlive an invocation.
const adapter = LambdaAdapter.fromEnvironment('reports');

/** Calls a module and waits for its response. */
export async function handler(_event: unknown, context: RemainingTime) {
  // With the context, the call and its retries end before the timeout of this function.
  const { success, message } = await adapter.execute(requestOf('summarize', ['march.csv']), { context });
  return { success, message };
}
