import type { Context } from 'aws-lambda';

const STREAMING_HANDLER = Symbol.for('aws.lambda.runtime.handler.streaming');

// biome-ignore lint/suspicious/noExplicitAny: a user's handler may have any signature that Lambda accepts
export type Handler = (event: any, context: Context, callback?: any) => any;

/** Whether a handler streams its response: `awslambda.streamifyResponse` marks it. */
export function isStreaming(handler: Handler): boolean {
  return Boolean((handler as { [STREAMING_HANDLER]?: unknown })[STREAMING_HANDLER]);
}

/** Calls a handler that returns a value or a promise, or takes a callback. */
export function callHandler(handler: Handler, event: unknown, context: Context): Promise<unknown> {
  if (handler.length < 3) return Promise.resolve().then(() => handler(event, context));
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)));
    if (typeof result?.then === 'function') result.then(resolve, reject);
  });
}
