import type { Context } from 'aws-lambda';

const STREAMING_HANDLER = Symbol.for('aws.lambda.runtime.handler.streaming');
/** Size of the buffer of the response stream, an option of `awslambda.streamifyResponse`. */
const STREAM_BUFFER = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

// biome-ignore lint/suspicious/noExplicitAny: a user's handler may have any signature that Lambda accepts
export type Handler = (event: any, context: Context, callback?: any) => any;

/** Whether a handler streams its response: `awslambda.streamifyResponse` marks it. */
export function isStreaming(handler: Handler): boolean {
  return Boolean((handler as { [STREAMING_HANDLER]?: unknown })[STREAMING_HANDLER]);
}

/** Gives a handler the marks by which Lambda knows how another one streams its response. */
export function likeStreaming(marked: Handler, handler: Handler): Handler {
  const marks = [STREAMING_HANDLER, STREAM_BUFFER].map((mark) => [mark, Reflect.get(marked, mark)] as const);
  return Object.assign(handler, Object.fromEntries(marks.filter(([, value]) => value !== undefined)));
}
