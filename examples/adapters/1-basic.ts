import { LambdaAdapter, type RemainingTime } from 'cdk-katamari/runtime';
import { requestOf } from './request';

// Created once, outside the handler: connections, health and circuit breaker outlive an invocation.
const adapter = LambdaAdapter.fromEnvironment('data_processor');

/** Calls a module and waits for its response. */
export async function handler(_event: unknown, context: RemainingTime) {
  // With the context, the call and its retries end before the timeout of this function.
  const response = await adapter.execute(requestOf('analyze', ['dataset.csv']), { context });
  return { success: response.success, message: response.message };
}
