import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/**
 * The stack sets the number of retries and their delays: 6 retries, 800 ms before the first, at most 20 s. The caller decides to
 * retry a function that failed, because the function may then run twice for one request. Without jitter the delays are 0.8 s,
 * 1.6 s, 3.2 s and so on. With jitter, which helps when many callers retry at once, they are shortened at random.
 */
const adapter = LambdaAdapter.fromEnvironment('archive', { retryFunctionErrors: true, jitter: 'none' });

/** Calls a module that fails for a few seconds and then succeeds. */
export function handler() {
  return adapter.execute(requestOf('process', [], { session_id: 'session_retried' }));
}
