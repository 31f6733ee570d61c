import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/**
 * The stack says how often and how late: 5 retries, 1 s before the first, 60 s at most. That a function which failed is called
 * again is for its caller to say, who knows that it may run twice for one request. Without jitter the pauses are 1 s, 2 s, 4 s
 * and so on; with it, which serves where many call at once, they are cut by chance.
 */
const adapter = LambdaAdapter.fromEnvironment('resilient_module', { retryFunctionErrors: true, jitter: 'none' });

/** Calls a module that fails for some seconds before it answers. */
export function handler() {
  return adapter.execute(requestOf('process', [], { session_id: 'session_retried' }));
}
