import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import { scanJson } from '../../shared/json/parse-json';
import { excerpt } from '../../shared/text';
import { PythonFloat, pythonText } from './python-text';

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

/** Names that the SDK gives to an error response without an error code. */
const NAMELESS = new Set(['Error', 'Unknown', 'UnknownError']);
/** Messages that the SDK gives to an error response without a message. */
const NO_MESSAGE = new Set(['Unknown', 'UnknownError']);

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

/** An answer that is not JSON. The message is a whole error, as the original reports it. */
export class UnreadableAnswer extends CallFailure {}

/** The time of an attempt is over. */
export class AttemptTimeout extends Error {}

/** A call that was not sent. */
export class NotInvoked extends Error {
  public constructor(message: string, options?: { readonly cause?: unknown }) {
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
  if (error instanceof CallFailure) return error;
  // At the timeout, either the attempt rejects first, or the request that it aborts.
  if (error instanceof AttemptTimeout || Object(error).name === 'AbortError') {
    const message = occurred('TimeoutError', `no answer within ${Math.ceil(timeoutMs)} ms`);
    return new CallFailure(message, { retryable: true, timedOut: true, cause: error });
  }
  const { name = 'Error', message, code, cause, $metadata, $response } = Object(error) as SdkError;
  const connection = [code, name, cause?.code].find((candidate) => CONNECTION_ERRORS.has(candidate ?? ''));
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  // A response without an error code of AWS does not come from Lambda. It may be the error page of a proxy.
  const isForeign = status !== undefined && (error instanceof SyntaxError || NAMELESS.has(name));
  const shown = connection ?? (isForeign ? String(status) : name);
  const own = NO_MESSAGE.has(message ?? '') || error instanceof SyntaxError ? undefined : message?.replace(SDK_HINT, '');
  const details = own || (isForeign ? STATUS_CODES[status] : code) || shown;
  return new CallFailure(occurred(shown, details), {
    retryable: connection !== undefined || retryable.has(name),
    timedOut: shown === 'TimeoutError' || shown === 'ETIMEDOUT',
    cause: error,
  });
}

/** Converts the error payload of a function. */
export function toFunctionFailure(payload: Uint8Array | undefined, retryable: boolean): CallFailure {
  const bytes = Buffer.from(payload ?? []);
  const text = bytes.toString('utf8');
  let details = text;
  // Bytes that are not UTF-8 are shown as text with replacement characters.
  if (isUtf8(bytes)) {
    try {
      details = pythonText(scanJson(text, (literal) => new PythonFloat(literal)));
    } catch {
      // Not JSON: the text itself is the error.
    }
  }
  return new CallFailure(`Lambda function error: ${excerpt(details, DETAILS_MAX)}`, { retryable });
}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly cause?: { readonly code?: string };
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

const occurred = (code: string, message: string) => `An error occurred (${code}) when calling the Invoke operation: ${message}`;
