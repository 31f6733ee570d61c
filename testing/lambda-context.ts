import { randomUUID } from 'node:crypto';

/** The context that Lambda passes to a handler. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(messageOrObject: unknown): void;
}

/** Values of a Lambda context for a test. */
export interface LambdaContextOptions {
  /** @default 'test-function' */
  readonly functionName?: string;
  /** Timeout, in milliseconds, that `getRemainingTimeInMillis` counts down from. @default 60_000 */
  readonly timeoutMs?: number;
  /** Memory, in MiB. @default 256 */
  readonly memoryLimitInMB?: number;
  /** @default - a random UUID */
  readonly awsRequestId?: string;
  /** @default '$LATEST' */
  readonly functionVersion?: string;
}

/**
 * Creates a Lambda context for a test. Its remaining time counts down to 0, as on Lambda. It follows `Date.now`, so fake timers
 * advance it.
 */
export function lambdaContext(options: LambdaContextOptions = {}): LambdaContext {
  const { functionName = 'test-function', timeoutMs = 60_000, memoryLimitInMB = 256, functionVersion = '$LATEST' } = options;
  const deadline = Date.now() + timeoutMs;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const refuse = () => {
    throw new Error('Lambda does not support done, fail and succeed; return a promise');
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion,
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    memoryLimitInMB: String(memoryLimitInMB),
    awsRequestId: options.awsRequestId ?? randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `${day}/[${functionVersion}]${randomUUID().replaceAll('-', '')}`,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: refuse,
    fail: refuse,
    succeed: refuse,
  };
}
