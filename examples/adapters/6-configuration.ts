import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/** Configured in code instead of by the stack. The credentials are always those of the function's role. */
const adapter = new LambdaAdapter({
  functionName: 'my-function',
  functionPrefix: 'waddlebot-',
  moduleName: 'my_module',
  moduleVersion: '1.2.0',
  invocationType: 'RequestResponse',
  maxRetries: 3,
  initialRetryDelayMs: 500,
  maxRetryDelayMs: 30_000,
  jitter: 'none',
  connectionTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  requiredScopes: [],
  breaker: { failures: 5, halfOpenAfterMs: 10_000 },
  retryBudget: true,
});

/** Calls `waddlebot-my-function`. */
export function handler() {
  return adapter.execute(requestOf('hello', ['world']));
}
