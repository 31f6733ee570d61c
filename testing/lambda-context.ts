import { randomUUID } from 'node:crypto';

/** The context that Lambda gives to a handler. */
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

/** How a context for a test differs from the default. */
export interface LambdaContextOptions {
  /** @default 'test-function' */
  readonly functionName?: string;
  /** Timeout, in milliseconds, that `getRemainingTimeInMillis` counts down from. @default 60_000 */
  readonly timeoutMs?: number;
  /** Memory, in MiB. @default 256 */
  readonly memoryLimitInMB?: number;
  /** @default - a new one */
  readonly awsRequestId?: string;
  /** @default '$LATEST' */
  readonly functionVersion?: string;
}

/**
 * A Lambda context for a test: the time that is left counts down as that of the real one does, and ends at 0. It follows
 * `Date.now`, so fake timers move it.
 */
export function lambdaContext(options: LambdaContextOptions = {}): LambdaContext {
  const { functionName = 'test-function', timeoutMs = 60_000, memoryLimitInMB = 256, functionVersion = '$LATEST' } = options;
  const deadline = Date.now() + timeoutMs;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  const refuse = () => {
    throw new Error('done, fail and succeed were removed from Lambda: return a promise');
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
