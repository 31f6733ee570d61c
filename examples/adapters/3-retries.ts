import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/**
 * The stack sets the number of retries and their delays: 5 retries, 1 s before the first, at most 60 s. The caller decides to
 * retry a function that failed, because the function may then run twice for one request. Without jitter the delays are 1 s, 2 s,
 * 4 s and so on. With jitter, which helps when many callers retry at once, they are shortened at random.
 */
const adapter = LambdaAdapter.fromEnvironment('resilient_module', { retryFunctionErrors: true, jitter: 'none' });

/** Calls a module that fails for a few seconds and then succeeds. */
export function handler() {
  return adapter.execute(requestOf('process', [], { session_id: 'session_retried' }));
}
