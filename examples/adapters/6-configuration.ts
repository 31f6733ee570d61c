import { LambdaAdapter } from 'cdk-katamari/runtime';
import { requestOf } from './request';

/** Configured in code instead of by the stack. The credentials are always those of the function's role. */
const adapter = new LambdaAdapter({
  functionName: 'members',
  functionPrefix: 'choir-',
  moduleName: 'members',
  moduleVersion: '3.1.0',
  invocationType: 'RequestResponse',
  maxRetries: 2,
  initialRetryDelayMs: 250,
  maxRetryDelayMs: 4_000,
  jitter: 'none',
  connectionTimeoutMs: 2_000,
  requestTimeoutMs: 20_000,
  requiredScopes: [],
  breaker: { failures: 5, halfOpenAfterMs: 10_000 },
  retryBudget: true,
});

/** Calls `choir-members`. */
export function handler() {
  return adapter.execute(requestOf('count', ['tenors']));
}
