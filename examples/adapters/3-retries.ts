import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/**
 * The stack sets the retries: up to 6, after 800 ms for the first and 20 s at most. `retryFunctionErrors` also calls a function
 * again that failed; set it only when the function may run twice for one request. Without jitter the pauses are 0.8 s, 1.6 s,
 * 3.2 s and so on. Keep the jitter when many callers call at once.
 */
const adapter = LambdaAdapter.fromEnvironment('archive', { retryFunctionErrors: true, jitter: 'none' });

/** Calls a module that fails for some seconds before it answers. */
export function handler() {
  return adapter.execute(requestOf('process', [], { session_id: 'session_retried' }));
}
