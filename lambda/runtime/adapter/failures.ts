import { TaskCancelledError } from 'cockatiel';
import { excerpt } from '../../shared/text';
import { pythonText } from './python-text';

/** Maximum characters of a function error in a response. */
const DETAILS_MAX = 4_096;

/** Codes of connections that failed or broke: the codes of Node.js, and the SDK's name of a timeout. */
const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'TimeoutError',
]);

/** Hint that the SDK appends to messages. It is useful only to code that holds the error object. */
const SDK_HINT = /\n\s*Deserialization error: .*$/s;

interface FailureDetails {
  readonly retryable?: boolean;
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

/** A call that was sent and failed. */
export class CallFailure extends Error {
  /** Whether a retry may succeed. */
  public readonly retryable: boolean;
  /** Whether the call timed out: its retry costs more of the retry budget. */
  public readonly timedOut: boolean;

  public constructor(message: string, { retryable = false, timedOut = false, cause }: FailureDetails = {}) {
    super(message, { cause });
    this.name = 'CallFailure';
    this.retryable = retryable;
    this.timedOut = timedOut;
  }

  /** The same failure, with the reason why it is not retried. */
  public asFinal(why: string): CallFailure {
    return new CallFailure(`${this.message}; not retried: ${why}`, { timedOut: this.timedOut, cause: this.cause });
  }
}

/** A call that was not sent. */
export class NotInvoked extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotInvoked';
  }
}

/** A call that its caller cancelled. It does not count as a failure of the module. */
export class Abandoned extends Error {
  public constructor(reason: unknown) {
    super(`the caller has given up: ${reason instanceof Error ? reason.message : String(reason)}`);
    this.name = 'Abandoned';
  }
}

/** Converts an error of the SDK. The message is that of the original: `An error occurred (code) when calling …`. */
export function toCallFailure(error: unknown, retryable: ReadonlySet<string>, timeoutMs: number): CallFailure {
  // At the timeout, either cockatiel rejects first, or the request that it aborts.
  if (error instanceof TaskCancelledError || Object(error).name === 'AbortError') {
    const message = occurred('TimeoutError', `no answer within ${Math.ceil(timeoutMs)} ms`);
    return new CallFailure(message, { retryable: true, timedOut: true, cause: error });
  }
  const { name = 'Error', message, code, cause, $response } = Object(error) as SdkError;
  const connection = [code, name, cause?.code].find((candidate) => CONNECTION_ERRORS.has(candidate ?? ''));
  // The SDK can't parse a response that does not come from Lambda, such as the error page of a proxy.
  const status = error instanceof SyntaxError ? $response?.statusCode : undefined;
  const shown = connection ?? (status === undefined ? name : `HTTP ${status}`);
  const details = status === undefined ? message?.replace(SDK_HINT, '') || code || name : 'the answer is not one of Lambda';
  return new CallFailure(occurred(shown, details), {
    retryable: connection !== undefined || retryable.has(name),
    timedOut: shown === 'TimeoutError' || shown === 'ETIMEDOUT',
    cause: error,
  });
}

/** Converts the error payload of a function. */
export function toFunctionFailure(payload: Uint8Array | undefined, retryable: boolean): CallFailure {
  const text = Buffer.from(payload ?? []).toString('utf8');
  let details: string;
  try {
    details = pythonText(JSON.parse(text));
  } catch {
    details = text;
  }
  return new CallFailure(`Lambda function error: ${excerpt(details, DETAILS_MAX)}`, { retryable });
}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly cause?: { readonly code?: string };
  readonly $response?: { readonly statusCode?: number };
}

const occurred = (code: string, message: string) => `An error occurred (${code}) when calling the Invoke operation: ${message}`;
